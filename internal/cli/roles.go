package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
)

// inputsByRole names the inputs of a configuration that says nothing of columns: those
// that surely act on the others. It tells what it did, and which columns may be inputs too;
// again says that the data are to be read with them.
func inputsByRole(c *config.Config, series []data.Series, tell func(text string)) (again bool) {
	if c.Label != "" || len(c.States) > 0 || len(c.Inputs) > 0 || c.ModelName == "equations" || len(series) == 0 || len(series[0].Inputs) > 0 {
		return false
	}
	var alike []data.Role
	for _, r := range data.Roles(series) {
		switch {
		case r.Role != data.RoleInput:
			continue
		case !r.Sure:
			alike = append(alike, r)
			continue
		}
		c.Inputs = append(c.Inputs, r.Column)
		tell(fmt.Sprintf("column %s is taken for an input: %s (states=%s makes it a state)", r.Column, r.Reason, strings.Join(series[0].Names, ",")))
	}
	for _, r := range alike {
		tell(fmt.Sprintf("column %s looks like an input but is modelled as a state: %s (inputs=%s makes it an input)",
			r.Column, r.Reason, strings.Join(append(slices.Clone(c.Inputs), r.Column), ",")))
	}
	return len(c.Inputs) > 0
}

// rolesOf are the roles of columns: those that equations give them, else what they seem to be for.
func rolesOf(c *config.Config, series []data.Series) []data.Role {
	e, ok := c.Model.(*field.Equations)
	if !ok || e.Text == "" {
		return data.Roles(series)
	}
	var out []data.Role
	for _, name := range series[0].Names {
		r := data.Role{Column: name, Role: data.RoleState, Reason: "it has an equation", Sure: true}
		if shows, seen := e.Observe[name]; seen {
			r.Role, r.Reason = roleShown, "it shows "+budget.Cut(shows)
		} else if _, algebraic := e.Algebraic[name]; algebraic {
			r.Reason = "equations 0 = … determine it"
		}
		out = append(out, r)
	}
	for _, name := range series[0].Inputs {
		out = append(out, data.Role{Column: name, Role: data.RoleInput, Reason: "inputs= names it", Sure: true})
	}
	return out
}

// roleShown is that of a column which observe: explains.
const roleShown = "shown"

// rolesTable says what each column is for.
func rolesTable(c *config.Config, series []data.Series) string {
	if len(series) == 0 || len(series[0].Names)+len(series[0].Inputs) < 2 {
		return ""
	}
	wide := 0
	roles := rolesOf(c, series)
	for _, r := range roles {
		wide = max(wide, len([]rune(r.Column)))
	}
	text := ""
	for _, r := range roles {
		what := r.Role
		if !r.Sure {
			what += "?"
		}
		text += fmt.Sprintf("  %s%s  %-9s %s\n", r.Column, strings.Repeat(" ", wide-len([]rune(r.Column))), what, r.Reason)
	}
	return text
}

// takenTable says what each column of a table of doses was taken for.
func takenTable(taken [][2]string) string {
	wide, text := 0, ""
	for _, row := range taken {
		wide = max(wide, utf8.RuneCountInString(row[0]))
	}
	for _, row := range taken {
		text += fmt.Sprintf("  %s%s  %s\n", row[0], strings.Repeat(" ", wide-utf8.RuneCountInString(row[0])), row[1])
	}
	return text
}
