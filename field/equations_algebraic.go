package field

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/program"
)

// resolveAlgebraic makes the algebraic unknowns states and gives each a row. It reports unknowns that the rows cannot determine, however their numbers are.
func (m *equationModel) resolveAlgebraic() error {
	var rows []int
	for k := range m.lines {
		if m.lines[k].algebraic {
			rows = append(rows, k)
		}
	}
	names := sortedKeys(m.config.Algebraic)
	for _, name := range names {
		_, param := m.unknown[name]
		switch i := slices.Index(m.frame.States, name); {
		case i >= 0 && m.equation[i] >= 0:
			return fmt.Errorf("algebraic: %s has a derivative in line %d; it cannot be algebraic as well", name, m.lines[m.equation[i]].line)
		case param || name == "t" || slices.Contains(m.frame.Inputs, name):
			return fmt.Errorf("algebraic: %s has a meaning already; choose another name", name)
		case !program.IsName(name):
			return fmt.Errorf("algebraic: %q is not a name; a name has letters, digits and _", name)
		}
	}
	if len(rows) != len(names) {
		return m.unequal(rows, names)
	}
	if err := m.reduce(rows, names); err != nil {
		return err
	}
	if err := m.determined(m.contents(rows, names)); err != nil {
		return err
	}
	for k, name := range names {
		if i := slices.Index(m.frame.States, name); i >= 0 {
			m.equation[i] = rows[k]
			continue
		}
		m.frame.States, m.equation = append(m.frame.States, name), append(m.equation, rows[k])
	}
	return nil
}

// algebraic tells which states are; nil: none.
func (m *equationModel) algebraic() []bool {
	is := m.marked(func(l *equationLine) bool { return l.algebraic })
	for _, h := range m.hidden {
		if h.pivot >= 0 {
			is[h.pivot] = true
		}
	}
	return is
}

// marked tells of which states the line is so; nil: of none.
func (m *equationModel) marked(so func(l *equationLine) bool) (is []bool) {
	for i, k := range m.equation {
		if so(&m.lines[k]) {
			if is == nil {
				is = make([]bool, len(m.equation))
			}
			is[i] = true
		}
	}
	return is
}

func (m *equationModel) unequal(rows []int, names []string) error {
	if len(rows) == 0 {
		return fmt.Errorf("algebraic: nothing determines %s; add a line 0 = … for each", strings.Join(names, ", "))
	}
	l := &m.lines[rows[len(rows)-1]]
	if len(names) == 0 {
		return l.errorAt(l.column, "name its unknown, with a guess, as in algebraic: {z: 1}", "there is an equation 0 = … but no algebraic unknown")
	}
	there := "there are"
	if len(rows) == 1 {
		there = "there is"
	}
	return l.errorAt(l.column, "each unknown needs one equation", "%s %s 0 = … for %s (%s)", there, words.Several(len(rows), "equation"), words.Several(len(names), "algebraic unknown"), strings.Join(names, ", "))
}

// determined matches rows with unknowns that stand in them. Where that cannot be done for all,
// the system is singular or its index is above one: rows that have too few unknowns between
// them are named.
//
// Source: Pothen, Fan, ACM TOMS 16 (1990) 303–324 (the part of Dulmage and Mendelsohn that has
// more rows than unknowns).
func (m *equationModel) determined(rows []int, stands [][]int, names []string) error {
	of := make([]int, len(names)) // the row of each unknown
	for j := range of {
		of[j] = -1
	}
	for i := range rows {
		seen := make([]bool, len(names))
		if augment(i, stands, of, seen) {
			continue
		}
		// Rows that alternating paths reach from row i share the unknowns on them.
		var where, what []string
		for j, s := range seen {
			if s {
				what = append(what, names[j])
				if k := rows[of[j]]; k != rows[i] { // a row and its derivative are of one line
					where = append(where, fmt.Sprint(m.lines[k].line))
				}
			}
		}
		slices.Sort(where)
		where = slices.Compact(where)
		l := &m.lines[rows[i]]
		return l.errorAt(l.column, "one of them may be a constraint on states whose derivative by time determines an unknown: the index is above one; write that derivative in its place",
			"this equation and %s hold only %s between them: one unknown too few", linesNamed(where), strings.Join(what, ", "))
	}
	return nil
}

func linesNamed(numbers []string) string {
	switch len(numbers) {
	case 0:
		return "its derivative by time"
	case 1:
		return "that in line " + numbers[0]
	}
	return "those in lines " + strings.Join(numbers, ", ")
}

// augment finds an unknown for row i, moving others if it must.
func augment(i int, stands [][]int, of []int, seen []bool) bool {
	for _, j := range stands[i] {
		if seen[j] {
			continue
		}
		seen[j] = true
		if of[j] < 0 || augment(of[j], stands, of, seen) {
			of[j] = i
			return true
		}
	}
	return false
}

// dependsOn are the names in an expression, definitions looked through.
func (m *equationModel) dependsOn(e *program.Expr) []string {
	c := &limiting{frame: &m.frame, lines: m.lines}
	names, _ := c.mentions(e)
	return names
}

// NewAlgebraic is New for a field some of whose states are algebraic: those with the flag;
// nil: none.
func NewAlgebraic(p *program.Program, lanes int, ensemble bool, algebraic []bool) Field {
	f := newProgrammed(p, lanes, ensemble)
	f.algebraic = algebraic
	return f.made()
}

// NewField is the field of the parts, with algebraic rows and delays.
func (p *Parts) NewField(lanes int, ensemble bool) Field {
	return p.FieldOf(p.Field, lanes, ensemble)
}

// AlgebraicNames are the states that have no derivative.
func (p *Parts) AlgebraicNames() (names []string) {
	for i, is := range p.Algebraic {
		if is {
			names = append(names, p.Frame.States[i])
		}
	}
	return names
}

// NewTangents is the field with n tangents behind the state: those of algebraic states are
// algebraic too.
func (p *Parts) NewTangents(n, lanes int, ensemble bool) Field {
	var is []bool
	for range n + 1 {
		is = append(is, p.Algebraic...)
	}
	return NewAlgebraic(Tangent(p.Field, n), lanes, ensemble, is)
}

// Algebraic is a Field of some of whose components no derivative is known: what Eval writes
// for them has to be zero.
type Algebraic interface {
	Field
	// Algebraic tells which; nil: none.
	Algebraic() []bool
}

// Algebraic implements the interface of that name.
func (f *programmed) Algebraic() []bool { return f.algebraic }

// AlgebraicRows tells which components of a field are algebraic; nil: none.
func AlgebraicRows(f Field) []bool {
	if a, ok := f.(Algebraic); ok {
		return a.Algebraic()
	}
	return nil
}
