package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/study"
)

// Study is a study file that was read: many configurations.
type Study struct {
	Plan   study.Plan
	Trials []Trial // in the order of the axes, the first one slowest
}

// Trial is one configuration of a study. Missing is not empty if its data is a
// file that the user has to name first. If the source is a simulation, Config
// names no data.
type Trial struct {
	Labels  []study.Label
	Config  *Config
	Source  study.Source
	Missing string
}

// Piped tells that a trial takes its data from standard input.
func (s *Study) Piped() bool {
	return slices.ContainsFunc(s.Trials, func(t Trial) bool { return t.Config.Data.Piped() })
}

// Labels are those of an axis that trials have, in order.
func (s *Study) Labels(axis string) []string {
	var out []string
	seen := map[string]bool{}
	for i := range s.Trials {
		for _, l := range s.Trials[i].Labels {
			if l.Axis == axis && !seen[l.Value] {
				seen[l.Value] = true
				out = append(out, l.Value)
			}
		}
	}
	return out
}

// maxTrials bounds a study; more is a mistake.
const maxTrials = 100000

// sheet is a study file under way.
type sheet struct {
	d     *decoder
	file  string
	base  *node
	axes  []axis
	cells []cellRule
	files map[string]string // given by the user
	about map[string]string // files that the study asks for
	plan  study.Plan

	searchAt Place // of the section search
}

// cellRule changes the trials that where fits.
type cellRule struct {
	where map[string][]string
	set   *node
	skip  bool
}

// sections of a study file.
var sections = []string{"name", "about", "base", "files", "axes", "cells", "average", "bound", "pairs", "metrics", "search"}

// IsStudy tells a study file from the configuration of a single fit: it has
// axes.
func IsStudy(file string, text []byte) bool {
	n, err := parse(Place{File: file}, text)
	return err == nil && n.kind == table && n.look("axes") != nil
}

// LoadStudy reads a study file:
//
//	name     what the study is called
//	about    what it is, for people
//	base     settings of every trial
//	axes     what differs: a list of grid, list, zip, seeds, random, sobol
//	cells    settings and published values of single cells of the table
//	files    data that the user has to name, used as $name
//	average  axes that are averaged over (default: seed)
//	bound    labels of the rows that show what the data can support
//	pairs    labels of the rows that others are compared with, trial by trial
//	metrics  figures of the table (default: train.mse)
//	search   how trials are given up on the way: score, and halving or median
//
// Beside the settings of a fit, base, axes and cells have the keys of
// study.Source: simulate (a known system instead of data), rows (how many the
// fit sees) and test (how many behind them it is tested on).
//
// files are the paths of $name data. The error is of type Errors.
func LoadStudy(file string, text []byte, files map[string]string) (*Study, error) {
	n, err := parse(Place{File: file}, text)
	if err != nil {
		return nil, Errors{err}
	}
	s := &sheet{d: &decoder{places: map[string]Place{}}, file: file, files: files, about: map[string]string{}}
	s.read(n)
	if len(s.d.errs) > 0 {
		return nil, s.d.errs
	}
	out := &Study{Plan: s.plan}
	s.combine(func(choice []option) { s.trial(out, choice) })
	if len(s.d.errs) == 0 && len(out.Trials) == 0 {
		s.d.fail(n.at, "all cells are skipped; no trial is left")
	}
	if s.plan.Search != nil && len(s.d.errs) == 0 && !out.hasChoice() {
		s.d.fail(s.searchAt, "search: there is one setting, so nothing to choose from; add an axis that is not averaged over")
	}
	if len(s.d.errs) > 0 {
		return nil, distinct(s.d.errs)
	}
	return out, nil
}

// hasChoice tells that trials differ in more than what is averaged over.
func (s *Study) hasChoice() bool {
	return slices.ContainsFunc(s.Plan.Axes, func(a string) bool { return !slices.Contains(s.Plan.Average, a) && len(s.Labels(a)) > 1 })
}

// distinct drops errors that several trials share.
func distinct(errs Errors) Errors {
	var out Errors
	seen := map[string]bool{}
	for _, e := range errs {
		if !seen[e.Error()] {
			seen[e.Error()] = true
			out = append(out, e)
		}
	}
	return out
}

func (s *sheet) read(n *node) {
	if n.kind != table {
		s.d.fail(n.at, "a study is a table with the keys %s; this is %s", strings.Join(sections, ", "), n.kind)
		return
	}
	for _, k := range n.keys {
		if !slices.Contains(sections, k.name) {
			s.d.fail(k.at, "unknown key %q of a study%s", k.name, s.d.hint(k.name, sections))
		}
	}
	s.text(&s.plan.Name, n, "name")
	s.text(&s.plan.About, n, "about")
	s.base = s.part(n, "base", table)
	if f := s.part(n, "files", table); f != nil {
		s.d.value(reflect.ValueOf(&s.about).Elem(), f, "files")
	}
	for name := range s.files {
		if _, ok := s.about[name]; !ok {
			s.d.errs = append(s.d.errs, wrong(Place{File: s.file}, "the study asks for no file %q%s", name, s.d.hint(name, keysOf(s.about))))
		}
	}
	if a := s.part(n, "axes", list); a != nil {
		s.readAxes(a)
	} else if n.look("axes") == nil {
		s.d.fail(n.at, "the study has no axes; add a list such as \"axes: [{seeds: 3}]\"")
	}
	if c := s.part(n, "cells", list); c != nil {
		for _, item := range c.items {
			s.readCell(item)
		}
	}
	s.plan.Average = s.chosen(n, "average", s.plan.Axes, slices.DeleteFunc(slices.Clone(s.plan.Axes), func(a string) bool { return a != "seed" }))
	s.plan.Bound, s.plan.Pairs = s.rowLabels(n, "bound"), s.rowLabels(n, "pairs")
	s.search(n)
	otherwise := []string{"train.mse"}
	if b := n.look("base"); b != nil && b.look("label") != nil {
		otherwise = []string{"heldout.log_loss", "heldout.accuracy", "folds.log_loss"}
	}
	if q := s.plan.Search; q != nil {
		otherwise = []string{q.Score}
	}
	s.plan.Metrics = s.chosen(n, "metrics", study.Metrics(), otherwise)
}

// part is a section of the wanted kind; nil if it is not there.
func (s *sheet) part(n *node, name string, want kind) *node {
	v := n.look(name)
	if v == nil || v.kind == empty {
		return nil
	}
	if v.kind != want {
		s.d.fail(v.at, "%s is %s; it cannot be %s", name, want, v.kind)
		return nil
	}
	return v
}

// text reads a section that is a word or some sentences.
func (s *sheet) text(to *string, n *node, name string) {
	if v := s.part(n, name, scalar); v != nil {
		*to = strings.TrimSpace(v.text)
	}
}

// chosen reads a list of names that are among those that exist.
func (s *sheet) chosen(n *node, section string, among, otherwise []string) []string {
	v := n.look(section)
	if v == nil || v.kind == empty {
		return otherwise
	}
	if v.kind == table {
		s.d.fail(v.at, "%s is a list; it cannot be %s", section, v.kind)
		return otherwise
	}
	var out []string
	for _, item := range v.commas() {
		if !slices.Contains(among, item.text) {
			s.d.fail(item.at, "%s: there is no %q%s", section, item.text, s.d.hint(item.text, among))
			continue
		}
		out = append(out, item.text)
	}
	if len(out) == 0 && section == "metrics" {
		return otherwise
	}
	return out
}

// readCell reads one entry of cells.
func (s *sheet) readCell(n *node) {
	known := []string{"where", "set", "published", "bars", "skip"}
	if n.kind != table {
		s.d.fail(n.at, "a cell is a table with the keys %s; it cannot be %s", strings.Join(known, ", "), n.kind)
		return
	}
	c := cellRule{where: map[string][]string{}}
	for _, k := range n.keys {
		switch k.name {
		case "where":
			c.where = s.where(k.value)
		case "set":
			c.set = s.part(n, "set", table)
		case "skip":
			s.d.value(reflect.ValueOf(&c.skip).Elem(), k.value, "skip")
		case "published":
			s.published(n, k.value)
		case "bars":
			s.bars(n, k.value)
		default:
			s.d.fail(k.at, "unknown key %q of a cell%s", k.name, s.d.hint(k.name, known))
		}
	}
	s.cells = append(s.cells, c)
}

// where reads labels by axis and checks that there are such.
func (s *sheet) where(n *node) map[string][]string {
	out := map[string][]string{}
	if n.kind != table {
		s.d.fail(n.at, "where is a table such as {method: homotopy}; it cannot be %s", n.kind)
		return out
	}
	for _, k := range n.keys {
		labels := s.labels(k.name)
		if labels == nil {
			s.d.fail(k.at, "where: there is no axis %q%s", k.name, s.d.hint(k.name, s.plan.Axes))
			continue
		}
		for _, v := range texts(k.value) {
			if !slices.Contains(labels, v) {
				s.d.fail(k.value.at, "where: the axis %s has no %q%s", k.name, v, s.d.hint(v, labels))
			}
			out[k.name] = append(out[k.name], v)
		}
	}
	return out
}

func texts(n *node) []string {
	var out []string
	if n.kind != list {
		return []string{label(n)}
	}
	for _, item := range n.items {
		out = append(out, label(item))
	}
	return out
}

// trial makes the configuration of one choice of options.
func (s *sheet) trial(out *Study, choice []option) {
	t := Trial{}
	layers := []*node{}
	if s.base != nil {
		layers = append(layers, s.base)
	}
	for _, o := range choice {
		t.Labels = append(t.Labels, o.labels...)
		if o.set != nil {
			layers = append(layers, o.set)
		}
	}
	for _, c := range s.cells {
		if !study.Fits(c.where, t.Labels) {
			continue
		}
		if c.skip {
			return
		}
		if c.set != nil {
			layers = append(layers, c.set)
		}
	}
	c, d := newDefaults(), &decoder{places: map[string]Place{}}
	c.source, c.places = s.file, d.places
	for i, n := range layers {
		layers[i] = s.source(d, &t.Source, n)
	}
	c.layers(d, layers)
	if teacher := t.Source.Teacher; teacher != nil && teacher.Seed == 0 {
		teacher.Seed = c.Settings.Seed
	}
	s.checkSource(d, &t.Source, c)
	if len(d.errs) == 0 {
		s.checkSearch(c)
	}
	s.d.errs = append(s.d.errs, d.errs...)
	if len(d.errs) == 0 {
		if t.Config = c; !t.Source.Made() {
			t.Missing = s.data(c)
		}
		out.Trials = append(out.Trials, t)
	}
}

// data settles where the data of a trial are; it returns what is missing.
func (s *sheet) data(c *Config) (missing string) {
	name, asked := strings.CutPrefix(c.Data.String(), "$")
	about, known := s.about[name]
	switch {
	case len(c.Data) == 0 || c.Data[0] == "":
		s.d.errs = append(s.d.errs, wrong(Place{File: s.file}, "a trial has no data; add \"data: file.csv\" or \"simulate: {name: lorenz}\" to base or to an axis"))
	case asked && !known:
		s.d.fail(c.places["data"], "data: the study asks for no file %q; add it to files%s", name, s.d.hint(name, keysOf(s.about)))
	case asked && s.files[name] == "":
		return "the file $" + name + " is not given (" + about + "); add --file " + name + "=PATH"
	case asked:
		c.Data = Files{s.files[name]}
	default:
		c.Data = c.Data.within(filepath.Dir(s.file))
	}
	return ""
}

func keysOf(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// label is a value as a table shows it.
func label(n *node) string {
	switch n.kind {
	case list:
		var parts []string
		for _, item := range n.items {
			parts = append(parts, label(item))
		}
		return strings.Join(parts, ",")
	case table:
		if v := name(n); v != nil {
			return v.text
		}
		var parts []string
		for _, k := range n.keys {
			parts = append(parts, k.name+"="+label(k.value))
		}
		return strings.Join(parts, " ")
	}
	if x, err := strconv.ParseFloat(n.text, 64); err == nil && !n.quoted {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return n.text
}
