package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// TestMinimaThatNearlySuitWaitForOthers: one whose misfit is three times the noise waits while it is
// alone, suits where another start comes to the same, and is relaxed where none does or where it is
// farther off.
func TestMinimaThatNearlySuitWaitForOthers(t *testing.T) {
	p := mustProblem(t, twoRuns(t, 0).Train, twoRuns(t, 0).Arch, func(s *Settings) { s.Heldout = 0 })
	l, err := (&Collocation{Stages: 3, Elements: 10, Decay: 1e-3, Tolerance: 1e-8, Refine: 1e9}).prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	begun := func() *collocated {
		m := &collocated{}
		if l.add(context.Background(), m, 1); !m.tries[0].direct() {
			t.Fatal("it is relaxed first")
		}
		for a := m.tries[0]; a.state.Verdict == opt.Open; {
			a.step()
		}
		return m
	}
	m := begun()
	a := m.tries[0]
	noisy := func(times float64) { // makes the misfit so many times the noise
		for _, s := range p.Splines {
			for c := range s {
				s[c].Sigma = math.Sqrt(a.nlp.misfit(a.x()) / times)
			}
		}
	}
	noisy(3)
	if l.settle(m) || !a.direct() || l.contents(m, a) || !m.relaxed() {
		t.Fatalf("alone: %v", a.direct())
	}
	b := begun().tries[0]
	m.tries = append(m.tries, b)
	if l.settle(m) || !l.contents(m, a) || !l.contents(m, b) {
		t.Error("two starts come to the same minimum, which does not suit")
	}
	b.state.Verdict = opt.NoProgress // it came to none
	if !l.settle(m) || a.direct() || b.direct() {
		t.Error("nobody else comes to it, and it is not relaxed")
	}
	m = begun()
	a = m.tries[0]
	noisy(5)
	if !l.settle(m) || a.direct() {
		t.Error("what is far from the noise waits")
	}
}
