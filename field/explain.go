package field

import (
	"fmt"
	"math"
	"strings"
)

// Explainer is an Architecture whose parameters can be read: Explain says in
// user units, as equations, what θ means.
type Explainer interface {
	Explain(p *Parts, theta []float64) string
}

// negligible is the size of a term, in scaled units (where slopes are about
// 1), below which it is not worth a word.
const negligible = 1e-3

// Explain writes one equation a state: the polynomial in user units, and the
// network where it contributes.
func (m *PolyMLP) Explain(p *Parts, theta []float64) string {
	f := p.Frame
	names, scales := m.variables(f)
	var lines []string
	for i, state := range f.States {
		var terms []string
		for _, l := range p.Layers {
			if l.Sparse {
				terms = append(terms, polynomialTerms(l, i, theta, names, scales, f.Scale[i]/f.Time)...)
			}
		}
		if m.networkShare(p, theta, i) > 10*negligible {
			terms = append(terms, "+ network("+strings.Join(f.States, ", ")+")")
		}
		right := strings.TrimPrefix(strings.Join(terms, " "), "+ ")
		if right == "" {
			right = "0"
		}
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", state, right))
	}
	return strings.Join(lines, "\n")
}

// variables are the arguments of the polynomial: how they are written, and
// the size of their scaled unit.
func (m *PolyMLP) variables(f Frame) (names []string, scales []float64) {
	add := func(name string, shift, scale float64) {
		if shift != 0 && polynomialOffset(shift, scale) == 0 {
			name = fmt.Sprintf("(%s − %.4g)", name, shift)
		}
		names, scales = append(names, name), append(scales, scale)
	}
	for i, s := range f.States {
		add(s, f.Shift[i], f.Scale[i])
	}
	if m.Time {
		add("t", f.T0, f.Time)
	}
	for i, s := range f.Inputs {
		add(s, f.UShift[i], f.UScale[i])
	}
	return names, scales
}

// polynomialTerms writes the terms of layer l in equation i, in user units.
func polynomialTerms(l Layer, i int, theta []float64, names []string, scales []float64, unit float64) []string {
	var terms []string
	write := func(c, size float64, what string) {
		if math.Abs(c) < negligible {
			return
		}
		sign, v := "+", c*size
		if v < 0 {
			sign, v = "−", -v
		}
		text := fmt.Sprintf("%.4g", v)
		switch {
		case what != "" && text == "1":
			text = what
		case what != "":
			text += "·" + what
		}
		terms = append(terms, sign+" "+text)
	}
	if l.B >= 0 {
		write(theta[l.B+i], unit, "")
	}
	degree := 1
	for choose(len(names), degree) != l.Cols || l.Name != degreeName(degree) {
		degree++
	}
	for k, vars := range exponents(len(names), degree) {
		size, what := unit, ""
		for at := 0; at < len(vars); {
			n := 1
			for at+n < len(vars) && vars[at+n] == vars[at] {
				n++
			}
			size /= math.Pow(scales[vars[at]], float64(n))
			if what != "" {
				what += "·"
			}
			what += names[vars[at]]
			if n > 1 {
				what += fmt.Sprintf("^%d", n)
			}
			at += n
		}
		write(theta[l.W+i*l.Cols+k], size, what)
	}
	return terms
}

// exponents lists the monomials of degree d in n variables, each as its
// variables in ascending order, in the order of monomials.
func exponents(n, d int) [][]int {
	var all [][]int
	var grow func(first int, vars []int)
	grow = func(first int, vars []int) {
		if len(vars) == d {
			all = append(all, append([]int{}, vars...))
			return
		}
		for k := first; k < n; k++ {
			grow(k, append(vars, k))
		}
	}
	grow(0, nil)
	return all
}

func degreeName(d int) string { return fmt.Sprintf("degree %d", d) }

// networkShare bounds what the network adds to equation i, in scaled units.
func (m *PolyMLP) networkShare(p *Parts, theta []float64, i int) float64 {
	l := p.Layers[len(p.Layers)-1]
	sum := math.Abs(theta[l.B+i])
	for _, w := range theta[l.W+i*l.Cols : l.W+(i+1)*l.Cols] {
		sum += math.Abs(w)
	}
	return sum
}
