package config

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
)

// plain turns a Go value into what the YAML library writes, with the keys
// that decoding reads, in the order of the fields.
func plain(v reflect.Value) any {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return time.Duration(v.Int()).String()
	}
	if v.Type() == reflect.TypeFor[Bytes]() {
		return strconv.FormatInt(v.Int(), 10)
	}
	if files, ok := v.Interface().(Files); ok && len(files) < 2 {
		return files.String()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		return plainTable(entries(v))
	case reflect.Map:
		var out yaml.MapSlice
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int {
			if a.String() < b.String() {
				return -1
			}
			return 1
		})
		for _, k := range keys {
			out = append(out, yaml.MapItem{Key: k.String(), Value: plain(v.MapIndex(k))})
		}
		return out
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

func plainTable(list []entry) yaml.MapSlice {
	out := yaml.MapSlice{}
	for _, e := range list {
		if e.must == above0 && e.value.IsZero() { // it would be refused
			continue
		}
		out = append(out, yaml.MapItem{Key: e.name, Value: plain(e.value)})
	}
	return out
}
