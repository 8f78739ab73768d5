package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Program runs a program of the scheduler and returns what it prints. The error has what it
// said on standard error.
type Program func(ctx context.Context, name string, args ...string) (string, error)

// ErrAbsent says that a program is not there.
var ErrAbsent = errors.New("there is no such program")

// Run is a Program of this machine.
func Run(ctx context.Context, name string, args ...string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, ErrAbsent)
	}
	var out, said bytes.Buffer
	c := exec.CommandContext(ctx, path, args...)
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		text := strings.Join(strings.Fields(strings.ReplaceAll(said.String(), name+": error: ", "")), " ")
		if text == "" {
			text = err.Error()
		}
		return out.String(), fmt.Errorf("%s says: %s", name, text)
	}
	return out.String(), nil
}

// usualMaxArray is Slurm's default.
const usualMaxArray = 1001

// MaxArray is the largest number of tasks of an array job here.
func MaxArray(ctx context.Context, run Program) int {
	text, err := run(ctx, "scontrol", "show", "config")
	if err != nil {
		return usualMaxArray
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, "=")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.TrimSpace(name) == "MaxArraySize" {
			return n
		}
	}
	return usualMaxArray
}

// Submit submits a job and returns its number.
func Submit(ctx context.Context, run Program, args []string) (string, error) {
	text, err := run(ctx, "sbatch", args...)
	if err != nil {
		return "", err
	}
	job, _, _ := strings.Cut(strings.TrimSpace(text), ";") // behind it is the name of the cluster
	if _, err := strconv.Atoi(job); err != nil {
		return "", fmt.Errorf("sbatch printed %q, not the number of a job", text)
	}
	return job, nil
}

// Queue are the tasks of a job that are waiting or running.
type Queue struct{ Waiting, Running map[int]bool }

// Has tells that a task is there.
func (q *Queue) Has(task int) bool { return q.Waiting[task] || q.Running[task] }

// Size is how many there are.
func (q *Queue) Size() int { return len(q.Waiting) + len(q.Running) }

// Ask asks for the tasks of a job. One that is over and forgotten has none; the error is
// about the queue itself.
func Ask(ctx context.Context, run Program, job string) (*Queue, error) {
	q := &Queue{Waiting: map[int]bool{}, Running: map[int]bool{}}
	text, err := run(ctx, "squeue", "--noheader", "--array", "--jobs="+job, "--format=%K %t")
	if err != nil {
		if strings.Contains(err.Error(), "Invalid job id") {
			return q, nil
		}
		return nil, err
	}
	for line := range strings.Lines(text) {
		word := strings.Fields(line)
		if len(word) != 2 {
			continue
		}
		task, err := strconv.Atoi(word[0])
		if err != nil {
			continue
		}
		switch word[1] {
		case "PD", "RQ", "RF", "RD", "RH", "RS", "SE":
			q.Waiting[task] = true
		case "R", "CF", "CG", "S", "ST", "SO", "SI":
			q.Running[task] = true
		}
	}
	return q, nil
}
