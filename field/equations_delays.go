package field

import (
	"errors"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// x(t - tau) in a text is the state x of an earlier time. Lines have a name in its place, whose
// value is a row of the input u; the lag is an expression of parameters and numbers.

// equationDelays are the states of earlier times in a text.
type equationDelays struct {
	seen    []delayedState
	lags    []*program.Expr
	history []equationHistory
}

// delayedState is a state by a lag earlier.
type delayedState struct {
	name       string // of it in the lines
	state, lag int
}

// equationHistory is what a state was before the start.
type equationHistory struct {
	state int
	expr  *program.Expr
}

// resolveDelays puts names into the lines where states of earlier times stand, and reads what the
// states were before the start.
func (m *equationModel) resolveDelays() error {
	var errs []error
	for k := range m.lines {
		l := &m.lines[k]
		expr, err := m.lookBack(l, l.expr)
		if l.expr = expr; err != nil {
			errs = append(errs, err)
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	if len(m.delays.seen) > 0 && m.algebraic() != nil {
		return errors.New("equations: states of earlier times do not go with equations 0 = …; write a state with a fast equation in the place of the algebraic unknown")
	}
	return m.resolveHistory()
}

// lookBack is e with names where states of earlier times stood.
func (m *equationModel) lookBack(l *equationLine, e *program.Expr) (*program.Expr, error) {
	if e.Form == program.Call && slices.Contains(m.frame.States, e.Name) && len(e.Args) == 1 && slices.Contains(e.Args[0].Names(), "t") {
		return m.delayed(l, e)
	}
	if err := m.miscalled(l, e); err != nil {
		return e, err
	}
	if len(e.Args) == 0 {
		return e, nil
	}
	c := *e
	c.Args = make([]*program.Expr, len(e.Args))
	for i, a := range e.Args {
		var err error
		if c.Args[i], err = m.lookBack(l, a); err != nil {
			return e, err
		}
	}
	return &c, nil
}

// delayed is the name of the state of an earlier time that e is.
func (m *equationModel) delayed(l *equationLine, e *program.Expr) (*program.Expr, error) {
	wrong := func(suggestion, format string, args ...any) (*program.Expr, error) {
		return e, l.errorAt(l.offset+e.Column, suggestion, format, args...)
	}
	i := slices.Index(m.frame.States, e.Name)
	lag := lagOf(e.Args[0])
	switch {
	case l.event != nil:
		return wrong("give that value a state of its own, or let the event depend on the present", "%v is a value of an earlier time, which events do not know", e)
	case l.observed:
		return wrong("a column shows the states of its own time", "%v is a value of an earlier time", e)
	case m.onlySeen(e.Name):
		return wrong("write in its place what it is made of", "%s is what is seen of the states, and none of them", e.Name)
	case m.lines[m.equation[i]].own:
		return wrong("write "+e.Name, "%s is a parameter and the same at all times", e.Name)
	case lag == nil || e.Index >= 0:
		return wrong(fmt.Sprintf("write %s(t - tau), with a number or a parameter above 0 for tau", e.Name), "%v is not the value of a state at a fixed time before t", e)
	}
	if bad, why := m.varies(lag, false); bad != "" {
		if m.config.Parameters[bad].PerRecording {
			return wrong("a delay is one of all recordings: leave per_recording: true out of "+bad+", or fit the recordings one by one, each from a file of its own",
				"the delay %v depends on %s, which is %s", lag, bad, why)
		}
		return wrong("a delay is made of numbers and parameters, so that it is the same at all times", "the delay %v depends on %s, which is %s", lag, bad, why)
	}
	if err := m.checkLag(lag); err != nil {
		return wrong("", "%v: %v", e, err)
	}
	d := delayedState{name: e.String(), state: i, lag: slices.IndexFunc(m.delays.lags, lag.Equal)}
	if d.lag < 0 {
		d.lag = len(m.delays.lags)
		m.delays.lags = append(m.delays.lags, lag)
	}
	same := slices.IndexFunc(m.delays.seen, func(o delayedState) bool { return o.state == i && o.lag == d.lag })
	if same < 0 {
		same = len(m.delays.seen)
		m.delays.seen = append(m.delays.seen, d)
	}
	return &program.Expr{Form: program.Name, Column: e.Column, Name: m.delays.seen[same].name}, nil
}

// lagOf is what is taken from t in t − …; nil if a is nothing of the kind.
func lagOf(a *program.Expr) *program.Expr {
	if a.Form != program.Difference && a.Form != program.Sum {
		return nil
	}
	if first := a.Args[0]; isTime(first) && a.Form == program.Difference {
		return a.Args[1]
	}
	inner := lagOf(a.Args[0])
	if inner == nil {
		return nil
	}
	return &program.Expr{Form: program.Sum + program.Difference - a.Form, Column: a.Column, Args: []*program.Expr{inner, a.Args[1]}}
}

// varies finds what in an expression is no number, parameter or, if it may be, time; and says
// what that is.
func (m *equationModel) varies(e *program.Expr, timed bool) (name, why string) {
	for _, name := range e.Names() {
		_, parameter := m.unknown[name]
		switch {
		case parameter || name == "pi" || name == "π" || timed && name == "t":
		case name == "t":
			return name, "the time"
		case m.config.Parameters[name].PerRecording:
			return name, "a parameter of each recording"
		case slices.Contains(m.frame.States, name):
			return name, "a state"
		case slices.Contains(m.frame.Inputs, name):
			return name, "an input"
		default:
			return name, "no parameter" + meant(name, sortedKeys(m.unknown))
		}
	}
	for _, name := range e.Calls() {
		if !slices.Contains(program.Functions(), name) {
			return name, "no elementary function"
		}
	}
	return "", ""
}

// checkLag refuses a delay that is not above 0 as the parameters start.
func (m *equationModel) checkLag(lag *program.Expr) error {
	values := map[string]float64{}
	for name, u := range m.unknown {
		values[name] = u.Start
	}
	v, err := lag.Eval(values, nil)
	switch {
	case err != nil:
		return err
	case v > 0:
		return nil
	case len(lag.Names()) > 0:
		return fmt.Errorf("the delay is %g as its parameters start; begin with one above 0, as in {start: 1, min: 0}", v)
	}
	return fmt.Errorf("the delay is %g; it has to be above 0", v)
}

// beforeStart tells that an expression of t is a number as parameters start, at the start of the
// frame or shortly before.
func (m *equationModel) beforeStart(e *program.Expr) bool {
	values := map[string]float64{}
	for name, u := range m.unknown {
		values[name] = u.Start
	}
	return slices.ContainsFunc([]float64{0, 0.01}, func(before float64) bool {
		values["t"] = m.frame.T0 - before*m.frame.Time
		v, err := e.Eval(values, nil)
		return err == nil && isFinite(v)
	})
}

// resolveHistory reads what the states were before the start.
func (m *equationModel) resolveHistory() error {
	var errs []error
	for _, name := range sortedKeys(m.config.History) {
		h := equationHistory{state: slices.Index(m.frame.States, name)}
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("history: %s: "+format, append([]any{name}, args...)...))
		}
		var err error
		h.expr, err = program.ParseExpr(m.config.History[name])
		looked := slices.ContainsFunc(m.delays.seen, func(d delayedState) bool { return d.state == h.state })
		switch {
		case h.state < 0:
			wrong("there is no state of this name%s", meant(name, m.frame.States))
		case !looked:
			wrong("no equation looks back at it, as in %s(t - tau); remove it", name)
		case err != nil:
			wrong("%w", err)
		default:
			if bad, why := m.varies(h.expr, true); bad != "" {
				wrong("%s is %s; what was before the start is made of numbers, parameters and t", bad, why)
			} else if !m.beforeStart(h.expr) {
				wrong("%v is no number before the start, as its parameters begin; look at its logarithms, roots and quotients", h.expr)
			}
		}
		m.delays.history = append(m.delays.history, h)
	}
	return errors.Join(errs...)
}

// expressions are those of lags and histories.
func (d *equationDelays) expressions() (all []*program.Expr) {
	all = append(all, d.lags...)
	for _, h := range d.history {
		all = append(all, h.expr)
	}
	return all
}

// delayRow is the row of u with the first state of an earlier time.
func (m *equationModel) delayRow() int {
	_, gates := m.config.happenings()
	return len(m.frame.Inputs) + gates
}

// lookbacks are the delays of the field; nil: it has none.
func (m *equationModel) lookbacks() (*Delays, error) {
	if len(m.delays.seen) == 0 {
		return nil, nil
	}
	d := &Delays{Row: m.delayRow()}
	for _, s := range m.delays.seen {
		d.Of, d.By = append(d.Of, s.state), append(d.By, s.lag)
		d.Names = append(d.Names, s.name)
	}
	for _, h := range m.delays.history {
		d.Text = append(d.Text, fmt.Sprintf("%s before the start: %v", m.frame.States[h.state], h.expr))
	}
	p := m.declare()
	var lags []program.Value
	for _, e := range m.delays.lags {
		v, err := e.Lower(p.b, p.env)
		if err != nil {
			return nil, fmt.Errorf("equations: the delay %v: %w", e, err)
		}
		lags = append(lags, p.b.Scale(1/m.frame.Time, v))
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(lags...)))
	var err error
	if d.Lags, err = p.b.Done(); err != nil {
		return nil, err
	}
	d.History, err = m.past()
	return d, err
}

// past is the program of the states before the start, which is x: the same as there unless the
// text says otherwise.
func (m *equationModel) past() (*program.Program, error) {
	p := m.declare()
	f := &m.frame
	if p.t == (program.Value{}) && slices.ContainsFunc(m.delays.history, func(h equationHistory) bool { return slices.Contains(h.expr.Names(), "t") }) {
		p.time()
	}
	before := make([]program.Value, len(m.equation))
	for i := range before {
		before[i] = p.b.Slice(p.x, i, 1, 1)
	}
	for _, h := range m.delays.history {
		v, err := h.expr.Lower(p.b, p.env)
		if err != nil {
			return nil, fmt.Errorf("history: %s: %w", f.States[h.state], err)
		}
		before[h.state] = p.b.Scale(1/f.Scale[h.state], p.b.Add(v, p.b.Const(-f.Shift[h.state], 1, 1)))
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(before...)))
	return p.b.Done()
}

// withDelays gives states of earlier times the values that the states have.
func (m *equationModel) withDelays(v map[string]float64) map[string]float64 {
	for _, d := range m.delays.seen {
		v[d.name] = v[m.frame.States[d.state]]
	}
	return v
}

// lagged writes the states of earlier times in an expression as they were written, with what
// write makes of their lags.
func (m *equationModel) lagged(e *program.Expr, write func(*program.Expr) *program.Expr) *program.Expr {
	for _, d := range m.delays.seen {
		if e.Form == program.Name && e.Name == d.name {
			lag := &program.Expr{Form: program.Difference, Args: []*program.Expr{{Form: program.Name, Name: "t"}, write(m.delays.lags[d.lag])}}
			return &program.Expr{Form: program.Call, Name: m.frame.States[d.state], Index: -1, Args: []*program.Expr{lag}}
		}
	}
	if len(e.Args) == 0 {
		return e
	}
	c := *e
	c.Args = make([]*program.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = m.lagged(a, write)
	}
	return &c
}
