package config

import (
	"reflect"
	"strings"

	"github.com/entrain-dev/entrain/train"
)

// entry is one key of a struct and the value it stands for.
type entry struct {
	name  string
	value reflect.Value
	must  string // above0 or stated, or nothing
}

// What the tag must says of a key.
const (
	above0 = "above 0" // a number that is above 0 where it stands; 0 in the struct: it does not stand
	stated = "stated"  // it may not be left out
)

// entries lists the keys of a struct in the order of its fields: the yaml
// tag names them, else the json tag; embedded structs are flattened. Each
// method of a chain is a key by its name.
func entries(v reflect.Value) []entry {
	if v.IsValid() && v.CanInterface() {
		if c, ok := v.Interface().(*train.Chain); ok {
			var out []entry
			for i, m := range c.Methods {
				out = append(out, entry{name: c.Names[i], value: reflect.ValueOf(m).Elem()})
			}
			return out
		}
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	var out []entry
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, inline := tag(f)
		switch {
		case inline:
			out = append(out, entries(v.Field(i))...)
		case f.IsExported() && name != "-":
			out = append(out, entry{name, v.Field(i), f.Tag.Get("must")})
		}
	}
	return out
}

func tag(f reflect.StructField) (name string, inline bool) {
	text, ok := f.Tag.Lookup("yaml")
	if !ok {
		text = f.Tag.Get("json")
	}
	name, options, _ := strings.Cut(text, ",")
	if strings.Contains(options, "inline") || f.Anonymous && name == "" {
		return "", true
	}
	if name == "" {
		name = strings.ToLower(f.Name)
	}
	return name, false
}

func names(list []entry) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.name
	}
	return out
}

func find(list []entry, name string) (reflect.Value, bool) {
	for _, e := range list {
		if e.name == name {
			return e.value, true
		}
	}
	return reflect.Value{}, false
}
