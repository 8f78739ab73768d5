package field

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// A name with an argument may be a slip: a state of an earlier time whose name is misspelt, an
// input or a definition that one looks back at, a state without the t.

// miscalled refuses what is called with a time though it is no state, and a state that is called
// without one.
func (m *equationModel) miscalled(l *equationLine, c *program.Expr) error {
	_, declared := m.config.Networks[c.Name]
	if c.Form != program.Call || len(c.Args) != 1 || declared || slices.Contains(program.Functions(), c.Name) {
		return nil
	}
	wrong := func(suggestion, format string, args ...any) error {
		return l.errorAt(l.offset+c.Column, suggestion, format, args...)
	}
	if slices.Contains(m.frame.States, c.Name) {
		if bad, _ := m.varies(c.Args[0], false); bad != "" {
			return nil
		}
		return wrong(fmt.Sprintf("write %s(t - …) for its value of an earlier time, or %s*(…) for a product", c.Name, c.Name), "%s is not a function", c.Name)
	}
	_, parameter := m.unknown[c.Name]
	near, misspelt := registry.Suggest(c.Name, slices.Concat(m.moving(), m.frame.Inputs))
	switch shifted := isShifted(c.Args[0]); {
	case !shifted && !(isTime(c.Args[0]) && misspelt) || c.Name == "t":
		return nil
	case slices.Contains(m.frame.Inputs, c.Name):
		return wrong("shift its column in the data and make that one an input as well", "%v is a value of an earlier time, and %s is an input", c, c.Name)
	case parameter:
		return wrong("write "+c.Name, "%s is a parameter and the same at all times", c.Name)
	case m.isValue(c.Name):
		return wrong("write in its place what it is made of, with states of earlier times", "%v is a value of an earlier time, and %s is no state", c, c.Name)
	case looksLikeNetwork(c.Name):
		return nil
	case misspelt:
		return wrong("did you mean "+near+"? A network of this name must be listed under networks", "there is no state %s to look back at", c.Name)
	}
	return wrong("a network of this name must be listed under networks", "there is no state %s to look back at", c.Name)
}

// moving are the states that one can look back at.
func (m *equationModel) moving() (names []string) {
	for i, name := range m.frame.States {
		if !m.onlySeen(name) && !m.lines[m.equation[i]].own {
			names = append(names, name)
		}
	}
	return names
}

func isTime(e *program.Expr) bool { return e.Form == program.Name && e.Name == "t" }

// isShifted tells that e is the time by something earlier or later.
func isShifted(e *program.Expr) bool {
	if e.Form != program.Sum && e.Form != program.Difference {
		return false
	}
	return slices.ContainsFunc(e.Args, func(a *program.Expr) bool { return isTime(a) || isShifted(a) })
}

// shortestSlip is how many letters a name has at least that may be another one misspelt: f1 and
// x1 are not.
const shortestSlip = 3

// notes tell of networks that nobody listed and that are called nearly like something else.
func (m *equationModel) notes() (told []string) {
	values := m.valueNames()
	for _, n := range m.nets {
		if _, listed := m.config.Networks[n.name]; listed || looksLikeNetwork(n.name) || len(n.name) < shortestSlip {
			continue
		}
		near, ok := registry.Suggest(n.name, values)
		l, c := m.lineOf(func(x *program.Expr) bool { return x.Form == program.Call && x.Name == n.name })
		if ok && l != nil {
			told = append(told, l.errorAt(l.offset+c.Column, fmt.Sprintf("did you mean %s? List %s under networks if not", near, n.name),
				"%s is a network %s, which networks: does not list", n.name, layerSizes(n.sizes)).Error())
		}
	}
	return told
}

// valueNames are the names of numbers that one may have meant.
func (m *equationModel) valueNames() (names []string) {
	for _, name := range m.knownNames() {
		if program.IsName(name) && name != "t" && name != "pi" && name != "π" {
			names = append(names, name)
		}
	}
	return names
}

// layerSizes writes the units of layers: 2-16-1.
func layerSizes(sizes []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sizes), " ", "-"), "[]")
}
