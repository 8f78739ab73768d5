package study

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

func TestRungsAreSharesBelowTheWhole(t *testing.T) {
	for _, c := range []struct{ got, want []float64 }{
		{Halving(0.125, 2), []float64{0.125, 0.25, 0.5}},
		{Halving(0.3, 4), []float64{0.3}},
		{Every(0.25, 0.25), []float64{0.25, 0.5, 0.75}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
	for share, want := range map[float64]int{0.1: 4, 0.3: 12, 0.301: 13, 1: 40, 0.001: 1} {
		if got := iterationsAt(share, 40); got != want {
			t.Errorf("%g of 40: %d, want %d", share, got, want)
		}
	}
}

func TestTheBestOfARungGoOn(t *testing.T) {
	inf := math.Inf(1)
	marks := []mark{{0, 5}, {0, 1}, {1, 0.5}, {2, inf}, {0, 1}, {0, 3}}
	all := []int{0, 1, 2, 3, 4, 5}
	for _, c := range []struct {
		s    Search
		at   []int
		want []int
	}{
		{Search{Factor: 2}, all, []int{1, 4, 5}},
		{Search{Factor: 4}, all, []int{1}},            // equals keep the order of the study
		{Search{Factor: 2}, []int{0, 4, 5}, []int{4}}, // three make one and a half
		{Search{Factor: 2}, []int{2, 3}, []int{2}},    // what failed now and then is better than what always does
		{Search{Factor: 2}, []int{3}, []int{}},
		{Search{Median: true}, all, []int{1, 4}}, // at most the median, (1 + 3)/2
		{Search{Median: true}, []int{0, 1}, []int{1}},
		{Search{Median: true}, []int{0, 4, 5}, []int{4, 5}},
		{Search{Median: true}, []int{1, 3}, []int{1}},
		{Search{Median: true}, []int{1, 4}, []int{1, 4}},
		{Search{Median: true}, []int{3}, []int{}},
	} {
		if got := c.s.promoted(c.at, marks); !slices.Equal(got, c.want) {
			t.Errorf("%+v of %v: %v, want %v", c.s, c.at, got, c.want)
		}
	}
}

// seeking is a search over rates of learning, two seeds each.
func seeking(t *testing.T, dir string, q Search) *Sweep {
	t.Helper()
	p := circling(t)
	s := &Sweep{Dir: dir, Plan: Plan{Axes: []string{"lr", "seed"}, Average: []string{"seed"}, Metrics: []string{q.Score}, Search: &q}}
	for _, lr := range []float64{1e-4, 0.1, 0.03, 10, 0.01} {
		for seed := range uint64(2) {
			m := &train.Vanilla{}
			text, err := json.Marshal(must(train.Methods.Lookup("vanilla")))
			if err == nil {
				err = json.Unmarshal(text, m)
			}
			if err != nil {
				t.Fatal(err)
			}
			m.LR = lr
			name := strconv.FormatFloat(lr, 'g', -1, 64)
			one := Trial{Labels: []Label{{"lr", name}, {"seed", strconv.FormatUint(seed, 10)}}, Series: p.Train, ModelName: "mlp", Model: p.Arch,
				MethodName: "vanilla", Method: m, Settings: p.Settings, From: model.Provenance{Hash: "h", Version: "v"}}
			one.Settings.Seed, one.Settings.Heldout, one.Identity = seed, 0.2, []byte(name+one.Labels[1].Value)
			s.Trials = append(s.Trials, one)
		}
	}
	return s
}

func must(m train.Method, _ error) train.Method { return m }

// sought is what a search came to, without where.
func sought(t *testing.T, dir string) string {
	t.Helper()
	s, outcomes, err := ReadSweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	st := s.Standings()
	st.Command = ""
	text, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	for i := range outcomes {
		if !outcomes[i].Ended() {
			t.Errorf("%s: %s", s.Trials[i].Name(), outcomes[i].Status)
		}
		text = append(text, outcomes[i].Status+" "+outcomes[i].Why+"\n"...)
		if outcomes[i].Status == train.StatusOK {
			weights, err := os.ReadFile(filepath.Join(outcomes[i].Dir, ModelFile))
			if err != nil {
				t.Error(err)
			}
			text = append(text, weights...)
		}
	}
	return string(text)
}

// A search ends with the same settings, the same iterations and the same bits wherever its
// processes are interrupted, whatever their number, and without any interruption.
func TestSearchesEndAlike(t *testing.T) {
	for i, q := range []Search{
		{Score: "heldout.mse", Rungs: Halving(0.3, 2), Factor: 2},
		{Score: "train.mse", Rungs: Every(0.3, 0.3), Median: true},
	} {
		if i > 0 && testing.Short() {
			break
		}
		one := seeking(t, t.TempDir(), q)
		if _, err := one.Run(context.Background(), &Local{Jobs: 1}); err != nil {
			t.Fatal(err)
		}
		want := sought(t, one.Dir)
		st := one.Standings()
		if !st.Complete || st.Best == nil || st.Best.ByAxis["lr"] == "10" || st.Settings[0].State != settingDropped || st.Iterations >= len(one.Trials)*40 {
			t.Errorf("complete %t, best %s, %d iterations", st.Complete, st.Command, st.Iterations)
		}
		cut := seeking(t, t.TempDir(), q)
		for n := 0; !cut.interrupted(t, 43); n++ {
			if n > 30 {
				t.Fatal("a search that is interrupted does not end")
			}
		}
		if got := sought(t, cut.Dir); got != want {
			t.Errorf("interrupted:\n%.3000s\nwant\n%.3000s", got, want)
		}
		shared := t.TempDir()
		for n := 0; n < 5; n++ {
			for _, task := range []int{2, 0, 1} {
				part := seeking(t, shared, q)
				part.Share = &Share{task, 3}
				if err := part.Join(); err != nil {
					t.Fatal(err)
				}
				if _, err := part.Run(context.Background(), &Local{Jobs: 2}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := sought(t, shared); got != want {
			t.Errorf("shared:\n%.3000s\nwant\n%.3000s", got, want)
		}
	}
}

// interrupted runs a study until it has seen so many events; true if it ended before.
func (s *Sweep) interrupted(t *testing.T, after int) bool {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	events := 0
	_, err := s.Run(ctx, &Local{Jobs: 1, TrialOptions: TrialOptions{Clock: quickly(), On: func(train.Event) {
		if events++; events == after {
			stop()
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return events < after
}

// What a search dropped goes on without it, and has the bits of a trial that was never paused.
func TestDroppedTrialsCanGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("fits twenty trials")
	}
	q := Search{Score: "heldout.mse", Rungs: []float64{0.3}, Factor: 5}
	run := func(dir string, q *Search) *Sweep {
		s := seeking(t, dir, Search{Score: "heldout.mse"})
		s.Plan.Search = q
		if _, err := s.Run(context.Background(), &Local{Jobs: 2}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	dir := t.TempDir()
	if st := run(dir, &q).Standings(); st.Iterations != 8*12+2*40 {
		t.Errorf("%d iterations, want 12 of eight trials and 40 of two", st.Iterations)
	}
	through, whole := run(dir, nil), run(t.TempDir(), nil)
	for i := range whole.Trials {
		file := filepath.Join(TrialsFolder, whole.Trials[i].Key(), ModelFile)
		a, err := os.ReadFile(filepath.Join(through.Dir, file))
		b, e := os.ReadFile(filepath.Join(whole.Dir, file))
		if err != nil || e != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", whole.Trials[i].Name(), err, e)
		}
	}
}
