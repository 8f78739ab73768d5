package cli

import (
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// faulty is a method that has a fault, stubborn one that listens to nobody
// after its first checkpoint, greedy one that takes more and more memory.
type (
	faulty   struct{}
	stubborn struct{}
	greedy   struct{}
)

// strangeMethods are for tests of what no real method should do.
func strangeMethods() {
	train.Methods.Register("faulty", "hit a fault", func() train.Method { return &faulty{} })
	train.Methods.Register("greedy", "take all memory", func() train.Method { return &greedy{} })
	train.Methods.Register("stubborn", "never end", func() train.Method { return &stubborn{} })
}

func (faulty) Fit(context.Context, *train.Problem, *train.Checkpoint, func(train.Event)) (*train.Result, error) {
	var nothing []int
	_ = nothing[len(os.Args)]
	return nil, nil
}

func (stubborn) Fit(_ context.Context, p *train.Problem, _ *train.Checkpoint, on func(train.Event)) (*train.Result, error) {
	nan := math.NaN()
	on(train.Event{K: 1, Of: 2, Loss: 1, MSE: nan, Held: nan, Lambda: nan, Checkpoint: &train.Checkpoint{Layout: train.CheckpointLayout, Method: "stubborn", K: 1, Z: []float64{1}}})
	on(train.Event{K: 1, Of: 2, Loss: 1, MSE: nan, Held: nan, Lambda: nan, Checkpoint: &train.Checkpoint{Layout: train.CheckpointLayout, Method: "stubborn", K: 2, Z: []float64{2}}})
	select {}
}

func (greedy) Fit(ctx context.Context, p *train.Problem, _ *train.Checkpoint, on func(train.Event)) (*train.Result, error) {
	nan := math.NaN()
	on(train.Event{K: 1, Of: 2, Loss: 1, MSE: nan, Held: nan, Lambda: nan, Checkpoint: &train.Checkpoint{Layout: train.CheckpointLayout, Method: "greedy", K: 1, Z: []float64{1}}})
	var all [][]byte
	for ctx.Err() == nil {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i)
		}
		all = append(all, b)
		time.Sleep(5 * time.Millisecond)
	}
	return &train.Result{Method: "greedy", Status: train.StatusStopped, Evaluations: len(all)}, nil
}

func TestFaultOfTheProgramIsReportedAsOne(t *testing.T) {
	workplace(t)
	o := entrain("fit", "lynx-hare.csv", "model=mlp", "method=faulty", "--out", "run")
	if o.code != 70 || !strings.Contains(o.err, "this is a fault of Entrain") || strings.Contains(o.err, "goroutine") {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	files, _ := filepath.Glob("entrain-fault-*.txt")
	if len(files) != 1 || !strings.Contains(o.err, files[0]) {
		t.Fatalf("reports: %v\n%s", files, o.err)
	}
	for _, want := range []string{"index out of range", "guard_test.go", "method=faulty"} {
		if !strings.Contains(read(t, files[0]), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

func TestFaultsInAStudyAreTheProgramsToo(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", "base: {data: lynx-hare.csv, model: mlp, budget: 5, heldout: 0}\naxes: [{list: {method: {good: {method: vanilla}, bad: {method: faulty}}}}]")
	for range 2 { // the second time both are known
		o := entrain("sweep", "s.yaml", "--out", "s")
		if o.code != 70 || !strings.Contains(o.out, "a fault of Entrain: runtime error: index out of range") || strings.Contains(o.out+o.err, "goroutine") {
			t.Fatalf("exit %d: %s%s", o.code, o.out, o.err)
		}
	}
	if files, _ := filepath.Glob("s/trials/*/" + study.PanicFile); len(files) != 1 || !strings.Contains(read(t, files[0]), "guard_test.go") {
		t.Errorf("reports: %v", files)
	}
}

// TestWhoeverDoesNotListenIsLeftBehind, with the newest state saved.
func TestWhoeverDoesNotListenIsLeftBehind(t *testing.T) {
	workplace(t)
	ctx, cancel := context.WithCancel(context.Background())
	interrupt := func(context.Context) (context.Context, context.CancelFunc) { return ctx, cancel }
	fit := []string{"fit", "lynx-hare.csv", "model=mlp", "method=stubborn"}
	stopped := func(dir string, o outcome, code int, words string) {
		t.Helper()
		if o.code != code || !strings.Contains(o.err, words) || !strings.Contains(o.err, "the state is saved, go on with: entrain fit --resume "+dir) {
			t.Errorf("exit %d: %s", o.code, o.err)
		}
		if !strings.Contains(read(t, dir+"/checkpoint.json"), `"k":2`) {
			t.Error("the newest checkpoint is not saved")
		}
	}
	stopped("limited", withEnv(Env{Args: append(fit, "limit=300ms", "--out", "limited"), Interrupt: never}), 1, "the time limit was reached")
	time.AfterFunc(300*time.Millisecond, cancel)
	stopped("asked", withEnv(Env{Args: append(fit, "--out", "asked"), Interrupt: interrupt}), 130, "interrupted")
}

// TestAFitThatHasItsModelIsNotLeftBehind while it is scored, however long that takes: neither at the
// limit nor when somebody interrupts once. Before it has its model, it is.
func TestAFitThatHasItsModelIsNotLeftBehind(t *testing.T) {
	for _, byUser := range []bool{false, true} {
		for _, learnt := range []bool{false, true} {
			user, interrupt := context.WithCancel(context.Background())
			a := &app{Env: Env{Stderr: io.Discard, Interrupt: func(context.Context) (context.Context, context.CancelFunc) { return user, interrupt }}}
			ignore := a.watch()
			a.saving(func() string { return "saved" })
			if learnt {
				close(a.learnt)
			}
			scored := make(chan struct{})
			time.AfterFunc(grace+400*time.Millisecond, func() { close(scored) })
			if byUser {
				interrupt()
			} else {
				a.stop(train.ErrLimit)
			}
			code := a.guarded(func() int { <-scored; return 7 })
			if want := map[bool]int{true: exitInterrupted, false: exitFailed}[byUser]; learnt && code != 7 || !learnt && code != want {
				t.Errorf("interrupted %v, with a model %v: exit %d", byUser, learnt, code)
			}
			ignore()
		}
	}
}

// TestCommandsThatHaveNothingToSaveEndAtOnce, here one that waits for input.
func TestCommandsThatHaveNothingToSaveEndAtOnce(t *testing.T) {
	workplace(t)
	ctx, cancel := context.WithCancel(context.Background())
	interrupt := func(context.Context) (context.Context, context.CancelFunc) { return ctx, cancel }
	never, w := io.Pipe()
	defer w.Close()
	time.AfterFunc(50*time.Millisecond, cancel)
	if o := withEnv(Env{Args: []string{"compare", "-", "lynx-hare.csv"}, Stdin: never, Interrupt: interrupt}); o.code != 130 {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// process is the command as a process of its own.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "ENTRAIN_TEST_PROGRAM=1")
	return c
}

func TestMemoryBeyondTheLimitEndsARunWithItsState(t *testing.T) {
	workplace(t)
	c := process(t, "fit", "lorenz.csv", "model=mlp", "method=greedy", "memory=60MB", "--out", "run")
	text, err := c.CombinedOutput()
	if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != 1 || !strings.Contains(string(text), "more than the 60 MB it may take (memory=)") {
		t.Fatalf("%v: %s", err, text)
	}
	if !strings.Contains(string(text), "--resume run") || !exists("run/checkpoint.json") {
		t.Errorf("nothing to go on from: %s", text)
	}
}

// TestWhatIsTooLargeIsRefusedBeforeTimeIsSpent.
func TestWhatIsTooLargeIsRefusedBeforeTimeIsSpent(t *testing.T) {
	workplace(t)
	c := process(t, "fit", "lorenz.csv", "model=mlp", "hidden=300,300", "method=lm", "memory=60MB", "--out", "run")
	text, err := c.CombinedOutput()
	if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != 2 || !strings.Contains(string(text), "more than the 60 MB that it may take") || exists("run") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestCostIsToldBeforeTraining(t *testing.T) {
	workplace(t)
	o := must(t, "fit", "lynx-hare.csv", "model=mlp", "method=vanilla", "budget=5")
	if !strings.HasPrefix(o.err, "this takes at most 5 steps, a second of one core and about ") {
		t.Errorf("%s", o.err)
	}
}
