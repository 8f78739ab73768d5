package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
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
		right := polynomialText(p.Layers, i, theta, names, scales, f.Scale[i]/f.Time, "network("+strings.Join(slices.Concat(f.States, f.Inputs), ", ")+")")
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", state, right))
	}
	return strings.Join(lines, "\n")
}

// Explain writes the equations with the values of their parameters, then as
// they were given, and under them every network that has a polynomial beside it
// as that polynomial in the units of the text.
func (e *Equations) Explain(p *Parts, theta []float64) string {
	m := e.again(p)
	if m == nil {
		return p.Text
	}
	text := p.Text
	if values := m.explainValues(p, theta); values != "" {
		text = values + "\nwith names for what is learnt:\n" + text
	}
	for _, n := range m.nets {
		if len(n.poly) > 0 {
			text += "\n" + strings.Join(m.explainNetwork(&n, theta), "\n")
		}
	}
	return text
}

// explainNetwork writes one line for each output, in the words of its first
// call.
func (m *equationModel) explainNetwork(n *equationNet, theta []float64) []string {
	_, call := m.lineOf(func(x *program.Expr) bool { return x.Form == program.Call && x.Name == n.name })
	var names, words []string
	var scales []float64
	for _, a := range call.Args {
		shift, scale := m.argumentScale(a)
		name := a.String()
		words = append(words, name)
		if a.Form != program.Name {
			name = "(" + name + ")"
		}
		names, scales = append(names, shifted(name, shift, scale)), append(scales, scale)
	}
	rest := "network(" + strings.Join(words, ", ") + ")"
	layers := append(n.poly[:len(n.poly):len(n.poly)], networkLayers(n.lo, n.sizes)...)
	var lines []string
	for o, unit := range n.scale {
		name := n.name + "(" + strings.Join(words, ", ") + ")"
		if len(n.scale) > 1 {
			name += fmt.Sprintf("[%d]", o)
		}
		lines = append(lines, name+" = "+polynomialText(layers, o, theta, names, scales, unit, rest))
	}
	return lines
}

// polynomialText is output i of a polynomial and of the network after it,
// named rest, where that contributes.
func polynomialText(layers []Layer, i int, theta []float64, names []string, scales []float64, unit float64, rest string) string {
	var terms []string
	degree := 0
	for _, l := range layers {
		if l.Sparse {
			degree++
			terms = append(terms, polynomialTerms(l, degree, i, theta, names, scales, unit)...)
		}
	}
	if outputBound(layers[len(layers)-1], i, theta) > 10*negligible {
		terms = append(terms, "+ "+rest)
	}
	return sumOf(terms)
}

// shifted writes a variable of a polynomial: less its shift, if the
// polynomial's origin is not that of the user's units.
func shifted(name string, shift, scale float64) string {
	if OriginInData(shift, scale) {
		return fmt.Sprintf("(%s − %.4g)", name, shift)
	}
	return name
}

// variables are the arguments of the polynomial: how they are written, and
// the size of their scaled unit.
func (m *PolyMLP) variables(f Frame) (names []string, scales []float64) {
	add := func(name string, shift, scale float64) {
		names, scales = append(names, shifted(name, shift, scale)), append(scales, scale)
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

// polynomialTerms writes the terms of output i of layer l, which has the
// coefficients of one degree, in user units.
func polynomialTerms(l Layer, degree, i int, theta []float64, names []string, scales []float64, unit float64) []string {
	var terms []string
	eachTerm(l, degree, i, names, scales, unit, func(entry int, size float64, what string) {
		terms = appendTerm(terms, theta[entry], size, what)
	})
	return terms
}

// eachTerm calls f with every coefficient of output i of layer l: its entry of θ, its
// size in user units where that is 1, and what it is multiplied with.
func eachTerm(l Layer, degree, i int, names []string, scales []float64, unit float64, f func(entry int, size float64, what string)) {
	if l.B >= 0 {
		f(l.B+i, unit, "")
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
		f(l.W+i*l.Cols+k, size, what)
	}
}

// appendTerm writes c·size·what with its sign, unless the scaled c is negligible.
func appendTerm(terms []string, c, size float64, what string) []string {
	if math.Abs(c) < negligible {
		return terms
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
	return append(terms, sign+" "+text)
}

// sumOf joins terms.
func sumOf(terms []string) string {
	if len(terms) == 0 {
		return "0"
	}
	return strings.TrimPrefix(strings.Join(terms, " "), "+ ")
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

// outputBound bounds output i of a network whose last layer is l and whose
// activations are at most 1, in scaled units.
func outputBound(l Layer, i int, theta []float64) float64 {
	sum := math.Abs(theta[l.B+i])
	for _, w := range theta[l.W+i*l.Cols : l.W+(i+1)*l.Cols] {
		sum += math.Abs(w)
	}
	return sum
}
