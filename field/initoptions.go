package field

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

// ParseInitialiser is the initialiser that a text names: "torch", or with options
// behind a colon "stability:complex,margin=0.2". Options are the exported fields of
// the initialiser by their JSON names; a bare one is set to true. Its errors are for
// the user.
func ParseInitialiser(text string) (Initialiser, error) {
	name, options, given := strings.Cut(text, ":")
	f, err := Initialisers.Lookup(name)
	if err != nil || !given {
		return f, err
	}
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("init=%s: %s has no options; leave out what follows the colon", text, name)
	}
	for option := range strings.SplitSeq(options, ",") {
		if err := setOption(v.Elem(), name, strings.TrimSpace(option)); err != nil {
			return nil, fmt.Errorf("init=%s: %w", text, err)
		}
	}
	return f, nil
}

// setOption sets one field of s from "key=value" or "key".
func setOption(s reflect.Value, of, option string) error {
	key, value, given := strings.Cut(option, "=")
	var known []string
	for i := range s.NumField() {
		tag := s.Type().Field(i).Tag.Get("json")
		known = append(known, tag)
		if tag != key {
			continue
		}
		if !given {
			value = "true"
		}
		return setValue(s.Field(i), key, value)
	}
	return &registry.UnknownError{Kind: "option of " + of, Name: key, Known: known}
}

func setValue(f reflect.Value, key, value string) error {
	switch f.Kind() {
	case reflect.Bool:
		v, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%s=%s: it is true or false", key, value)
		}
		f.SetBool(v)
	case reflect.Int:
		v, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("%s=%s: it is a whole number", key, value)
		}
		f.SetInt(int64(v))
	case reflect.Float64:
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || v != v {
			return fmt.Errorf("%s=%s: it is a number", key, value)
		}
		f.SetFloat(v)
	default:
		f.SetString(value)
	}
	return nil
}
