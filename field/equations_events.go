package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// Event is something that happens to the states beside their equations, in user units: at
// times that are known, or at the rows of a data column whose values are doses. Amounts are
// expressions of parameters, states, inputs and the time, as they are just before.
type Event struct {
	At     []float64         `json:"at,omitempty" yaml:"at"`                      // times
	Every  float64           `json:"every,omitempty" yaml:"every" must:"above 0"` // distance of repetitions of one time
	Times  int               `json:"times,omitempty" yaml:"times" must:"above 0"` // how often with every; 0: for ever
	Column string            `json:"column,omitempty" yaml:"column"`              // instead of times: the rows at which this column is not zero, which is the amount
	Add    map[string]string `json:"add,omitempty" yaml:"add"`                    // what is added to states
	Set    map[string]string `json:"set,omitempty" yaml:"set"`                    // what states become
	For    float64           `json:"for,omitempty" yaml:"for" must:"above 0"`     // how long a rate lasts
	Rate   map[string]string `json:"rate,omitempty" yaml:"rate"`                  // what is added to derivatives meanwhile
	When   string            `json:"when,omitempty" yaml:"when"`                  // instead of times: a condition, such as "v > 30", when it becomes true
}

// Events are the programs of what happens, and when.
type Events struct {
	Planned []Planned
	// Switches are what happens when conditions become true; Text has a line for each entry.
	Switches []Switch
	Text     []string
	// Doses tells which inputs are columns of doses: they are zero between their rows.
	Doses []bool
	// Gates is how many inputs the programs have behind those of the frame: the number of
	// infusions under way of an entry.
	Gates int
}

// Planned is what happens at known times, user units.
type Planned struct {
	Entry  string           // where the user wrote it
	Map    *program.Program // the state after it (output dx) of t, x, u and theta, scaled; nil: it does not jump
	At     []float64        // times
	Every  float64          // distance of repetitions of At[0]; 0: none
	Times  int              // how often; 0: for ever
	Column int              // input at whose rows it happens instead; -1: none
	Gate   int              // number of the gate that is open for a while; -1: none
	For    float64          // that while
}

// IsDose tells that an input is a column of doses.
func (p *Parts) IsDose(input int) bool { return p.Events != nil && p.Events.Doses[input] }

// eventPlace is where an expression of an event stands.
type eventPlace struct {
	of    int    // number of the entry, from 0
	entry string // in words
	what  string // add, set, rate or when
}

// happening is an event or a dose that is told in short.
type happening struct {
	Event
	entry string // where the user wrote it
	gate  int    // number of the gate that is open while its rate lasts; -1: none
}

// happenings are all events and doses, and how many gates they have.
func (e *Equations) happenings() (all []happening, gates int) {
	if e == nil {
		return nil, 0
	}
	add := func(entry string, v Event) {
		h := happening{v, entry, -1}
		if v.For > 0 {
			h.gate = gates
			gates++
		}
		all = append(all, h)
	}
	for i, v := range e.Events {
		add(fmt.Sprintf("events, entry %d", i+1), v)
	}
	for _, column := range sortedKeys(e.Doses) {
		add("doses: "+column, Event{Column: column, Add: map[string]string{e.Doses[column]: column}})
	}
	e.impulseEvents(add)
	return all, gates
}

// DoseColumns are the data columns whose values are doses.
func (e *Equations) DoseColumns() (columns []string) {
	all, _ := e.happenings()
	for _, v := range all {
		if v.Column != "" && !slices.Contains(columns, v.Column) {
			columns = append(columns, v.Column)
		}
	}
	return columns
}

// of tells that it is of event number i.
func (l *equationLine) of(i int) bool { return l.event != nil && l.event.of == i }

// eventLines are the expressions of all events.
func (e *Equations) eventLines() (lines []equationLine, err error) {
	all, _ := e.happenings()
	for i, v := range all {
		if err := v.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", v.entry, err)
		}
		if v.When != "" {
			l, err := v.condition(&eventPlace{i, v.entry, "when"})
			if err != nil {
				return nil, err
			}
			lines = append(lines, l)
		}
		for _, part := range []struct {
			what string
			of   map[string]string
		}{{"add", v.Add}, {"set", v.Set}, {"rate", v.Rate}} {
			for _, name := range sortedKeys(part.of) {
				l := equationLine{source: part.of[name], name: name, derivative: true, event: &eventPlace{i, v.entry, part.what}}
				if l.expr, err = program.ParseExpr(l.source); err != nil {
					return nil, l.locate(err)
				}
				lines = append(lines, l)
			}
		}
	}
	return lines, nil
}

// mostRepeated is how often an event may be repeated.
const mostRepeated = 1_000_000

// check says what is wrong with one entry by itself.
func (v *Event) check() error {
	if err := v.checkTimes(); err != nil {
		return err
	}
	switch {
	case len(v.Add)+len(v.Set)+len(v.Rate) == 0:
		return fmt.Errorf("nothing happens: give add:, set:, or rate: and for: what happens")
	case v.When != "" && (v.For != 0 || len(v.Rate) > 0):
		return fmt.Errorf("what lasts for a while begins at a time; with when: only add: and set: go")
	case (len(v.Rate) > 0) != (v.For != 0) || v.For != 0 && !(v.For > 0 && isFinite(v.For)):
		return fmt.Errorf("for: %g: rate: lasts for a while, above 0, which is for:, and nothing else does", v.For)
	case v.Column != "" && v.For != 0:
		return fmt.Errorf("rates of a column: make the column an input that holds its value (inputs: [%s], hold: \"%s:zero\") and write it in the equation", v.Column, v.Column)
	}
	for name := range v.Set {
		if _, both := v.Add[name]; both {
			return fmt.Errorf("%s is set and added to; write set: {%s: \"%s + …\"}", name, name, name)
		}
	}
	return nil
}

// checkTimes says what is wrong with when it happens.
func (v *Event) checkTimes() error {
	switch {
	case v.ways() != 1:
		return fmt.Errorf("it needs one of at: with one or more times, column: with a data column of amounts, and when: with a condition")
	case slices.ContainsFunc(v.At, func(t float64) bool { return !isFinite(t) }):
		return fmt.Errorf("at: %v: times are finite numbers", v.At)
	case v.Every != 0 && (len(v.At) != 1 || !(v.Every > 0) || !isFinite(v.Every)):
		return fmt.Errorf("every: %g: it is the distance, above 0, of the repetitions of one time; give it one time", v.Every)
	case v.Times != 0 && (v.Every == 0 || v.Times < 1 || v.Times > mostRepeated):
		return fmt.Errorf("times: %d: it says how often, 1 to %d, an event happens that has a distance", v.Times, mostRepeated)
	}
	return nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ways is how many things say when it happens.
func (v *Event) ways() (n int) {
	for _, is := range []bool{len(v.At) > 0, v.Column != "", v.When != ""} {
		if is {
			n++
		}
	}
	return n
}

// condition is the line of a value that is above zero where the condition holds.
func (v *Event) condition(at *eventPlace) (equationLine, error) {
	l := equationLine{source: v.When, name: "when", derivative: true, event: at}
	i := strings.IndexAny(v.When, "<>")
	if i < 0 || strings.ContainsAny(v.When[i+1:], "<>") {
		return l, l.errorAt(1, "write it as in v > 30", "%q is not a condition with one < or >", v.When)
	}
	right := strings.TrimPrefix(v.When[i+1:], "=")
	a, err := program.ParseExpr(v.When[:i])
	if err != nil {
		return l, l.locate(err)
	}
	l.offset = len([]rune(v.When)) - len([]rune(right))
	b, err := program.ParseExpr(right)
	if err != nil {
		return l, l.locate(err)
	}
	b.Walk(func(e *program.Expr) { e.Column += l.offset })
	l.offset = 0
	if v.When[i] == '<' {
		a, b = b, a
	}
	l.expr = &program.Expr{Form: program.Difference, Column: len([]rune(v.When[:i])) + 1, Args: []*program.Expr{a, b}}
	return l, nil
}

// eventError says what is wrong in an expression of an event.
func (l *equationLine) eventError(column int, msg, suggestion string) error {
	what := l.event.what + ": " + l.name
	if l.event.what == "when" {
		what = "when"
	}
	s := fmt.Sprintf("%s, %s, column %d: %s", l.event.entry, what, column, msg)
	if suggestion != "" {
		s += "; " + suggestion
	}
	return fmt.Errorf("%s", s)
}

// resolveEvents checks that events happen to states, and that columns of doses are inputs
// that stand nowhere else.
func (m *equationModel) resolveEvents() error {
	all, _ := m.config.happenings()
	for _, v := range all {
		if v.Column != "" && !slices.Contains(m.frame.Inputs, v.Column) {
			return fmt.Errorf("%s: there is no data column %s%s", v.entry, v.Column, meant(v.Column, m.frame.Inputs))
		}
	}
	doses := m.config.DoseColumns()
	for k := range m.lines {
		l := &m.lines[k]
		for _, name := range l.expr.Names() {
			if slices.Contains(doses, name) && (l.event == nil || all[l.event.of].Column != name) {
				return l.errorAt(1, fmt.Sprintf("it acts through doses: or an event with column: %s", name), "%s is a column of doses, which is zero between its rows", name)
			}
		}
		if err := m.drivesSwitch(l, all); err != nil {
			return err
		}
		if l.event == nil || l.event.what == "when" {
			continue
		}
		if err := m.happensTo(l); err != nil {
			return err
		}
	}
	return nil
}

// happensTo checks that what an event changes is a state that can jump.
func (m *equationModel) happensTo(l *equationLine) error {
	i := slices.Index(m.frame.States, l.name)
	switch {
	case m.onlySeen(l.name):
		return fmt.Errorf("%s, %s: %s is what is seen of the states, and none of them", l.event.entry, l.event.what, l.name)
	case i < 0:
		return fmt.Errorf("%s, %s: there is no state %s%s", l.event.entry, l.event.what, l.name, meant(l.name, m.frame.States))
	case m.isAlgebraic(i):
		return fmt.Errorf("%s, %s: %s follows from the equations 0 = … and cannot jump", l.event.entry, l.event.what, l.name)
	case m.lines[m.equation[i]].own:
		return fmt.Errorf("%s, %s: %s is a parameter, which nothing changes; make it a state with %s' = 0 if something does", l.event.entry, l.event.what, l.name, l.name)
	}
	return nil
}

// drivesSwitch refuses inputs in what happens at a condition, and conditions beside equations
// 0 = …, whose unknowns have no slope.
func (m *equationModel) drivesSwitch(l *equationLine, all []happening) error {
	if l.event == nil || all[l.event.of].When == "" {
		return nil
	}
	if m.algebraic() != nil {
		return l.errorAt(1, "events at known times do", "conditions do not go with equations 0 = …")
	}
	for _, name := range m.dependsOn(l.expr) {
		if slices.Contains(m.frame.Inputs, name) {
			return l.errorAt(1, "conditions and what happens at them depend on states, parameters and the time", "%s is an input", name)
		}
	}
	return nil
}

// events are the programs of what happens; nil if nothing does.
func (m *equationModel) events() (*Events, error) {
	all, gates := m.config.happenings()
	if len(all) == 0 {
		return nil, nil
	}
	out := &Events{Gates: gates, Doses: make([]bool, len(m.frame.Inputs))}
	for i, v := range all {
		p := Planned{Entry: v.entry, At: v.At, Every: v.Every, Times: v.Times, For: v.For, Gate: v.gate, Column: slices.Index(m.frame.Inputs, v.Column)}
		if p.Column >= 0 {
			out.Doses[p.Column] = true
		}
		var err error
		if p.Map, err = m.jump(i); err != nil {
			return nil, err
		}
		if v.When == "" {
			out.Planned = append(out.Planned, p)
			continue
		}
		when, err := m.when(i)
		if err != nil {
			return nil, err
		}
		out.Switches = append(out.Switches, Switch{When: when, Map: p.Map})
	}
	out.Text = m.eventWords(func(e *program.Expr) *program.Expr { return e })
	return out, nil
}

// when is the program of the value of a condition.
func (m *equationModel) when(of int) (*program.Program, error) {
	p := m.declare()
	err := p.lower(func(l *equationLine) bool { return l.of(of) && l.event.what == "when" },
		func(_ int, v program.Value) { p.b.Output("dx", p.b.Spread(v)) })
	if err != nil {
		return nil, err
	}
	return p.b.Done()
}

// jump is the program of the state after event number of; nil if no state jumps.
func (m *equationModel) jump(of int) (*program.Program, error) {
	p := m.declare()
	after, any := p.components(), false
	jumps := func(l *equationLine) bool {
		return l.of(of) && (l.event.what == "add" || l.event.what == "set")
	}
	err := p.lower(jumps, func(k int, v program.Value) {
		l := &m.lines[k]
		i := slices.Index(m.frame.States, l.name)
		if any = true; l.event.what == "set" {
			after[i] = p.scaled(i, v)
		} else {
			after[i] = p.b.Add(after[i], p.b.Scale(1/m.frame.Scale[i], v))
		}
	})
	if err != nil || !any {
		return nil, err
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(after...)))
	return p.b.Done()
}

// infuse adds a rate v of an event to the derivative of a state in dx, while its gate is open.
func (p *equationProgram) infuse(dx []program.Value, state string, gate int, v program.Value) {
	i := slices.Index(p.frame.States, state)
	open := p.b.Slice(p.u, len(p.frame.Inputs)+gate, 1, 1)
	dx[i] = p.b.Add(dx[i], p.b.Scale(p.frame.Time/p.frame.Scale[i], p.b.Mul(v, open)))
}

// given is the size of what events give to a hidden state, as far as it can be told; it is the
// unit of one that starts at zero.
func (m *equationModel) given(state string) float64 {
	all, _ := m.config.happenings()
	most := 0.0
	for k := range m.lines {
		l := &m.lines[k]
		if l.event == nil || l.event.what == "when" || l.name != state {
			continue
		}
		zero := func(*program.Expr) (float64, bool) { return 0, true }
		v, err := l.expr.Eval(m.defined(m.typical(), zero), zero)
		if l.event.what == "rate" {
			v *= all[l.event.of].For
		}
		if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// eventWords says what happens, a line an entry, its expressions as write has them.
func (m *equationModel) eventWords(write func(*program.Expr) *program.Expr) (lines []string) {
	all, _ := m.config.happenings()
	for i, v := range all {
		var does []string
		at := v.when()
		for k := range m.lines {
			l := &m.lines[k]
			if !l.of(i) {
				continue
			}
			switch right := write(l.expr); l.event.what {
			case "when":
				at = fmt.Sprintf("when %v > %v", write(l.expr.Args[0]), write(l.expr.Args[1]))
				if strings.Contains(v.When, "<") {
					at = fmt.Sprintf("when %v < %v", write(l.expr.Args[1]), write(l.expr.Args[0]))
				}
			case "add":
				does = append(does, fmt.Sprintf("%s += %v", l.name, right))
			case "set":
				does = append(does, fmt.Sprintf("%s := %v", l.name, right))
			default:
				does = append(does, fmt.Sprintf("%s' += %v for %g", l.name, right, v.For))
			}
		}
		lines = append(lines, at+": "+strings.Join(does, ", "))
	}
	return lines
}

// when says when it happens.
func (v *Event) when() string {
	if v.Column != "" {
		return "at the rows of " + v.Column
	}
	var at []string
	for _, t := range v.At {
		at = append(at, fmt.Sprintf("%g", t))
	}
	text := "at " + strings.Join(at, ", ")
	if v.Every > 0 {
		text += fmt.Sprintf(" and every %g", v.Every)
	}
	if v.Times > 0 {
		text += fmt.Sprintf(", %d times", v.Times)
	}
	return text
}
