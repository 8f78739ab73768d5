package train

import (
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
)

// Pieces of labelled recordings are whole ones, of which the last row alone is saved and compared.
// They are drawn without putting them back, in another order each time all have been drawn.

// drawWhole chooses the recordings of iteration k.
func (o *pieceLoss) drawWhole(k int) {
	f, n := &o.p.Parts.Frame, len(o.p.Train)
	round := -1
	var order []int
	for l := range o.lanes {
		o.rec[l] = o.rec[0]
		if o.real(l) {
			at := k*o.m.Batch + o.record(l)
			if at/n != round {
				round = at / n
				order = num.Stream(o.p.Seed, "recordings", uint64(round)).Perm(n)
			}
			o.rec[l] = order[at%n]
		}
		s := &o.p.Train[o.rec[l]]
		o.row[l] = 0
		o.ivp.T0[l], o.ivp.Times[l] = (s.T[0]-f.T0)/f.Time, (s.T[s.Len()-1]-f.T0)/f.Time
		o.driveLane(l)
	}
}

// firstRow is the first row of a piece that is compared, and behind the one after the last, from
// the beginning of the piece on.
func (o *pieceLoss) firstRow(s *data.Series) int {
	if o.p.labels != nil {
		return s.Len() - 1
	}
	return 0
}

func (o *pieceLoss) behind(s *data.Series, l int) int {
	if o.p.labels != nil {
		return s.Len()
	}
	return min(o.m.Length+1, s.Len()-o.row[l])
}

// saved is where row j of a piece is among the saved times.
func (o *pieceLoss) saved(j int) int {
	if o.p.labels != nil {
		return 0
	}
	return j
}
