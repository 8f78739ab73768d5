package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// lostFactor is how many times the error of the first member, on the rows that
// were fitted, another may have. It would be shown to disagree where the rows say
// that it is wrong.
const lostFactor = 3

// leaveOut drops the members of the saved model that do not follow the rows it
// was fitted to.
func (p *Problem) leaveOut(r *Result) {
	m := r.Model
	if len(m.Theta) < 2 {
		return
	}
	errors := p.memberErrors(m, p.rows(r.Refit || p.Held == nil))
	var kept []int
	for j, e := range errors {
		if e <= lostFactor*errors[0]+leastNoise {
			kept = append(kept, j)
		}
	}
	if all := len(m.Theta); len(kept) < all {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d members do not follow the rows they were fitted to and are left out", all-len(kept), all))
		r.Model, r.Members = m.Of(kept...), len(kept)
	}
}

// memberErrors are the root mean square distances of the fitted trajectories of
// all members from rows, in deviations; infinite for one that ends early.
func (p *Problem) memberErrors(m *model.Model, rows []data.Series) []float64 {
	out := make([]float64, len(m.Theta))
	whole := p.rows(true)
	for j := range out {
		one := m.Of(j)
		sum, count := 0.0, 0.0
		for rec, s := range rows {
			f, err := one.Forecast(rec, s.T, &whole[rec])
			if err != nil || f.Len() < s.Len() {
				sum = math.Inf(1)
				continue
			}
			for i, v := range s.X {
				c := i % len(s.Names)
				if d := m.Parts.Frame.Scaled(c, f.X[i]) - m.Parts.Frame.Scaled(c, v); !math.IsNaN(d) {
					sum, count = sum+d*d, count+1
				}
			}
		}
		out[j] = math.Sqrt(sum / math.Max(count, 1))
	}
	return out
}
