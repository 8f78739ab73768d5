package model

import "math"

// Misfit is what a law leaves of the rows of a column beside their noise: it has a memory, so it is
// the law's fault and no noise. It is taken for an Ornstein–Uhlenbeck process.
//
// Source: Kennedy, O'Hagan, J. R. Stat. Soc. B 63 (2001) 425–464, section 4, on the discrepancy of a
// model as a process of its own.
type Misfit struct {
	SD     float64 `json:"sd"`     // as the noise has it; 0: none is seen
	Memory float64 `json:"memory"` // time after which the correlation has fallen to 1/e, user units
}

// MisfitAt is the standard deviation of the misfit of column c; 0 where none is seen.
func (b *Band) MisfitAt(c int) float64 {
	if b.Misfit == nil {
		return 0
	}
	return b.Misfit[c].SD
}

// misfits tells that misfits are numbers, one a column of d, or none.
func (b *Band) misfits(d int) bool {
	if b.Misfit == nil {
		return true
	}
	ok := len(b.Misfit) == d
	for _, m := range b.Misfit {
		ok = ok && m.SD >= 0 && m.Memory >= 0 && !math.IsInf(m.SD+m.Memory, 0)
	}
	return ok
}
