package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// steer moves the times at which trajectories are compared with rows a little,
// in each iteration anew, while the rows stay: what is learnt must not change
// much between them. All members see the same times.
//
// Source: Ghosh, Behl, Dupont, Torr, Namboodiri, STEER: simple temporal
// regularization for neural ODEs, NeurIPS 2020; there the last time moves, here
// every one but the first does, as with Ko et al. (2023).
type steer struct {
	part float64
}

// newSteer is nil if nothing moves.
func newSteer(part float64, r *rollout) (*steer, error) {
	switch {
	case !(part >= 0) || part > 0.5:
		return nil, fmt.Errorf("steer=%g: rows may move by 0 to 0.5 of the way to the next, or they would change places", part)
	case part == 0:
		return nil, nil
	}
	r.ivp.Times = append([]float64{}, r.ivp.Times...)
	return &steer{part}, nil
}

// move sets the times of the rollout to those of iteration k, given those of
// the rows.
func (s *steer) move(r *rollout, times []float64, k int) {
	copy(r.ivp.Times, times)
	for rec := range r.train {
		draw := num.Stream(r.p.Seed, "steer", uint64(rec), uint64(k))
		at := func(row int) float64 { return times[row*r.lanes+r.lane(rec, 0)] }
		for row := 1; row < r.rows && !math.IsNaN(at(row)); row++ {
			room := at(row) - at(row-1)
			if row+1 < r.rows && at(row+1)-at(row) < room {
				room = at(row+1) - at(row)
			}
			shift := s.part * (2*draw.Float64() - 1) * room
			for l := range r.lanes {
				if r.record(l) == rec {
					r.ivp.Times[row*r.lanes+l] += shift
				}
			}
		}
	}
}
