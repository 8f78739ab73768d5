package field

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// scaleOutputs chooses the unit of every network output: see Build.
func (m *equationModel) scaleOutputs() {
	for i := range m.nets {
		n := &m.nets[i]
		n.scale = make([]float64, n.sizes[len(n.sizes)-1])
		for o := range n.scale {
			n.scale[o] = m.outputScale(n.name, o)
		}
	}
}

func (m *equationModel) outputScale(net string, output int) float64 {
	sum, count := 0.0, 0
	for i, k := range m.equation {
		with := m.probe(k, net, output)
		without := m.probe(k, "", 0)
		effect := math.Abs(with - without)
		if !m.reaches(k, net, output) || effect == 0 {
			continue
		}
		if math.IsNaN(effect) || math.IsInf(effect, 0) {
			effect = 1
		}
		unit := m.frame.Scale[i] / m.frame.Time
		if m.lines[k].observed {
			unit = m.frame.Scale[i]
		}
		sum += math.Log(unit / effect)
		count++
	}
	if count == 0 {
		return 1
	}
	return math.Exp(sum / float64(count))
}

// probe is the value of a line's expression when the states are typical and
// the given output of the given network is 1, all others 0; NaN if there is
// none.
func (m *equationModel) probe(line int, net string, output int) float64 {
	call := func(c *program.Expr) (float64, bool) {
		if c.Name == net && max(c.Index, 0) == output {
			return 1, true
		}
		return 0, true
	}
	v, err := m.lines[line].expr.Eval(m.defined(m.typical(), call), call)
	if err != nil {
		return math.NaN()
	}
	return v
}

// scaleHidden chooses the unit of hidden states that start at zero, which says
// nothing of their size: that of the state at which what makes it and what it
// loses are equal, or what is made in a unit of time if nothing is lost, where
// all other states are typical. What cannot be told has the unit 1.
func (m *equationModel) scaleHidden(from int) {
	m.defaultParameters()
	for i := from; i < len(m.frame.States); i++ {
		if m.start[i-from] != 0 {
			continue
		}
		rate := m.rateAt(i, 0)
		made := math.Abs(rate) * m.frame.Time
		lost := math.Abs(m.rateAt(i, made/nudge)-rate) * nudge / made
		least := 1 / m.frame.Time
		if m.lines[m.equation[i]].algebraic { // which may hold at any time
			least = 0
		}
		s := math.Abs(rate) / max(lost, least)
		if s > 0 && !math.IsInf(s, 0) {
			m.frame.Scale[i] = s
		} else {
			s = 0
		}
		if g := m.given(m.frame.States[i]); g > s {
			m.frame.Scale[i] = g
		}
	}
}

// nudge is the part of a state by which it is moved to see what it loses.
const nudge = 1000

// defaultParameters notes the starts of parameters for centre, which is asked
// before they have their places.
func (m *equationModel) defaultParameters() {
	m.params = m.params[:0]
	for _, name := range sortedKeys(m.unknown) {
		m.params = append(m.params, Parameter{Name: name, Start: m.unknown[name].Start})
	}
}

// rateAt is the slope of state i at a value of it, all other states and inputs
// being typical and networks zero; NaN if there is none.
func (m *equationModel) rateAt(i int, value float64) float64 {
	zero := func(*program.Expr) (float64, bool) { return 0, true }
	v := m.typical()
	v[m.frame.States[i]] = value
	r, err := m.lines[m.equation[i]].expr.Eval(m.defined(v, zero), zero)
	if err != nil {
		return math.NaN()
	}
	return r
}

// reaches tells whether an output of a network stands in a line's expression
// or in a definition it uses.
func (m *equationModel) reaches(line int, net string, output int) bool {
	defined := map[string]bool{}
	for k := range m.lines {
		l, hit := &m.lines[k], false
		l.expr.Walk(func(x *program.Expr) {
			hit = hit || x.Form == program.Call && x.Name == net && max(x.Index, 0) == output ||
				x.Form == program.Name && defined[x.Name]
		})
		if k == line {
			return hit
		}
		if !l.derivative {
			defined[l.name] = hit
		}
	}
	return false
}

// magnitude is |v|, or 1 for zero.
func magnitude(v float64) float64 {
	if v == 0 {
		return 1
	}
	return math.Abs(v)
}

// centre gives every state, input and t the middle of its range, and every
// parameter its start.
func (m *equationModel) centre() map[string]float64 {
	v := map[string]float64{"t": m.frame.T0}
	for i, name := range m.frame.States {
		v[name] = m.frame.Shift[i]
	}
	for i, name := range m.frame.Inputs {
		v[name] = m.frame.UShift[i]
	}
	for _, p := range m.params {
		v[p.Name] = p.Start
	}
	return m.withDelays(v)
}

// spread is one unit of every name that varies.
func (m *equationModel) spread() map[string]float64 {
	v := map[string]float64{"t": m.frame.Time}
	for i, name := range m.frame.States {
		v[name] = m.frame.Scale[i]
	}
	for i, name := range m.frame.Inputs {
		v[name] = m.frame.UScale[i]
	}
	return m.withDelays(v)
}

// typical gives every name its root mean square, with the sign of its middle.
func (m *equationModel) typical() map[string]float64 {
	v := m.centre()
	for name, s := range m.spread() {
		v[name] = math.Copysign(math.Hypot(v[name], s), v[name])
	}
	return v
}

// defined adds the definitions that have a value to the values of the other
// names. call is as in Expr.Eval.
func (m *equationModel) defined(v map[string]float64, call func(*program.Expr) (float64, bool)) map[string]float64 {
	for k := range m.lines {
		if l := &m.lines[k]; !l.derivative {
			if c, err := l.expr.Eval(v, call); err == nil {
				v[l.name] = c
			}
		}
	}
	return v
}

// argumentScale returns the shift and scale that standardise an argument of a
// network: those of the frame if it is a state, an input or the time, else its
// value in the middle of the frame and the root of the summed squares of half
// its change from −1 to +1 unit of each name.
func (m *equationModel) argumentScale(arg *program.Expr) (shift, scale float64) {
	if i := m.state(arg); i >= 0 {
		return m.frame.Shift[i], m.frame.Scale[i]
	}
	if arg.Form == program.Name {
		if i := slices.Index(m.frame.Inputs, arg.Name); i >= 0 {
			return m.frame.UShift[i], m.frame.UScale[i]
		}
		if arg.Name == "t" {
			return m.frame.T0, m.frame.Time
		}
	}
	at := func(name string, unit float64) float64 {
		v := m.centre()
		v[name] += unit
		c, err := arg.Eval(m.defined(v, nil), nil)
		if err != nil {
			return math.NaN()
		}
		return c
	}
	spread := m.spread()
	shift = at("t", 0)
	for _, name := range sortedKeys(spread) {
		scale = math.Hypot(scale, (at(name, spread[name])-at(name, -spread[name]))/2)
	}
	switch {
	case math.IsNaN(shift + scale), math.IsInf(shift+scale, 0): // it calls a network, or has a pole nearby
		return 0, 1
	case scale <= 1e-12*math.Abs(shift): // a constant
		return 0, magnitude(shift)
	}
	return shift, scale
}
