package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// fakeSlurm puts programs on the path that answer as Slurm's do. The queue is a file with
// the lines that squeue prints; sbatch writes down its arguments, a line each call.
func fakeSlurm(t *testing.T) {
	t.Helper()
	bin, err := filepath.Abs("bin")
	if err == nil {
		err = os.MkdirAll(bin, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"sbatch": `[ -e refuse ] && { echo "sbatch: error: invalid partition specified: $(cat refuse)" >&2; exit 1; }
printf '%s\n' "$*" >> calls
echo $((100 + $(wc -l < calls)))`,
		"squeue":   `[ -e queue ] && { cat queue; exit 0; }; echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1`,
		"scontrol": `[ -e most ] && echo "MaxArraySize            = $(cat most)"; true`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestSlurmSubmitsWhatIsMissing(t *testing.T) {
	workplace(t)
	fakeSlurm(t)
	write(t, "many.yaml", strings.Replace(many, "seeds: 4", "seeds: 16", 1)) // so that each of three shares has some
	o := must(t, "sweep", "many.yaml", "--out", "d e", "--slurm", "--tasks", "3", "--", "--partition=short", "--time=2:00:00")
	calls := strings.Split(strings.TrimSpace(read(t, "calls")), "\n")
	if len(calls) != 2 || !strings.Contains(o.err, "job 101, 3 tasks for 32 trials") {
		t.Fatalf("%v\n%s", calls, o.err)
	}
	dir, _ := filepath.Abs("d e")
	for _, want := range []string{"--parsable", "--array=0-2", "--requeue", "--signal=B:TERM@60", "--open-mode=append", "--partition=short --time=2:00:00",
		"--output=" + dir + "/slurm/%A_%a.log"} {
		if !strings.Contains(calls[0], want) {
			t.Errorf("sbatch is not given %s: %s", want, calls[0])
		}
	}
	if !strings.Contains(calls[1], "--dependency=afterany:101") || !strings.Contains(calls[1], "report '"+dir+"'") {
		t.Errorf("no report follows: %s", calls[1])
	}
	script := read(t, "d e/slurm/array.sh")
	file, _ := filepath.Abs("many.yaml")
	if !strings.Contains(script, "sweep "+file+" --out '"+dir+"'") || !strings.Contains(script, `--task "$SLURM_ARRAY_TASK_ID" --of 3`) {
		t.Errorf("the task is not what it should be:\n%s", script)
	}
	// While the tasks are in the queue, nothing is submitted again.
	write(t, "queue", "0 R\n1 PD\n2 PD\n")
	o = must(t, "sweep", "many.yaml", "--out", "d e", "--slurm", "--tasks", "3", "--", "--partition=short", "--time=2:00:00")
	if n := strings.Count(read(t, "calls"), "\n"); n != 2 || !strings.Contains(o.err, "1 running, 2 waiting") {
		t.Fatalf("%d calls\n%s", n, o.err)
	}
	// A task that is lost is submitted again, with the shares there were.
	write(t, "queue", "0 R\n2 PD\n")
	must(t, "sweep", "many.yaml", "--out", "d e", "--slurm", "--tasks", "7")
	calls = strings.Split(strings.TrimSpace(read(t, "calls")), "\n")
	if len(calls) != 4 || !strings.Contains(calls[2], "--array=1 ") || !strings.Contains(read(t, "d e/slurm/array.sh"), "--of 3") {
		t.Fatalf("%v", calls)
	}
	// What the queue forgot is submitted again; when all is done, nothing is.
	if err := os.Remove("queue"); err != nil {
		t.Fatal(err)
	}
	must(t, "sweep", "many.yaml", "--out", "d e", "--task", "0", "--of", "1")
	o = must(t, "sweep", "many.yaml", "--out", "d e", "--slurm")
	if n := strings.Count(read(t, "calls"), "\n"); n != 4 || !strings.Contains(o.err, "32 of 32 trials finished") || !exists(filepath.Join("d e", study.TableJSON)) {
		t.Errorf("%d calls\n%s", n, o.err)
	}
}

func TestSlurmSaysWhatIsInTheWay(t *testing.T) {
	workplace(t)
	write(t, "many.yaml", many)
	t.Setenv("PATH", t.TempDir())
	if o := entrain("sweep", "many.yaml", "--slurm"); o.code != 1 || !strings.Contains(o.err, "there is no") || !strings.Contains(o.err, "--task") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	t.Setenv("PATH", "/usr/bin:/bin")
	fakeSlurm(t)
	write(t, "refuse", "nowhere")
	if o := entrain("sweep", "many.yaml", "--slurm", "--", "--partition=nowhere"); o.code != 1 || !strings.Contains(o.err, "invalid partition specified: nowhere") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if err := os.Remove("refuse"); err != nil {
		t.Fatal(err)
	}
	write(t, "most", "2")
	o := must(t, "sweep", "many.yaml", "--slurm", "--tasks", "5")
	if !strings.Contains(o.err, "at most 2 tasks") || !strings.Contains(read(t, "calls"), "--array=0-1") {
		t.Errorf("%s", o.err)
	}
	// A study that is changed is not mixed with what is in the queue.
	write(t, "queue", "0 R\n")
	write(t, "many.yaml", strings.Replace(many, "budget: 30", "budget: 31", 1))
	if o := entrain("sweep", "many.yaml", "--slurm"); o.code != 2 || !strings.Contains(o.err, "was changed") || !strings.Contains(o.err, "scancel 101") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// Waiting for a job that loses its tasks ends, and says so.
func TestSlurmWaitsForTheEnd(t *testing.T) {
	workplace(t)
	fakeSlurm(t)
	write(t, "many.yaml", many)
	o := entrain("sweep", "many.yaml", "--slurm", "--wait")
	if o.code != 1 || !strings.Contains(o.err, "8 trials are missing") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// Each rung of a search has an array of its own, behind the one before.
func TestSlurmSubmitsTheRungsOfASearch(t *testing.T) {
	workplace(t)
	fakeSlurm(t)
	write(t, "sought.yaml", sought)
	must(t, "sweep", "sought.yaml", "--out", "s", "--slurm", "--tasks", "2")
	calls := strings.Split(strings.TrimSpace(read(t, "calls")), "\n")
	if len(calls) != 4 || strings.Contains(calls[0], "--dependency") || !strings.Contains(calls[1], "--dependency=afterany:101") ||
		!strings.Contains(calls[2], "--dependency=afterany:102") || !strings.Contains(calls[3], "--dependency=afterany:103") || !strings.Contains(calls[3], "report") {
		t.Fatalf("%q", calls)
	}
}
