package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// Equations is a model written as text, wholly or partly known: one line for
// each state, in the user's units,
//
//	growth = birth*hare            # a name for later lines
//	hare' = growth - nn(hare, lynx)
//	d lynx/dt = -death*lynx + nn2(hare, lynx)
//
// with the time t, the states, the inputs, parameters to be learnt and neural
// networks for what is not known. Lines 0 = … hold at every time and determine as many
// algebraic unknowns. Every data column has an equation; a state
// with an equation that is not a data column is hidden and comes after the
// measured ones, in the order of the text. What a name stands for is looked
// up in this order: states, inputs, t, parameters, definitions in the lines
// above, pi. See program.ParseExpr for the expressions.
type Equations struct {
	Text       string             `json:"equations" yaml:"equations"`
	Parameters map[string]Unknown `json:"parameters,omitempty" yaml:"parameters"` // numbers to be learnt
	Networks   map[string]Network `json:"networks,omitempty" yaml:"networks"`     // those that differ from the default
	Start      map[string]float64 `json:"start,omitempty" yaml:"start"`           // of hidden states; 0 if not given
	// Observe says what data columns show that are no states, by expressions of states, inputs,
	// the time, parameters and definitions: {signal: "gain*a*(1 + a)"}.
	Observe map[string]string `json:"observe,omitempty" yaml:"observe"`
	// Algebraic are the unknowns of lines 0 = …, with a guess of what they are at first.
	Algebraic map[string]float64 `json:"algebraic,omitempty" yaml:"algebraic"`
	// Events are doses, kicks, infusions and resets: {at: [0, 12], add: {gut: 100}}.
	Events []Event `json:"events,omitempty" yaml:"events"`
	// Doses are data columns whose values are added to a state at their rows: {amt: gut}.
	Doses map[string]string `json:"doses,omitempty" yaml:"doses"`
	// Infusions are data columns whose values are rates, each until the next row, that are added to the
	// derivative of a state: {rate: central}.
	Infusions map[string]string `json:"infusions,omitempty" yaml:"infusions"`
	// Impulses are inputs whose values are amounts that are delivered at their rows (hold: impulse).
	Impulses []string `json:"impulses,omitempty" yaml:"-"`
	// History is what states were before the first row, where equations look back at them:
	// numbers, parameters or expressions of t. Without it they were what they are at the start.
	History map[string]string `json:"history,omitempty" yaml:"history"`
}

// Network is a fully connected network that stands for an unknown function of
// its arguments. The zero value has the defaults.
type Network struct {
	Hidden     []int  `json:"hidden,omitempty" yaml:"hidden"`         // units of the hidden layers; default 16; 0: none, an affine map
	Activation string `json:"activation,omitempty" yaml:"activation"` // default tanh
	Outputs    int    `json:"outputs,omitempty" yaml:"outputs"`       // default: as many as the text uses
	Degree     int    `json:"degree,omitempty" yaml:"degree"`         // of a polynomial of the arguments beside the network; 0: none, but method=auto tries some; -1: none
}

func init() {
	Architectures.Register("equations", "equations written as text, with parameters and networks to be learnt",
		func() Architecture { return &Equations{} })
}

// Build implements Architecture. Errors in the text are *EquationError, all
// those of syntax at once.
//
// Scales. State i obeys d(scaled x)/d(scaled t) = (Time/Scale_i)·f_i. Hidden
// states have the shift 0 and the scale |start|, or 1. Network arguments are
// standardised: a state, an input or the time as in the frame; another
// expression by its value and first-order spread over the frame; one that
// calls a network is taken as it is. A network's output of 1 changes the
// equation it stands in by Scale_i/Time when the states have typical values;
// the geometric mean is taken if it stands in several.
func (e *Equations) Build(f Frame) (*Parts, error) {
	lines, err := e.parse()
	if err != nil {
		return nil, err
	}
	m, err := e.resolve(f, lines)
	if err != nil {
		return nil, err
	}
	p := &Parts{Frame: m.frame, Named: m.params, Start: m.start, Text: m.words(), Theta0: make([]float64, m.size), Algebraic: m.algebraic(), Reduced: m.reductions(), Notes: m.notes()}
	for _, q := range m.params {
		p.Theta0[q.Theta] = m.unknown[q.Name].theta0()
	}
	for _, n := range m.nets {
		for _, l := range slices.Concat(n.poly, networkLayers(n.lo, n.sizes)) {
			l.Name = n.name + "." + l.Name
			p.Layers = append(p.Layers, l)
		}
	}
	var wrong error
	if p.Field, err = m.field(); err == nil {
		p.Field, p.Kept, err = m.reduced(p.Field)
	}
	if p.Observe, wrong = m.observe(); err != nil || wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	p.Observed, p.PerRecording = m.observed(), m.own
	if p.Events, err = m.events(); err != nil {
		return nil, err
	}
	if p.Delays, err = m.lookbacks(); err != nil {
		return nil, err
	}
	p.Values, err = m.values()
	return p, err
}

// WithStart is e with the starts of the states that the data do not have: names
// and values are those of all states, from measured on hidden ones.
func (e *Equations) WithStart(names []string, values []float64, measured int) *Equations {
	q := *e
	q.Start = map[string]float64{}
	for i := measured; i < len(names) && i < len(values); i++ {
		q.Start[names[i]] = values[i]
	}
	return &q
}

// values is the program from theta to the parameters in user units.
func (m *equationModel) values() (*program.Program, error) {
	if len(m.params) == 0 {
		return nil, nil
	}
	b := program.New()
	theta := b.Shared("theta", m.size, 1)
	var v []program.Value
	for _, q := range m.params {
		v = append(v, m.unknown[q.Name].value(b, b.Slice(theta, q.Theta, 1, 1)))
	}
	b.Output("values", b.Concat(v...))
	return b.Done()
}

// words prints the equations and what is learnt in them.
func (m *equationModel) words() string {
	var s strings.Builder
	for _, l := range m.lines {
		if l.own || l.event != nil {
			continue
		}
		fmt.Fprintf(&s, "%s = %v\n", l.left(), l.expr)
	}
	for _, h := range m.delays.history {
		fmt.Fprintf(&s, "%s before the start: %v\n", m.frame.States[h.state], h.expr)
	}
	for _, text := range m.eventWords(func(e *program.Expr) *program.Expr { return e }) {
		fmt.Fprintln(&s, text)
	}
	for _, q := range m.params {
		fmt.Fprintf(&s, "%s: parameter, %s\n", q.Name, m.unknown[q.Name].words())
	}
	for _, n := range m.nets {
		beside := ""
		if len(n.poly) > 0 {
			beside = fmt.Sprintf("polynomial of degree %d + ", len(n.poly))
		}
		fmt.Fprintf(&s, "%s: %snetwork %s, %v\n", n.name, beside, layerSizes(n.sizes), n.act)
	}
	for i, name := range m.frame.States[len(m.frame.States)-len(m.start):] {
		if _, ok := m.config.Algebraic[name]; ok {
			fmt.Fprintf(&s, "%s: from the equations 0 = …\n", name)
			continue
		}
		if _, own := m.startOf(name); own {
			block := ""
			if b := m.config.Parameters[name].Correlated; b != "" {
				block = ", correlated (" + b + ")"
			}
			fmt.Fprintf(&s, "%s: parameter of each recording, starts at %g%s\n", name, m.start[i], block)
			continue
		}
		fmt.Fprintf(&s, "%s: hidden, starts at %g\n", name, m.start[i])
	}
	for _, r := range m.reductions() {
		fmt.Fprintln(&s, r.words())
	}
	return strings.TrimSuffix(s.String(), "\n")
}

// left is what stands before the = of a line.
func (l *equationLine) left() string {
	switch {
	case l.algebraic:
		return "0"
	case l.derivative && !l.observed:
		return l.name + "'"
	}
	return l.name
}

// lineOf returns the first line whose expression satisfies want.
func (m *equationModel) lineOf(want func(*program.Expr) bool) (*equationLine, *program.Expr) {
	for i := range m.lines {
		var found *program.Expr
		m.lines[i].expr.Walk(func(x *program.Expr) {
			if found == nil && want(x) {
				found = x
			}
		})
		if found != nil {
			return &m.lines[i], found
		}
	}
	return nil, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
