package config

import (
	_ "embed"
	"reflect"
	"strings"
	"sync"
)

// aboutText has the comments of settings, as the sources have them; the tests of
// internal/policy write it.
//
//go:embed about.txt
var aboutText string

var abouts = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(aboutText) {
		name, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out[name] = text
	}
	return out
})

const ownModule = "github.com/entrain-dev/entrain/"

// about is what a field of a struct is for, in a sentence; "" if nothing is said.
func about(of reflect.Type, f *reflect.StructField) string {
	return abouts()[strings.TrimPrefix(of.PkgPath(), ownModule)+"."+of.Name()+"."+f.Name]
}

// described is an entry with what it is for.
type described struct {
	entry
	about string
}

// describedEntries are entries with what they are for.
func describedEntries(v reflect.Value) []described {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	var out []described
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, inline := tag(f)
		switch {
		case inline:
			out = append(out, describedEntries(v.Field(i))...)
		case f.IsExported() && name != "-":
			out = append(out, described{entry{name, v.Field(i), f.Tag.Get("must")}, about(v.Type(), &f)})
		}
	}
	return out
}
