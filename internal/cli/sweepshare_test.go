package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// many is a study of eight trials, one of which has no data.
const many = `
base: {model: mlp, hidden: [4], budget: 30, heldout: 0, method: vanilla, simulate: {name: lotka-volterra, noise: 1%}, rows: 30, test: 5}
axes:
  - seeds: 4
  - list:
      noise:
        "0": {simulate: {noise: 0%}}
        "5": {simulate: {noise: 5%}}
`

// Shares that know nothing of each other, in any order, come to what one process does.
func TestSharesComeToTheBitsOfALocalSweep(t *testing.T) {
	workplace(t)
	write(t, "many.yaml", many)
	must(t, "sweep", "many.yaml", "--out", "local")
	for _, task := range []string{"2", "0", "1"} {
		o := must(t, "sweep", "many.yaml", "--out", "shared", "--task", task, "--of", "3")
		if o.out != "" {
			t.Errorf("a worker prints a table:\n%s", o.out)
		}
	}
	if strings.Contains(listing(t, "shared"), study.TableJSON) {
		t.Error("a worker writes tables")
	}
	if got := must(t, "sweep", "many.yaml", "--out", "shared"); strings.Contains(got.err, "in 0 s") || strings.Count(got.err, "(known)") != 8 {
		t.Errorf("not all trials were known:\n%s", got.err)
	}
	if tables(t, "local") != strings.ReplaceAll(tables(t, "shared"), "shared", "local") {
		t.Error("the tables or the models differ")
	}
	again := must(t, "sweep", "many.yaml", "--out", "shared", "--task", "1", "--of", "3", "--json")
	if strings.Count(again.err, "(known)") == 0 || !strings.Contains(again.out, `"task": 1`) {
		t.Errorf("%s%s", again.out, again.err)
	}
}

// A worker reads and simulates nothing of the shares of others, once there is a ledger.
func TestWorkersMakeTheirOwnDataAlone(t *testing.T) {
	workplace(t)
	write(t, "many.yaml", many)
	must(t, "sweep", "many.yaml", "--out", "all")
	if err := os.MkdirAll("part", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "part/study.yaml", many)
	write(t, "part/study.json", read(t, "all/study.json"))
	list, err := study.List("part")
	if err != nil {
		t.Fatal(err)
	}
	of := 1 // so many shares that one has a single trial
	alone := func(task int) (n int) {
		for _, l := range list {
			if (&study.Share{Task: task, Of: of}).Has(l.Folder) {
				n++
			}
		}
		return n
	}
	task := 0
	for of = 2; of < 100; of++ {
		for task = 0; task < of && alone(task) != 1; task++ {
		}
		if task < of {
			break
		}
	}
	must(t, "sweep", "many.yaml", "--out", "part", "--task", fmt.Sprint(task), "--of", fmt.Sprint(of))
	if n := strings.Count(listing(t, "part/data"), ".csv"); n != 1 {
		t.Errorf("%d recordings were made for one trial", n)
	}
	if n := len(strings.Fields(listing(t, "part/trials"))); n != 1 {
		t.Errorf("%d trials were run", n)
	}
}

// A task whose share is empty says so, and is no failure.
func TestEmptySharesSaySo(t *testing.T) {
	workplace(t)
	write(t, "one.yaml", "base: {model: linear, method: gradient-matching, heldout: 0, simulate: {name: lotka-volterra}, rows: 30, test: 5}\naxes:\n  - seeds: 1\n")
	empty := 0
	for _, task := range []string{"0", "1", "2"} {
		switch o := must(t, "sweep", "one.yaml", "--out", "d", "--task", task, "--of", "3", "--json"); {
		case strings.Contains(o.err, "this share has no trials"):
			empty++
			if strings.Contains(o.err, "finished") || !strings.Contains(o.out, `"trials": 0`) {
				t.Errorf("task %s: %s%s", task, o.err, o.out)
			}
		case !strings.Contains(o.err, "1 of 1 trial finished"):
			t.Errorf("task %s: %s", task, o.err)
		}
	}
	if empty != 2 {
		t.Errorf("%d of 3 shares of one trial are empty", empty)
	}
}

// Tasks of a study that was changed are refused, whoever changed it.
func TestWorkersOfAChangedStudyAreRefused(t *testing.T) {
	workplace(t)
	write(t, "many.yaml", many)
	must(t, "sweep", "many.yaml", "--out", "d", "--task", "0", "--of", "2")
	write(t, "many.yaml", strings.Replace(many, "budget: 30", "budget: 31", 1))
	o := entrain("sweep", "many.yaml", "--out", "d", "--task", "1", "--of", "2")
	if o.code != 2 || !strings.Contains(o.err, "was changed") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	write(t, "d/study.yaml", read(t, "many.yaml")) // as a careless hand would
	if o := entrain("sweep", "many.yaml", "--out", "d", "--task", "1", "--of", "2"); o.code == 0 || !strings.Contains(o.err, "the tasks of a study must be of one kind") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

func TestSharesNeedNumbersThatMakeSense(t *testing.T) {
	workplace(t)
	write(t, "many.yaml", many)
	if err := os.MkdirAll(filepath.Join("other", "things"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"--task 3", "needs --of"}, {"--task 3 --of 3", "from 0 to 2"}, {"--task -1 --of 3", "between 0 and"}, {"--task 0 --of 2 --slurm", "give one of them"},
		{"--wait", "--wait is for --slurm"}, {"--tasks 3", "number of tasks"}, {"--slurm -- --array=0-3", "given by entrain"}, {"-- --partition=a", "are for sbatch"},
		{"--task 0 --of 2 --out other", "no folder of a study"}, {"--kubernetes --file a=b", "does not see"},
	} {
		if o := entrain(append([]string{"sweep", "many.yaml"}, strings.Fields(c.args)...)...); o.code != 2 || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s", c.args, o.code, o.err)
		}
	}
}
