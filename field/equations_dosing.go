package field

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// Compartments are the states that the text moves, in its order, so that a number says which is meant;
// nil of a text that cannot be read.
func (e *Equations) Compartments() (names []string) {
	lines, err := parseEquations(e.Text)
	if err != nil {
		return nil
	}
	for i := range lines {
		if l := &lines[i]; l.derivative && !l.algebraic {
			names = append(names, l.name)
		}
	}
	return names
}

// Uses are all names that stand in the text, in what is observed and in events: what they move and
// define, and what they are made of.
func (e *Equations) Uses() (names []string) {
	lines, err := e.parse()
	if err != nil {
		return nil
	}
	for i := range lines {
		names = append(names, lines[i].name)
		if lines[i].expr != nil {
			names = append(names, lines[i].expr.Names()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// infuse adds the columns of Infusions to the derivatives of their states.
func (e *Equations) infuse(lines []equationLine) error {
	for _, column := range sortedKeys(e.Infusions) {
		state := e.Infusions[column]
		k := slices.IndexFunc(lines, func(l equationLine) bool { return l.derivative && !l.algebraic && l.name == state })
		if k < 0 {
			return fmt.Errorf("infusions: %s: there is no state %s%s", column, state, meant(state, e.Compartments()))
		}
		if slices.Contains(lines[k].expr.Names(), column) {
			return fmt.Errorf("infusions: %s: the equation of %s has it already, so it would count twice; leave it away in one of them", column, state)
		}
		lines[k].expr = sum(lines[k].expr, &program.Expr{Form: program.Name, Name: column, Column: 1})
	}
	return nil
}

// Dosed is e with columns of amounts that are added to states at their rows, and of rates that are
// added to their derivatives, but for those that e has a place for.
func (e *Equations) Dosed(amounts, rates map[string]string) *Equations {
	q, known, uses := *e, e.DoseColumns(), e.Uses()
	add := func(to, from map[string]string) map[string]string {
		out := map[string]string{}
		for column, state := range from {
			if !slices.Contains(known, column) && !slices.Contains(uses, column) {
				out[column] = state
			}
		}
		for column, state := range to {
			out[column] = state
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	q.Doses, q.Infusions = add(e.Doses, amounts), add(e.Infusions, rates)
	return &q
}

// CountedTwice is the first column of amounts that is both a dose and an input that is an impulse;
// "" if there is none.
func (e *Equations) CountedTwice(impulses []string) string {
	doses := (&Equations{Events: e.Events, Doses: e.Doses}).DoseColumns()
	for _, name := range impulses {
		if slices.Contains(doses, strings.TrimSpace(name)) {
			return name
		}
	}
	return ""
}
