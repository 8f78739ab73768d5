package field

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
)

// Explain writes the energies in user units, wherever they are more than
// networks, in the unit of energy in which the constant of the first mass is 1.
func (m *Lagrangian) Explain(p *Parts, theta []float64) string {
	e, err := m.energies(p.Frame)
	if err != nil || m.Harmonics == 0 {
		return p.Text
	}
	f, q := &p.Frame, e.q
	var lines []string
	kinetic := "T = "
	for j := range q {
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", f.States[j], f.States[q+j]))
		u := f.States[q+j]
		for i := j + 1; i < q; i++ {
			u += fmt.Sprintf(" + L%d%d·%s", i+1, j+1, f.States[q+i])
		}
		kinetic += fmt.Sprintf("½·exp(d%d)·(%s)² + ", j+1, u)
	}
	lines = append(lines, "the rest by Lagrange's equations of T − V and forces:", strings.TrimSuffix(kinetic, " + "))
	unit := e.unit(theta)
	for i := range q {
		constant := 2*math.Log(f.Time/f.Scale[i]) - unit
		lines = append(lines, fmt.Sprintf("d%d = %s", i+1, e.explain(theta, &e.kinetic, i, 1, constant)))
	}
	for i := range q {
		for j := range i {
			lines = append(lines, fmt.Sprintf("L%d%d = %s", i+1, j+1, e.explain(theta, &e.kinetic, q+i*(i-1)/2+j, f.Scale[j]/f.Scale[i], 0)))
		}
	}
	lines = append(lines, "V = "+e.explain(theta, &e.potential, 0, math.Exp(-unit), 0))
	for i := range q {
		lines = append(lines, fmt.Sprintf("force on %s = %s", f.States[i], e.explainForce(theta, i, math.Exp(-unit))))
	}
	return strings.Join(lines, "\n")
}

// unit is the logarithm of the mass that the constants of d₁ come to.
func (e *energies) unit(theta []float64) float64 {
	return theta[e.kinetic.waves[0].B] + 2*math.Log(e.f.Time/e.f.Scale[0])
}

// explain writes output i of an energy: its waves in units of size, the network
// where it contributes, and a constant.
func (e *energies) explain(theta []float64, n *energy, i int, size, constant float64) string {
	l := n.waves[0]
	if l.B >= 0 {
		constant += size * theta[l.B+i]
	}
	terms := appendTerm(nil, constant, 1, "")
	for k, wave := range e.waveNames() {
		terms = appendTerm(terms, theta[l.W+i*l.Cols+k], size, wave)
	}
	layers := networkLayers(n.lo, n.sizes)
	if outputBound(layers[len(layers)-1], i, theta) > 10*negligible {
		terms = append(terms, "+ "+n.name+" network("+joined(e.f.States[:e.q])+")")
	}
	return sumOf(terms)
}

// waveNames are the waves in the order of wavesOf.
func (e *energies) waveNames() []string {
	var all, out []string
	for i, a := range e.f.States[:e.q] {
		all = append(all, a)
		for _, other := range e.f.States[:i] {
			all = append(all, a+" + "+other, a+" − "+other)
		}
	}
	for _, a := range all {
		for h := 1; h <= e.harmonics; h++ {
			of := a
			switch {
			case h > 1 && strings.Contains(a, " "):
				of = fmt.Sprintf("%d·(%s)", h, a)
			case h > 1:
				of = fmt.Sprintf("%d·%s", h, a)
			}
			out = append(out, "sin("+of+")", "cos("+of+")")
		}
	}
	return out
}

// explainForce writes what acts on position i besides T − V.
func (e *energies) explainForce(theta []float64, i int, size float64) string {
	var terms []string
	e.eachForce(i, size, func(entry int, size float64, what string) {
		terms = appendTerm(terms, theta[entry], size, what)
	})
	return sumOf(terms)
}

// eachForce calls f with every coefficient of the force on position i, as eachTerm
// does.
func (e *energies) eachForce(i int, size float64, do func(entry int, size float64, what string)) {
	f, n := &e.f, len(e.f.Inputs)
	for j := range e.q {
		do(e.friction+i*e.q+j, -size*f.Time/(f.Scale[i]*f.Scale[j]), f.States[e.q+j])
	}
	for k, name := range f.Inputs {
		if shift := num.Undusted(f.UShift[k], f.UScale[k]); shift != 0 { // the mean of a wave is zero
			name = fmt.Sprintf("(%s − %.4g)", name, shift)
		}
		do(e.friction+e.q*e.q+i*n+k, size/(f.Scale[i]*f.UScale[k]), name)
	}
}
