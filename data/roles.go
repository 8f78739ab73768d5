package data

import (
	"slices"
	"strings"
)

// Names that make a column the time or the recording's name by themselves,
// upper or lower case, the first match in this order.
var (
	timeNames = []string{"t", "time", "year", "date"}
	idNames   = []string{"id", "run", "batch", "recording"}
)

// roles says what each column of a table is for.
type roles struct {
	time, id       int // id is -1 if the file holds one recording
	states, inputs []int
}

// assign gives every column its role: as the options say, else by guessing.
func (t *table) assign(o ReadOptions) (*roles, error) {
	use := make([]string, len(t.names)) // "" is free
	claim := func(role string, names ...string) error {
		for _, name := range names {
			c := slices.Index(t.names, name)
			if c < 0 {
				return at(t.file, 0, "", "%s=%s: %s", role, name, unknown(name, t.names))
			}
			if use[c] != "" && use[c] != role {
				return at(t.file, 0, name, "the column is named for %s and for %s; it can be one of them", use[c], role)
			}
			use[c] = role
		}
		return nil
	}
	for _, wish := range []struct {
		role  string
		names []string
	}{
		{"time", nonEmpty(o.Time)}, {"id", nonEmpty(o.ID)},
		{"states", o.States}, {"inputs", o.Inputs}, {"ignore", o.Ignore},
	} {
		if err := claim(wish.role, wish.names...); err != nil {
			return nil, err
		}
	}
	t.guess(use, "id", idNames)
	t.guess(use, "time", timeNames)
	if !slices.Contains(use, "time") {
		c := t.increasing(use)
		if c < 0 {
			return nil, at(t.file, 0, "", "no column looks like time: none is called t, time, year or date and none "+
				"increases from row to row; name it with time=… (columns: %s)", strings.Join(t.names, ", "))
		}
		use[c] = "time"
	}
	return t.collectRoles(use, len(o.States) > 0)
}

func (t *table) collectRoles(use []string, statesNamed bool) (*roles, error) {
	r := &roles{time: slices.Index(use, "time"), id: slices.Index(use, "id")}
	for c, role := range use {
		switch {
		case role == "inputs":
			r.inputs = append(r.inputs, c)
		case role == "states", role == "" && !statesNamed:
			r.states = append(r.states, c)
		}
	}
	if len(r.states) == 0 {
		return nil, at(t.file, 0, "", "no state column is left beside the time %q; separate columns by comma, semicolon or tab "+
			"and check states=, inputs= and ignore= (columns: %s)", t.names[r.time], strings.Join(t.names, ", "))
	}
	return r, nil
}

// guess gives the role to the first free column called one of the names, unless it is taken.
func (t *table) guess(use []string, role string, names []string) {
	if slices.Contains(use, role) {
		return
	}
	for _, name := range names {
		for c, have := range t.names {
			if use[c] == "" && strings.EqualFold(have, name) {
				use[c] = role
				return
			}
		}
	}
}

// increasing returns the first free column whose values are all present and
// strictly increasing within each recording, or -1.
func (t *table) increasing(use []string) int {
	id := slices.Index(use, "id")
	for c := range t.names {
		if use[c] != "" {
			continue
		}
		if _, err := t.readClock(c, id); err == nil {
			return c
		}
	}
	return -1
}

func nonEmpty(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}
