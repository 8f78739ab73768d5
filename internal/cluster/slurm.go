package cluster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Array is an array job: the tasks of a command that differ in their number alone.
type Array struct {
	Name    string
	Folder  string   // absolute; scripts and logs
	Tasks   []int    // those of 0 … Of−1 that are to run, ascending
	Of      int      // shares of the study
	Command []string // of a task, without --task and --of
	Flags   []string // of the user, for sbatch; they win
}

// grace is how many seconds before its time is over a task is told, so that it saves its
// state; saving takes at most two.
const grace = 60

// Script is what each task runs. The shell is replaced by the command, so that signals to
// the batch step reach it.
func (j *Array) Script() string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# One task of " + commented(j.Name) + ", written by entrain sweep --slurm.\nexec")
	for _, word := range j.Command {
		b.WriteString(" " + quoted(word))
	}
	fmt.Fprintf(&b, " --jobs \"${SLURM_CPUS_PER_TASK:-1}\" --task \"$SLURM_ARRAY_TASK_ID\" --of %d\n", j.Of)
	return b.String()
}

func commented(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// quoted is a word for a shell.
func quoted(word string) string {
	plain := word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-@%", r)
	})
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Submit are the arguments of sbatch for the script in a file.
func (j *Array) Submit(script, after string) []string {
	args := []string{"--parsable", "--job-name=" + j.Name, "--array=" + ranges(j.Tasks), "--output=" + escaped(j.Folder) + "/%A_%a.log",
		"--open-mode=append", "--requeue", fmt.Sprintf("--signal=B:TERM@%d", grace)}
	if after != "" {
		args = append(args, "--dependency=afterany:"+after)
	}
	return append(append(args, j.Flags...), script)
}

// Report are the arguments of sbatch for a command that runs when a job has ended, however
// it ended.
func (j *Array) Report(job string, command []string) []string {
	var words []string
	for _, word := range command {
		words = append(words, quoted(word))
	}
	args := []string{"--parsable", "--job-name=" + j.Name + "-report", "--dependency=afterany:" + job, "--output=" + escaped(j.Folder) + "/report.log"}
	return append(append(args, j.Flags...), "--wrap=exec "+strings.Join(words, " "))
}

// escaped is a path in which sbatch finds no pattern.
func escaped(path string) string { return strings.ReplaceAll(path, "%", "%%") }

// ours are flags of sbatch that a user cannot give, as the array is built on them.
var ours = []string{"--array", "-a", "--wrap", "--parsable"}

// CheckFlags returns the flag that cannot be given; "" if there is none.
func CheckFlags(flags []string) string {
	for _, f := range flags {
		name, _, _ := strings.Cut(f, "=")
		if slices.Contains(ours, name) || strings.HasPrefix(name, "-a") && !strings.HasPrefix(name, "--") {
			return f
		}
	}
	return ""
}

// ranges writes ascending numbers as sbatch and squeue do: 0-3,7.
func ranges(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		k := i
		for k+1 < len(list) && list[k+1] == list[k]+1 {
			k++
		}
		part := strconv.Itoa(list[i])
		if k > i {
			part += "-" + strconv.Itoa(list[k])
		}
		parts, i = append(parts, part), k+1
	}
	return strings.Join(parts, ",")
}
