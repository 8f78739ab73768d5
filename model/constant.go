package model

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// Constant tells which inputs have one value in each of several recordings and not the same in all:
// covariates, such as a weight. They keep it beyond the rows. Columns of doses are none; nil: there
// are none.
func Constant(p *field.Parts, recordings []*data.Series) (is []bool) {
	m := len(p.Frame.Inputs)
	for c := range m {
		if p.IsDose(c) || !constant(recordings, m, c) {
			continue
		}
		if is == nil {
			is = make([]bool, m)
		}
		is[c] = true
	}
	return is
}

func constant(recordings []*data.Series, m, c int) bool {
	first, differ := math.NaN(), false
	for _, s := range recordings {
		if len(s.U) < m {
			return false
		}
		own := s.U[c]
		for at := c; at < len(s.U); at += m {
			if s.U[at] != own {
				return false
			}
		}
		if math.IsNaN(first) {
			first = own
		}
		differ = differ || own != first
	}
	return differ
}

// Constant tells which inputs are covariates of the recordings the model was trained on.
func (m *Model) Constant() []bool {
	var all []*data.Series
	for i := range m.Records {
		all = append(all, &m.Records[i].U)
	}
	return Constant(m.Parts, all)
}

// heldBeyond tells that all inputs are columns of doses or covariates, of which nothing need be said
// beyond the rows.
func (m *Model) heldBeyond() bool {
	is := m.Constant()
	for c := range m.Parts.Frame.Inputs {
		if !m.Parts.IsDose(c) && (is == nil || !is[c]) {
			return false
		}
	}
	return slices.Contains(is, true)
}
