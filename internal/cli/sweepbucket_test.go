package cli

import (
	"context"
	"math/rand/v2"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/internal/buckettest"
	"github.com/entrain-dev/entrain/study"
)

// storing is a store that commands reach.
func storing(t *testing.T) *buckettest.Server {
	t.Helper()
	s := buckettest.New(t)
	for name, value := range s.Environment() {
		t.Setenv(name, value)
	}
	return s
}

const place = "s3://results/many"

// Machines that share no disk, at the same time and in a store that fails now and then, come to the
// bits of a local sweep: nothing is lost, and nothing done twice.
func TestWorkersOfABucketComeToTheBitsOfALocalSweep(t *testing.T) {
	workplace(t)
	s := storing(t)
	write(t, "many.yaml", many)
	must(t, "sweep", "many.yaml", "--out", "local")
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(3, 1))
	s.Trouble = func(*http.Request) buckettest.Trouble { // none of which does something and hides it
		mu.Lock()
		defer mu.Unlock()
		if r.Float64() < 0.05 {
			return []buckettest.Trouble{buckettest.Broken, buckettest.Busy, buckettest.CutBefore, buckettest.Conflicted}[r.IntN(4)]
		}
		return buckettest.None
	}
	var wait sync.WaitGroup
	for _, args := range [][]string{{"--scratch", "a"}, {"--scratch", "b"}, {"--scratch", "c", "--task", "0", "--of", "2"}, {"--scratch", "d", "--task", "1", "--of", "2"}} {
		wait.Go(func() {
			if o := entrain(append([]string{"sweep", "many.yaml", "--out", place, "--jobs", "1"}, args...)...); o.code != 0 {
				t.Errorf("%v: exit %d, %s", args, o.code, o.err)
			}
		})
	}
	wait.Wait()
	s.Trouble = func(*http.Request) buckettest.Trouble { return buckettest.None }
	want := tables(t, "local")
	for _, dir := range []string{"a", "b", "fresh"} {
		if dir == "fresh" {
			if o := must(t, "sweep", "many.yaml", "--out", place, "--scratch", dir); strings.Count(o.err, "(known)") != 8 {
				t.Errorf("another machine does not see what is done:\n%s", o.err)
			}
		}
		if tables(t, dir) != want {
			t.Errorf("%s: the tables or the models differ", dir)
		}
	}
	done := 0
	for name, o := range s.All() {
		base := path.Base(name)
		switch {
		case base == study.ModelFile:
			done++
			if n := s.Writes(name); n != 1 {
				t.Errorf("%s was brought %d times", name, n)
			}
			if string(o.Text) != read(t, filepath.Join("local", study.TrialsFolder, path.Base(path.Dir(name)), base)) {
				t.Errorf("%s differs", name)
			}
		case strings.Contains(name, "/claims/") || strings.Contains(name, "/workers/") || base == study.CheckpointFile:
			t.Errorf("%s is left", name)
		}
	}
	if done != 8 {
		t.Errorf("%d models are in the bucket", done)
	}
	all := s.All()
	if page := string(all["many/report.html"].Text); !strings.Contains(page, "</html>") || string(all["many/table.csv"].Text) != read(t, "local/table.csv") {
		t.Error("page or table are not in the bucket")
	}
	if must(t, "report", place, "--out", "page.html"); !strings.Contains(read(t, "page.html"), "</html>") {
		t.Error("no page")
	}
	if o := must(t, "report", place); !strings.Contains(o.err, place+"/report.html") {
		t.Error(o.err)
	}
}

// A result is the last of a trial's files, whoever looks when.
func TestResultsComeLastIntoABucket(t *testing.T) {
	workplace(t)
	s := storing(t)
	write(t, "many.yaml", many)
	var order []string
	var mu sync.Mutex
	s.Trouble = func(r *http.Request) buckettest.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPut {
			order = append(order, strings.TrimPrefix(r.URL.Path, "/results/many/"))
		}
		return buckettest.None
	}
	must(t, "sweep", "many.yaml", "--out", place)
	last := map[string]string{}
	for _, name := range order {
		if strings.HasPrefix(name, study.TrialsFolder+"/") {
			last[path.Dir(name)] = path.Base(name)
		}
	}
	for dir, name := range last {
		if name != study.ResultFile {
			t.Errorf("%s: the last file is %s", dir, name)
		}
	}
	if len(last) != 8 {
		t.Errorf("%d trials are in the bucket", len(last))
	}
}

// What a worker that is told to stop has done so far is in the bucket, and another machine goes on with
// it; what one that was killed had is taken over.
func TestStoppedWorkersLeaveTheirStateInABucket(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for processes of its own, which the short set has no time for")
	}
	workplace(t)
	s := storing(t)
	write(t, "long.yaml", "base: {data: lotka-volterra.csv, model: mlp, hidden: [12], budget: 4000, method: vanilla, heldout: 0}\naxes:\n  - seeds: 2\n")
	must(t, "sweep", "long.yaml", "--out", "local")
	has := func(part string) bool {
		for name := range s.All() {
			if strings.Contains(name, part) {
				return true
			}
		}
		return false
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for range 600 {
			if ok() {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("%s does not come", what)
	}
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := func(context.Context) (context.Context, context.CancelFunc) { return ctx, cancel }
	over := make(chan outcome)
	go func() {
		over <- withEnv(Env{Args: []string{"sweep", "long.yaml", "--out", place, "--scratch", "first", "--jobs", "1"}, Interrupt: interrupt})
	}()
	until("a claim", func() bool { return has("/claims/") })
	until("a checkpoint", func() bool { files, _ := filepath.Glob("first/trials/*/checkpoint.json"); return len(files) > 0 })
	cancel()
	if o := <-over; o.code != exitInterrupted || !has(study.CheckpointFile) || has("/claims/") || has("/workers/") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	k := process(t, "sweep", "long.yaml", "--out", place, "--scratch", "second", "--jobs", "1")
	if err := k.Start(); err != nil {
		t.Fatal(err)
	}
	until("a claim", func() bool { return has("/claims/") })
	_ = k.Process.Kill()
	_ = k.Wait()
	for name, o := range s.All() { // its last sign of life was long ago
		if strings.Contains(name, "/workers/") {
			s.Set(name, string(o.Text), time.Now().Add(-time.Hour))
		}
	}
	must(t, "sweep", "long.yaml", "--out", place, "--scratch", "third")
	if tables(t, "third") != tables(t, "local") {
		t.Error("the tables or the models differ")
	}
}

// A search decides alike from what lies in the bucket.
func TestSearchesGoThroughABucket(t *testing.T) {
	workplace(t)
	storing(t)
	write(t, "search.yaml", `
base: {model: mlp, hidden: [4], heldout: 0, method: homotopy, budget: 90, simulate: {name: lotka-volterra, noise: 1%}, rows: 30, test: 5}
axes:
  - random: {draws: 6, seed: 1, of: {coupling: {from: 0.5, to: 50, log: true}}}
search: {score: train.mse, halving: {from: 20%, factor: 3}}
`)
	must(t, "sweep", "search.yaml", "--out", "local")
	var wait sync.WaitGroup
	for _, task := range []string{"0", "1", "2"} {
		wait.Go(func() {
			if o := entrain("sweep", "search.yaml", "--out", place, "--scratch", "s"+task, "--task", task, "--of", "3", "--wait"); o.code != 0 {
				t.Errorf("exit %d, %s", o.code, o.err)
			}
		})
	}
	wait.Wait()
	must(t, "sweep", "search.yaml", "--out", place, "--scratch", "last")
	if read(t, "last/search.csv") != read(t, "local/search.csv") || tables(t, "last") != tables(t, "local") {
		t.Error("the search through a bucket came to something else")
	}
}

func TestTrialsThatFailedAreTriedAgainInABucketWhenThatIsAsked(t *testing.T) {
	workplace(t)
	s := storing(t)
	write(t, "small.yaml", "base: {model: mlp, hidden: [4], budget: 20, heldout: 0, method: vanilla, simulate: {name: lotka-volterra}, rows: 30, test: 5}\naxes:\n  - list:\n      how:\n        good: {}\n        bad: {solver: {max_steps: 1}}\n")
	o := entrain("sweep", "small.yaml", "--out", place)
	failed := strings.Count(o.err, "failed:")
	again := entrain("sweep", "small.yaml", "--out", place, "--scratch", "other", "--retry-failed")
	if failed != 1 || strings.Count(again.err, "(known)") != 1 || strings.Count(again.err, "failed:") != 1 {
		t.Errorf("%s\n%s", o.err, again.err)
	}
	results := 0
	for name := range s.All() {
		if path.Base(name) == study.ResultFile {
			results += s.Writes(name)
		}
	}
	if results != 3 {
		t.Errorf("results were written %d times", results)
	}
}

func TestWhatABucketIsNotGivenFor(t *testing.T) {
	workplace(t)
	s := storing(t)
	write(t, "many.yaml", many)
	s.Set("photos/cat.jpg", "meow", time.Now())
	for _, c := range []struct{ args, want string }{
		{"sweep many.yaml --scratch x", "--scratch is for --out s3://"},
		{"sweep many.yaml --out s3://results/x --slurm", "--slurm needs a folder"},
		{"sweep many.yaml --out s3://nobody/x", "there is no bucket nobody"},
		{"sweep many.yaml --out s3://results/photos", "holds other things and is no study"},
		{"sweep many.yaml --out s3:/results/x", "is written s3://BUCKET/FOLDER"},
		{"fit lynx-hare.csv --out s3://results/x", "is an address and no folder"},
		{"report s3://results/nothing", "is no study"},
		{"report s3://results/nothing here", "give it alone"},
	} {
		if o := entrain(strings.Fields(c.args)...); o.code != 2 || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s", c.args, o.code, o.err)
		}
	}
	must(t, "sweep", "many.yaml", "--out", place, "--scratch", "a", "--task", "0", "--of", "8")
	write(t, "many.yaml", strings.Replace(many, "budget: 30", "budget: 31", 1))
	if o := entrain("sweep", "many.yaml", "--out", place, "--scratch", "b", "--task", "1", "--of", "8"); o.code != 2 || !strings.Contains(o.err, "was changed") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if o := must(t, "sweep", "many.yaml", "--out", place, "--scratch", "b"); !strings.Contains(o.err, "it is this one's now") {
		t.Error(o.err)
	}
	s.Trouble = func(*http.Request) buckettest.Trouble { return buckettest.Busy }
	if o := entrain("sweep", "many.yaml", "--out", place); o.code != exitFailed || !strings.Contains(o.err, "503 SlowDown") { // schedulers try again
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	s.Trouble = func(*http.Request) buckettest.Trouble { return buckettest.None }
	s.NoConditions = true
	if o := must(t, "sweep", "many.yaml", "--out", "s3://results/plain", "--scratch", "c"); !strings.Contains(o.err, "no conditional writes") {
		t.Error(o.err)
	}
}
