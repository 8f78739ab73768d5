package opt_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

func TestTry(t *testing.T) {
	good, total := 0, 0
	for _, p := range opttest.HockSchittkowski() {
		nlp := p.NLP()
		s, err := opt.NewInteriorPoint(nlp, *opt.DefaultInteriorPoint())
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		st := s.Start(p.Start)
		rest, factors := 0, 0
		s.Minimise(st, func(it opt.Iteration) bool {
			if it.Restoring {
				rest++
			}
			factors += it.Factors
			return true
		})
		_, _, f := s.Solution(st)
		rel := (f - p.Best) / max(1, math.Abs(p.Best))
		mark := "FAIL"
		total++
		if st.Verdict == opt.Optimal && math.Abs(rel) < 1e-6 {
			mark = ""
			good++
		} else if p.Other != 0 && math.Abs(f-p.Other) < 1e-6*max(1, math.Abs(p.Other)) {
			mark = "other"
		}
		t.Logf("%-6s %-5s %-12s it %4d (%d) fac %d f %.10g best %.10g rel %.1e %s", p.Name, mark, st.Verdict, st.K, rest, factors, f, p.Best, rel, st.Reason)
	}
	t.Logf("%d of %d", good, total)
}
