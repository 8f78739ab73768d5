package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/study"
)

// axis is a choice that a study makes in all ways: one option after another.
// An axis of zip, random or sobol has several names.
type axis struct {
	names   []string
	options []option
}

// option is one choice on an axis: labels for the table and settings.
type option struct {
	labels []study.Label
	set    *node
}

// axisKinds say what an entry of axes may be.
var axisKinds = []string{"grid", "list", "zip", "seeds", "random", "sobol"}

func (s *sheet) readAxes(n *node) {
	if len(n.items) == 0 {
		s.d.fail(n.at, "axes is empty; add one, such as {seeds: 3}")
	}
	for _, item := range n.items {
		if item.kind != table || len(item.keys) != 1 {
			s.d.fail(item.at, "an axis is a table with one of the keys %s, such as {seeds: 3}", strings.Join(axisKinds, ", "))
			continue
		}
		k := item.keys[0]
		switch k.name {
		case "seeds":
			s.seeds(k)
		case "grid":
			s.grid(k)
		case "zip":
			s.zip(k)
		case "list":
			s.named(k)
		case "random", "sobol":
			s.draws(k)
		default:
			s.d.fail(k.at, "unknown kind of axis %q%s", k.name, s.wanted(k))
		}
	}
	trials := 1
	for _, a := range s.axes {
		if trials *= max(1, len(a.options)); trials > maxTrials {
			s.d.fail(n.at, "the axes make more than %d trials; make them shorter or split the study", maxTrials)
			return
		}
	}
}

// wanted is what may have been meant by a kind of axis that is none: a setting stands in a grid.
func (s *sheet) wanted(k key) string {
	hint := s.d.hint(k.name, axisKinds)
	if _, near := registry.Suggest(k.name, axisKinds); near || hint == "" {
		return hint
	}
	values := "…"
	if k.value.kind == list && len(k.value.items) > 0 {
		var all []string
		for _, v := range k.value.items {
			all = append(all, label(v))
		}
		if text := strings.Join(all, ", "); len(text) <= longestExample {
			values = text
		}
	}
	return hint + "; the values of a setting are written - grid: {" + k.name + ": [" + values + "]}"
}

// longestExample is how long values are that are written back.
const longestExample = 60

// add notes an axis, whose names must be new and whose labels differ.
func (s *sheet) add(at Place, a axis) {
	for _, name := range a.names {
		if name == "" || study.Taken(name) {
			s.d.fail(at, "an axis cannot have the name %q: it is empty or that of a column of the tables; rename it", name)
			return
		}
		if slices.Contains(s.plan.Axes, name) {
			s.d.fail(at, "there are two axes with the name %q; remove or rename one", name)
			return
		}
		s.plan.Axes = append(s.plan.Axes, name)
	}
	seen := map[string]bool{}
	for _, o := range a.options {
		var key []string
		for _, l := range o.labels {
			key = append(key, strconv.Quote(l.Value))
		}
		if text := strings.Join(key, " "); seen[text] {
			s.d.fail(at, "%s has %s twice; remove one", strings.Join(a.names, ", "), text)
		} else {
			seen[text] = true
		}
	}
	s.axes = append(s.axes, a)
}

// labels are those of an axis; nil if there is none.
func (s *sheet) labels(name string) []string {
	var out []string
	for _, a := range s.axes {
		for _, o := range a.options {
			for _, l := range o.labels {
				if l.Axis == name {
					out = append(out, l.Value)
				}
			}
		}
	}
	return out
}

// combine calls use for every combination of options.
func (s *sheet) combine(use func([]option)) {
	choice := make([]option, len(s.axes))
	var from func(i int)
	from = func(i int) {
		if i == len(choice) {
			use(choice)
			return
		}
		for _, o := range s.axes[i].options {
			choice[i] = o
			from(i + 1)
		}
	}
	from(0)
}

// setting is the table of one key, whose dots lead into tables.
func setting(at Place, name string, value *node) *node {
	leaf := value
	parts := strings.Split(name, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		leaf = &node{kind: table, at: at, keys: []key{{parts[i], at, leaf}}}
	}
	return leaf
}

// values are those of a key of an axis, at least one.
func (s *sheet) values(k key) []*node {
	if k.value.kind != list || len(k.value.items) == 0 {
		s.d.fail(k.value.at, "the axis %s needs a list of values, such as [1, 2]; this is %s", k.name, emptyList(k.value))
		return nil
	}
	return k.value.items
}

func emptyList(n *node) string {
	if n.kind == list && len(n.items) == 0 {
		return "an empty list"
	}
	return n.kind.String()
}

// keys are those of an axis that is a table, at least one.
func (s *sheet) keys(k key) []key {
	if k.value.kind != table || len(k.value.keys) == 0 {
		s.d.fail(k.value.at, "%s is a table, such as {lr: [0.01, 0.02]}; this is %s", k.name, emptyList(k.value))
		return nil
	}
	return k.value.keys
}

// seeds reads [10, 20, 30], or 3, which means 0, 1, 2.
func (s *sheet) seeds(k key) {
	a := axis{names: []string{"seed"}}
	items := k.value.items
	if k.value.kind == scalar {
		n, ok := whole(k.value.text)
		if !ok || n < 1 || n > maxTrials {
			s.d.fail(k.value.at, "seeds: %q is neither a number of seeds, such as 3, nor a list of them, such as [10, 20, 30]", k.value.text)
			return
		}
		for i := range n {
			items = append(items, &node{kind: scalar, at: k.value.at, text: strconv.FormatInt(i, 10)})
		}
	}
	if len(items) == 0 {
		s.d.fail(k.value.at, "seeds is empty; give a number of seeds, such as 3, or a list of them, such as [10, 20, 30]")
		return
	}
	for _, item := range items {
		a.options = append(a.options, option{[]study.Label{{Axis: "seed", Value: label(item)}}, setting(item.at, "seed", item)})
	}
	s.add(k.at, a)
}

// grid makes an axis of each key.
func (s *sheet) grid(k key) {
	for _, k := range s.keys(k) {
		a := axis{names: []string{k.name}}
		for _, v := range s.values(k) {
			a.options = append(a.options, option{[]study.Label{{Axis: k.name, Value: label(v)}}, setting(k.at, k.name, v)})
		}
		s.add(k.at, a)
	}
}

// zip makes one axis of all keys: their first values, their second ones, ….
func (s *sheet) zip(k key) {
	a := axis{}
	for i, k := range s.keys(k) {
		values := s.values(k)
		if i == 0 {
			a.options = make([]option, len(values))
			for j := range a.options {
				a.options[j].set = &node{kind: table, at: k.at}
			}
		} else if len(values) != len(a.options) && values != nil {
			s.d.fail(k.value.at, "zip: %s has %d values, %s has %d; they go together one by one", k.name, len(values), a.names[0], len(a.options))
			return
		}
		a.names = append(a.names, k.name)
		for j, v := range values {
			if j < len(a.options) {
				a.options[j].put(k, v)
			}
		}
	}
	s.add(k.at, a)
}

// put adds a label and a setting to an option.
func (o *option) put(k key, v *node) {
	o.labels = append(o.labels, study.Label{Axis: k.name, Value: label(v)})
	o.set.keys = append(o.set.keys, setting(k.at, k.name, v).keys...)
}

// named reads {axis: {label: settings, …}}.
func (s *sheet) named(k key) {
	for _, k := range s.keys(k) {
		a := axis{names: []string{k.name}}
		for _, o := range s.keys(k) {
			if o.value.kind != table && o.value.kind != empty {
				s.d.fail(o.value.at, "%s: %s is a table of settings; it cannot be %s", k.name, o.name, o.value.kind)
				continue
			}
			set := o.value
			if set.kind == empty {
				set = nil
			}
			a.options = append(a.options, option{[]study.Label{{Axis: k.name, Value: o.name}}, set})
		}
		s.add(k.at, a)
	}
}
