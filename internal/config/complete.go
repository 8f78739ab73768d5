package config

import (
	"reflect"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

// Completions are the settings a shell may offer: key= for every key, and
// model=… and method=… for every choice.
func Completions() []string {
	c := newDefaults()
	var out []string
	for _, name := range names(append(entries(reflect.ValueOf(&c.Input)), entries(reflect.ValueOf(&c.Settings))...)) {
		out = append(out, name+"=")
	}
	add := func(kind, name string, v any) {
		out = append(out, kind+"="+name)
		for _, key := range names(entries(reflect.ValueOf(v))) {
			out = append(out, key+"=")
		}
	}
	for _, name := range field.Architectures.Names() {
		if v, err := field.Architectures.Lookup(name); err == nil {
			add("model", name, v)
		}
	}
	for _, name := range train.Methods.Names() {
		if v, err := train.Methods.Lookup(name); err == nil {
			add("method", name, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
