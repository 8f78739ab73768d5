package train

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// TestScoresAndForecastsHaveTheSameBitsForAnyNumberOfCores: members that fill whole chunks of lanes
// and members that do not, each score many times on the same workers.
func TestScoresAndForecastsHaveTheSameBitsForAnyNumberOfCores(t *testing.T) {
	repeats := 60
	if testing.Short() {
		repeats = 5
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, members := range []int{16, 40, 56} {
		want := ""
		for _, procs := range []int{1, 2, 3, 4, 8} {
			runtime.GOMAXPROCS(procs)
			p := mustProblem(t, gappy(2, 0, 1), tinyNet(0, false), func(s *Settings) {
				s.Members, s.Solver.Solver, s.Solver.Step = members, "rk4", 0.02
			})
			m, err := newMetric(p, members)
			if err != nil {
				t.Fatal(err)
			}
			z := make([]float64, m.r.u.size()*members)
			for k := range repeats {
				r := num.Stream(5, "threads", 0)
				for i := range z {
					z[i] = 0.5 * r.NormFloat64()
				}
				text := ""
				for _, s := range m.eval(z) {
					text += fmt.Sprintf("%x %x %s;", s.train.MSE, s.held.MSE, s.fail)
				}
				kept := make([]int, members)
				for j := range kept {
					kept[j] = j
				}
				model := p.model("m", z, members, kept)
				f, err := model.Forecast(0, p.rows(true)[0].T, nil)
				if err != nil {
					t.Fatal(err)
				}
				if text += fmt.Sprintf("%x %x", f.X, f.Hi); want == "" {
					want = text
				}
				if text != want {
					t.Fatalf("%d members, GOMAXPROCS %d, try %d: other bits", members, procs, k)
				}
			}
		}
	}
}
