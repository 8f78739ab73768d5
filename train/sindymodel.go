package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// found are equations and what is known of their coefficients, in the order
// of the text, which is that of Parts.Named.
type found struct {
	arch  *field.Equations
	names []string
	value []float64
	// error has a row for each coefficient: its error is the product with
	// independent standard normal numbers. Those of other states are apart.
	error [][]float64
	first []int // of the coefficients of the same state
}

// equations writes what is kept as text; the coefficients have names.
func (d *discovery) equations() *found {
	l := d.lib
	f := &found{arch: &field.Equations{Parameters: map[string]field.Unknown{}}}
	prefix := coefficientPrefix(slices.Concat(d.p.Train[0].Names, d.p.Train[0].Inputs))
	var lines []string
	for c, e := range d.eqs {
		active := d.kept(c)
		share, rss, r := e.Solve(active)
		var coef []string
		var terms []field.Term
		var unit []float64
		for j, on := range active {
			if !on {
				continue
			}
			name := fmt.Sprint(prefix, len(f.names)+1)
			unit = append(unit, l.slope[c]/l.scale[j])
			v := share[j] * unit[len(unit)-1]
			coef, terms = append(coef, name), append(terms, l.terms[j])
			f.names, f.value = append(f.names, name), append(f.value, v)
			f.arch.Parameters[name] = field.Unknown{Start: v}
		}
		f.spread(unit, math.Sqrt(rss/max(1, e.Rows-float64(len(terms)))), r.Inverse())
		lines = append(lines, d.p.Train[0].Names[c]+"' = "+field.SumOfTerms(coef, terms))
	}
	f.arch.Text = strings.Join(lines, "\n")
	return f
}

// spread adds the errors of the coefficients of one state: R⁻¹ times the
// deviation of its residuals, in the units of the coefficients.
func (f *found) spread(unit []float64, sd float64, inverse [][]float64) {
	first := len(f.error)
	for i, u := range unit {
		row := make([]float64, len(unit))
		for k, v := range inverse[i] {
			row[i+k] = sd * u * v
		}
		f.error, f.first = append(f.error, row), append(f.first, first)
	}
}

// estimates are the coefficients of the model's first member with their
// standard errors.
func (f *found) estimates(m *model.Model) []model.Estimate {
	all := m.Values(0)
	for i := range all {
		square := 0.0
		for _, v := range f.error[i] {
			square += v * v
		}
		all[i].SD = math.Sqrt(square)
	}
	return all
}

// draw is another set of coefficients within their errors.
func (f *found) draw(normal func() float64) []float64 {
	draws := make([]float64, len(f.names))
	for i := range draws {
		draws[i] = normal()
	}
	out := slices.Clone(f.value)
	for i, row := range f.error {
		for k, v := range row {
			out[i] += v * draws[f.first[i]+k]
		}
	}
	return out
}

// coefficientPrefix is a letter that no column begins with.
func coefficientPrefix(names []string) string {
	longest := ""
	for _, c := range []string{"k", "c", "a", "b", "p"} {
		if !slices.ContainsFunc(names, func(s string) bool { return strings.HasPrefix(s, c) }) {
			return c
		}
	}
	for _, s := range names {
		longest = strings.Repeat("k", max(len(longest), len(s)+1))
	}
	return longest
}
