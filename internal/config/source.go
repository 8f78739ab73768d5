package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/study"
)

// source decodes the keys of a layer that say where the recording of a trial
// comes from, and returns the layer without them.
func (s *sheet) source(d *decoder, to *study.Source, layer *node) *node {
	fields := entries(reflect.ValueOf(to).Elem())
	rest := &node{kind: layer.kind, at: layer.at}
	for _, k := range layer.keys {
		if v, ok := find(fields, k.name); ok {
			d.value(v, k.value, k.name)
		} else if name, ok := registry.Suggest(k.name, names(fields)); ok && !d.crowded() && elsewhere(k.name) == "" && !slices.Contains(common(), k.name) {
			d.fail(k.at, "unknown key %q; did you mean %q?", k.name, name)
		} else {
			rest.keys = append(rest.keys, k)
		}
	}
	return rest
}

// checkSource reports a source that cannot work.
func (s *sheet) checkSource(d *decoder, src *study.Source, c *Config) {
	at, ok := d.places["simulate"]
	if !ok {
		if at, ok = d.places["rows"]; !ok {
			at = d.places["test"]
		}
	}
	if src.Made() && len(c.Data) > 0 {
		d.fail(at, "a trial has both data and simulate; leave one of the two out")
	} else if err := src.Check(); err != nil {
		d.fail(at, "%v", err)
	} else if src.Made() {
		c.onlyRead(d, src)
	}
}

// ofAll are the settings of an Input that are not about a file; data has words of its own.
var ofAll = []string{"data", "limit", "band", "memory"}

// onlyRead refuses settings of a file of data where none is read: they would change nothing, and a
// table would compare one fit with itself.
func (c *Config) onlyRead(d *decoder, src *study.Source) {
	made := "simulates one"
	if src.Teacher != nil {
		made = "has a teacher that makes one"
	}
	for _, e := range entries(reflect.ValueOf(c.Input)) {
		at, given := d.places[e.name]
		if given && !e.value.IsZero() && !slices.Contains(ofAll, e.name) {
			d.fail(at, "%s is about a file of data, and this trial %s; leave it out", e.name, made)
		}
	}
}

// published reads the values of a cell, such as {train.mse: 0.0078 ± 0.0005}.
func (s *sheet) published(cell, n *node) {
	p := study.Published{Where: labelsOf(cell), Values: map[string]study.Figure{}}
	if n.kind != table {
		s.d.fail(n.at, "published is a table such as {train.mse: 0.0078 ± 0.0005}; it cannot be %s", n.kind)
		return
	}
	for _, k := range n.keys {
		if !slices.Contains(study.Metrics(), k.name) {
			s.d.fail(k.at, "published: there is no metric %q%s", k.name, s.d.hint(k.name, study.Metrics()))
			continue
		}
		mean, deviation, both := strings.Cut(k.value.text, "±")
		v, err := strconv.ParseFloat(strings.TrimSpace(mean), 64)
		f := study.Figure{Mean: v}
		if both && err == nil {
			e, wrong := strconv.ParseFloat(strings.TrimSpace(deviation), 64)
			f.Error, err = &e, wrong
		}
		if err != nil || k.value.kind != scalar {
			s.d.fail(k.value.at, "published: %q is not a number, nor one with its standard error such as 0.0078 ± 0.0005", k.value.text)
			continue
		}
		p.Values[k.name] = f
	}
	s.plan.Published = append(s.plan.Published, p)
}

// labelsOf are the labels of a cell, by axis, as they were written.
func labelsOf(cell *node) map[string][]string {
	out := map[string][]string{}
	if w := cell.look("where"); w != nil && w.kind == table {
		for _, k := range w.keys {
			out[k.name] = texts(k.value)
		}
	}
	return out
}

// bars reads what is wanted of a cell, such as
// {extrapolation.clean.mse: {median: 0.004, max: 0.5, bounds: 2}}.
func (s *sheet) bars(cell, n *node) {
	if n.kind != table {
		s.d.fail(n.at, "bars is a table such as {train.mse: {median: 0.004}}; it cannot be %s", n.kind)
		return
	}
	for _, k := range n.keys {
		if !slices.Contains(study.Metrics(), k.name) {
			s.d.fail(k.at, "bars: there is no metric %q%s", k.name, s.d.hint(k.name, study.Metrics()))
			continue
		}
		var most map[string]float64
		before := len(s.d.errs)
		s.d.value(reflect.ValueOf(&most).Elem(), k.value, "bars."+k.name)
		if len(s.d.errs) > before {
			continue
		}
		for _, of := range k.value.keys {
			switch {
			case slices.Contains(study.BarKinds, of.name):
				s.plan.Bars = append(s.plan.Bars, study.Bar{Where: labelsOf(cell), Metric: k.name, Of: of.name, Most: most[of.name], Bounds: most["bounds"]})
			case of.name != "bounds":
				s.d.fail(of.at, "bars: unknown statistic %q%s", of.name, s.d.hint(of.name, append(study.BarKinds, "bounds")))
			}
		}
	}
}

// rowLabels reads the labels that name the rows which others are seen beside: as a bound, or in
// pairs.
func (s *sheet) rowLabels(n *node, section string) map[string]string {
	v := s.part(n, section, table)
	if v == nil {
		return nil
	}
	out := map[string]string{}
	for axis, labels := range s.where(v) {
		if len(labels) != 1 || slices.Contains(s.plan.Average, axis) {
			s.d.fail(v.at, "%s needs one label of an axis that is not averaged over, such as {method: %s}", section, section)
			return nil
		}
		out[axis] = labels[0]
	}
	return out
}
