package field

import (
	"fmt"
	"math"
)

// Coefficient is one number of a learnt law: Unit·θ[Entry] in user units.
type Coefficient struct {
	Of    string // what it is a term of, such as d x/dt
	Term  string // what it is multiplied with; "" of a constant
	Entry int
	Unit  float64
}

// Termed is an Architecture with a law of terms whose coefficients have a meaning of
// their own. Coefficients lists them, whether they are in use or not.
type Termed interface {
	Coefficients(p *Parts, theta []float64) []Coefficient
}

// polynomialCoefficients are those of output i of a polynomial.
func polynomialCoefficients(layers []Layer, i int, of string, names []string, scales []float64, unit float64) []Coefficient {
	var out []Coefficient
	degree := 0
	for _, l := range layers {
		if !l.Sparse {
			continue
		}
		degree++
		eachTerm(l, degree, i, names, scales, unit, func(entry int, size float64, what string) {
			out = append(out, Coefficient{of, what, entry, size})
		})
	}
	return out
}

// Coefficients implements Termed.
func (m *PolyMLP) Coefficients(p *Parts, _ []float64) []Coefficient {
	f := p.Frame
	names, scales := m.variables(f)
	var out []Coefficient
	for i, state := range f.States {
		out = append(out, polynomialCoefficients(p.Layers, i, fmt.Sprintf("d %s/dt", state), names, scales, f.Scale[i]/f.Time)...)
	}
	return out
}

// Coefficients implements Termed.
func (m *TermLibrary) Coefficients(p *Parts, theta []float64) []Coefficient {
	f := p.Frame
	names, scales := m.names(f, theta), m.scales(f)
	var out []Coefficient
	for i, state := range f.States {
		out = append(out, polynomialCoefficients(p.Layers, i, fmt.Sprintf("d %s/dt", state), names, scales, f.Scale[i]/f.Time)...)
	}
	return out
}

// Coefficients implements Termed: of what acts besides T − V, in the unit of energy
// that θ comes to, whose own error is not theirs.
func (m *Lagrangian) Coefficients(p *Parts, theta []float64) []Coefficient {
	e, err := m.energies(p.Frame)
	if err != nil || m.Harmonics == 0 {
		return nil
	}
	var out []Coefficient
	for i := range e.q {
		e.eachForce(i, math.Exp(-e.unit(theta)), func(entry int, size float64, what string) {
			out = append(out, Coefficient{"force on " + e.f.States[i], what, entry, size})
		})
	}
	return out
}
