package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// equationModel is a text whose every name has a meaning.
type equationModel struct {
	config   *Equations
	unknown  map[string]Unknown // the parameters, all with a start
	frame    Frame              // with hidden states
	lines    []equationLine
	equation []int // the line of each state
	params   []Parameter
	nets     []equationNet
	start    []float64 // of hidden states
	size     int       // of θ
	own      []RecordingParameter
	delays   equationDelays
	hidden   []hiddenRow // rows in which no algebraic unknown stands
}

// equationNet is a network of the text and its place in θ.
type equationNet struct {
	name  string
	sizes []int
	act   program.Kind
	lo    int
	poly  []Layer   // of the polynomial beside it
	scale []float64 // of each output, in the units of the text
}

func (e *Equations) resolve(f Frame, lines []equationLine) (*equationModel, error) {
	m := &equationModel{config: e, frame: f, lines: lines, unknown: e.shared()}
	if err := m.resolveStates(); err != nil {
		return nil, err
	}
	if err := m.resolveDelays(); err != nil {
		return nil, err
	}
	if err := m.resolveEvents(); err != nil {
		return nil, err
	}
	var errs []error
	for _, step := range []func() error{m.resolveDefinitions, m.resolveStart, m.resolveParameters, m.resolveNetworks} {
		errs = append(errs, step())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, m.unknownErrors())
	}
	m.scaleOutputs()
	return m, nil
}

// resolveStates finds the equation of every state and adds hidden states.
func (m *equationModel) resolveStates() error {
	f := &m.frame
	measured := len(f.States)
	f.States, f.Shift, f.Scale = slices.Clone(f.States), slices.Clone(f.Shift), slices.Clone(f.Scale)
	for _, name := range slices.Concat(f.States, f.Inputs) {
		if name == "t" {
			return fmt.Errorf("equations: a data column is called t, which is the time; rename it")
		}
	}
	m.equation = make([]int, measured)
	for i := range m.equation {
		m.equation[i] = -1
	}
	for k := range m.lines {
		l := &m.lines[k]
		if !l.moves() {
			continue
		}
		i := slices.Index(f.States, l.name)
		switch {
		case slices.Contains(f.Inputs, l.name) || l.name == "t":
			return l.errorAt(l.column, "remove this line", "%s is given and has no equation", l.name)
		case i >= 0 && m.equation[i] >= 0:
			return l.errorAt(l.column, "", "%s has an equation in line %d already", l.name, m.lines[m.equation[i]].line)
		case i >= 0:
			m.equation[i] = k
		default:
			f.States, m.equation = append(f.States, l.name), append(m.equation, k)
		}
	}
	if err := m.resolveOfRecordings(); err != nil {
		return err
	}
	if err := m.resolveObserved(measured); err != nil {
		return err
	}
	for i, name := range f.States[:measured] {
		if _, algebraic := m.config.Algebraic[name]; m.equation[i] < 0 && !algebraic {
			return m.missing(name, f.States[measured:])
		}
	}
	return m.resolveAlgebraic()
}

func (m *equationModel) missing(name string, hidden []string) error {
	if !program.IsName(name) {
		return fmt.Errorf("equations: the data column %q cannot be written in an equation; rename it to letters, digits and _", name)
	}
	for k := range m.lines {
		if l := &m.lines[k]; l.name == name && !l.derivative {
			return l.errorAt(l.column, fmt.Sprintf("write %s' = … for its derivative, or, where it only shows states, observe: {%s: \"%s\"}", name, name, l.expr),
				"%s is a data column and has no equation for its derivative", name)
		}
	}
	if s, ok := registry.Suggest(name, hidden); ok {
		for k := range m.lines {
			if l := &m.lines[k]; l.name == s && l.derivative && l.event == nil {
				return l.errorAt(l.column, "did you mean "+name+"?", "there is no data column %s, and the data column %s has no equation", s, name)
			}
		}
	}
	return fmt.Errorf("equations: the data column %s has no equation; add a line %s' = …, make it an input (inputs=%s), or say under observe what it shows of the states", name, name, name)
}

// resolveDefinitions checks that no definition takes a name that is in use.
func (m *equationModel) resolveDefinitions() error {
	seen := map[string]int{}
	for k := range m.lines {
		l := &m.lines[k]
		if l.derivative {
			continue
		}
		_, isParam := m.unknown[l.name]
		switch {
		case slices.Contains(m.frame.States, l.name):
			return l.errorAt(l.column, "write "+l.name+"' for the derivative", "%s is a state and cannot be defined", l.name)
		case slices.Contains(m.frame.Inputs, l.name) || l.name == "t" || isParam:
			return l.errorAt(l.column, "choose another name", "%s has a meaning already", l.name)
		case seen[l.name] > 0:
			return l.errorAt(l.column, "choose another name", "%s is defined in line %d already", l.name, seen[l.name])
		}
		seen[l.name] = l.line
	}
	return nil
}

// resolveStart gives hidden states their start and scale.
func (m *equationModel) resolveStart() error {
	hidden := m.frame.States[len(m.frame.Scale):]
	for _, name := range sortedKeys(m.config.Start) {
		if slices.Contains(hidden, name) {
			continue
		}
		if m.onlySeen(name) {
			return fmt.Errorf("start: %s only shows states and has no start; remove it", name)
		}
		if slices.Contains(m.frame.States, name) {
			return fmt.Errorf("start: %s is a data column and starts where the data start; remove it", name)
		}
		return fmt.Errorf("start: there is no hidden state %s%s", name, meant(name, hidden))
	}
	plain := m.frame.unscaled()
	m.start = make([]float64, len(hidden))
	for i, name := range hidden {
		v, given := m.config.Start[name]
		if own, ok := m.startOf(name); ok && !given {
			v = own
		}
		if guess, ok := m.config.Algebraic[name]; ok && !given {
			v = guess
		}
		m.start[i] = v
		m.frame.Shift = append(m.frame.Shift, 0)
		m.frame.Scale = append(m.frame.Scale, magnitude(v))
	}
	if !plain {
		m.scaleHidden(len(m.frame.States) - len(hidden))
	}
	return nil
}

// resolveParameters places the parameters in θ in the order of their use.
func (m *equationModel) resolveParameters() error {
	var order []string
	all := m.delays.expressions()
	for _, l := range m.lines {
		all = append(all, l.expr)
	}
	for _, e := range all {
		for _, name := range e.Names() {
			if _, ok := m.unknown[name]; ok && !slices.Contains(order, name) {
				order = append(order, name)
			}
		}
	}
	var errs []error
	for _, name := range sortedKeys(m.unknown) {
		switch {
		case slices.Contains(m.frame.States, name) || slices.Contains(m.frame.Inputs, name) || name == "t":
			errs = append(errs, fmt.Errorf("parameters: %s is the name of a state, an input or the time; choose another", name))
			continue
		case !slices.Contains(order, name):
			errs = append(errs, fmt.Errorf("parameters: %s is in no equation%s", name, meant(name, m.unknownNames())))
		}
		if err := m.unknown[name].check(); err != nil {
			errs = append(errs, fmt.Errorf("parameters: %s: %w", name, err))
		}
	}
	m.params = nil
	for i, name := range order {
		u := m.unknown[name]
		m.params = append(m.params, Parameter{Name: name, Unit: u.Unit, Start: u.Start, Min: u.Min, Max: u.Max, Prior: u.Prior, Theta: i})
	}
	m.size = len(order)
	return errors.Join(errs...)
}

// unknownNames are the names in the text that mean nothing.
func (m *equationModel) unknownNames() []string {
	var unknown []string
	m.eachUnknown(func(_ *equationLine, x *program.Expr) { unknown = append(unknown, x.Name) })
	return unknown
}

// eachUnknown calls f where a name stands that means nothing anywhere.
func (m *equationModel) eachUnknown(f func(l *equationLine, x *program.Expr)) {
	known := m.knownNames()
	for k := range m.lines {
		m.lines[k].expr.Walk(func(x *program.Expr) {
			if x.Form == program.Name && !slices.Contains(known, x.Name) {
				f(&m.lines[k], x)
			}
		})
	}
}

func (m *equationModel) knownNames() []string {
	known := slices.Concat(m.frame.States, m.frame.Inputs, []string{"t", "pi", "π"}, sortedKeys(m.unknown))
	for _, l := range m.lines {
		known = append(known, l.name)
	}
	for _, d := range m.delays.seen {
		known = append(known, d.name)
	}
	return known
}

// unknownErrors are the errors of names that mean nothing, each name once. They are made where
// something else is wrong as well, which would hide them though both may have one cause.
func (m *equationModel) unknownErrors() error {
	var errs []error
	told := map[string]bool{}
	m.eachUnknown(func(l *equationLine, x *program.Expr) {
		if told[x.Name] {
			return
		}
		told[x.Name] = true
		try := unknownTry
		if s, ok := registry.Suggest(x.Name, m.knownNames()); ok {
			try = "did you mean " + s + "?"
		}
		errs = append(errs, l.errorAt(l.offset+x.Column, try, "unknown name %s", x.Name))
	})
	return errors.Join(errs...)
}

// meant is a suggestion to end a sentence with.
func meant(word string, among []string) string {
	if s, ok := registry.Suggest(word, among); ok {
		return "; did you mean " + s + "?"
	}
	return ""
}

// isValue tells whether a name stands for a number, so that name(…) is a
// forgotten product and not a network.
func (m *equationModel) isValue(name string) bool {
	_, param := m.unknown[name]
	defined := slices.ContainsFunc(m.lines, func(l equationLine) bool { return l.name == name })
	return param || defined || name == "t" || slices.Contains(m.frame.Inputs, name)
}

// looksLikeNetwork tells whether an undeclared name surely means a network.
func looksLikeNetwork(name string) bool {
	s := strings.ToLower(name)
	return strings.HasPrefix(s, "nn") || strings.HasPrefix(s, "net")
}
