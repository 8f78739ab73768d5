package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/ode"
)

// Pieces of labelled recordings are whole ones, of which the last row alone is saved and compared.
// They are drawn without putting them back, in another order each time all have been drawn.

// drawWhole chooses the recordings of iteration k.
func (o *pieceLoss) drawWhole(k int) {
	f := &o.p.Parts.Frame
	for j := range o.members {
		o.drawMember(j, k)
	}
	for l := range o.lanes {
		if !o.real(l) {
			o.rec[l] = o.rec[0]
		}
		s := &o.p.Train[o.rec[l]]
		o.row[l] = 0
		o.ivp.T0[l], o.ivp.Times[l] = (s.T[0]-f.T0)/f.Time, (s.T[s.Len()-1]-f.T0)/f.Time
		o.driveLane(l)
	}
}

// drawMember chooses those of a member, among the ones that it sees.
func (o *pieceLoss) drawMember(member, k int) {
	n, round := len(o.p.Train), -1
	if o.only != nil {
		n = len(o.only[member])
	}
	var order []int
	for piece := range o.records {
		at := k*o.records + piece
		if at/n != round {
			round = at / n
			order = num.Stream(o.p.Seed, "recordings", uint64(round)).Perm(n)
		}
		rec := order[at%n]
		if o.only != nil {
			rec = o.only[member][rec]
		}
		o.rec[o.lane(piece, member)] = rec
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
	return min(o.long+1, s.Len()-o.row[l])
}

// saved is where row j of a piece is among the saved times.
func (o *pieceLoss) saved(j int) int {
	if o.p.labels != nil {
		return 0
	}
	return j
}

// lost tells of each lane whether it is passed over. A piece that cannot be followed makes the loss
// of its member infinite; a labelled recording is passed over and counted, unless all of them are.
func (o *pieceLoss) lost() []bool {
	out, well := make([]bool, o.used()), make([]int, o.members)
	for l := range out {
		if out[l] = o.tr.Status[l] != ode.StatusOK; !out[l] {
			well[o.member(l)]++
		}
	}
	for l, bad := range out {
		switch {
		case !bad:
		case o.p.labels == nil || well[o.member(l)] == 0:
			o.loss[o.member(l)] = math.Inf(1)
		default:
			o.passed[o.rec[l]] = true
		}
	}
	return out
}

// warnings are what is to be said of recordings that were passed over.
func (o *pieceLoss) warnings() (all []string) {
	if n := len(o.passed); n > 0 {
		all = append(all, fmt.Sprintf("%s could not be followed at times and were passed over then", words.Several(n, "labelled recording")))
	}
	return all
}
