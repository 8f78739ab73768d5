package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// always are the keys of a template that are never commented out, if they say anything:
// what a file was understood to hold.
var always = []string{"data", "time", "id", "states", "inputs", "ignore"}

// Template is a configuration for people to change: about in comments, what was given and
// understood, and all other settings with their defaults commented out. Without the signs
// before them they mean the same.
func (c *Config) Template(about string) ([]byte, error) {
	w := &template{}
	for line := range strings.Lines(about) {
		w.says(strings.TrimRight(line, "\n"))
	}
	var rest []described
	for _, e := range describedEntries(reflect.ValueOf(&c.Input)) {
		switch {
		case slices.Contains(always, e.name) && !e.value.IsZero():
			e.about = ""
			w.key("", e, true)
		case e.name != "memory" || !e.value.IsZero():
			rest = append(rest, e)
		}
	}
	w.blank()
	w.says("Everything below is chosen already: take a # away to choose yourself.")
	w.blank()
	w.says("What is learnt: entrain list models")
	w.section("model", c.ModelName, c.Model, c.says("model"))
	w.blank()
	w.says("How it is trained: entrain list methods")
	w.section("method", c.MethodName, c.Method, c.says("method") || c.MethodName != autoMethod)
	w.blank()
	for _, e := range append(rest, describedEntries(reflect.ValueOf(&c.Settings))...) {
		w.key("", e, c.says(e.name))
	}
	return w.text.Bytes(), w.err
}

// says tells that a key, or one within it, was given; of a model or method also a key at
// the top that belongs to it.
func (c *Config) says(name string) bool {
	keys := []string{name}
	switch name {
	case "model":
		keys = append(keys, names(entries(reflect.ValueOf(c.Model)))...)
	case "method":
		keys = append(keys, names(entries(reflect.ValueOf(c.Method)))...)
	}
	for path := range c.places {
		head, _, _ := strings.Cut(path, ".")
		if slices.Contains(keys, head) {
			return true
		}
	}
	return false
}

// template writes lines.
type template struct {
	text bytes.Buffer
	err  error
}

func (w *template) blank() { w.text.WriteByte('\n') }

func (w *template) says(text string) { fmt.Fprintln(&w.text, strings.TrimRight("# "+text, " ")) }

func (w *template) line(indent, text, about string, active bool) {
	if !active {
		indent = "#" + indent
	}
	line := indent + text
	if about != "" {
		line = fmt.Sprintf("%-31s # %s", line, about)
	}
	fmt.Fprintln(&w.text, line)
}

// section writes a model or a method with its keys.
func (w *template) section(kind, name string, v any, active bool) {
	w.line("", kind+":", "", active)
	w.line("  ", "name: "+name, "", active)
	for _, e := range describedEntries(reflect.ValueOf(v)) {
		w.key("  ", e, active)
	}
}

// key writes one key; a table has its keys below it.
func (w *template) key(indent string, e described, active bool) {
	v := e.value
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if list := describedEntries(v); v.Kind() == reflect.Struct && len(list) > 0 {
		w.line(indent, e.name+":", e.about, active)
		for _, inner := range list {
			w.key(indent+"  ", inner, active)
		}
		return
	}
	value := plain(e.value)
	if v.Kind() == reflect.Map && v.Len() == 0 {
		value = yaml.MapSlice{}
	}
	text, err := yaml.MarshalWithOptions(value, yaml.Flow(true), yaml.JSON())
	if w.err == nil {
		w.err = err
	}
	w.line(indent, e.name+": "+strings.TrimSpace(string(text)), e.about, active)
}
