package config

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
)

// decoder puts trees onto Go values and collects what is wrong.
type decoder struct {
	errs   Errors
	places map[string]Place // where each key was last set, by its path
}

// crowded tells that so much is wrong that advice on more of it helps nobody;
// it would take time that grows with the length of a hostile text.
func (d *decoder) crowded() bool { return len(d.errs) >= budget.Findings }

// hint is the advice on a name, while there are few mistakes.
func (d *decoder) hint(name string, among []string) string {
	if d.crowded() {
		return ""
	}
	return hint(name, among)
}

func (d *decoder) fail(at Place, format string, args ...any) {
	d.errs = append(d.errs, wrong(at, format, args...))
}

// value sets v, called name in messages, to what n says. What n does not
// mention stays.
func (d *decoder) value(v reflect.Value, n *node, name string) {
	if n.kind == empty {
		return
	}
	d.places[name] = n.at
	if v.CanAddr() && v.Addr().Type().Implements(reflect.TypeFor[json.Unmarshaler]()) {
		d.custom(v, n, name)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			fresh.Elem().Set(v.Elem())
		}
		d.value(fresh.Elem(), n, name)
		v.Set(fresh)
	case reflect.Struct:
		d.table(v, n, name)
	case reflect.Map:
		d.keyed(v, n, name)
	case reflect.Slice:
		d.list(v, n, name)
	default:
		d.single(v, n, name)
	}
}

// custom decodes onto a type that reads JSON in its own way. Keys and types
// are checked against its fields first, for the better messages.
func (d *decoder) custom(v reflect.Value, n *node, name string) {
	before := len(d.errs)
	if v.Kind() == reflect.Struct {
		probe := reflect.New(v.Type()).Elem()
		d.table(probe, n, name)
	}
	if len(d.errs) > before {
		return
	}
	var value any = n.plain()
	if n.kind == table {
		value = merged(v, n)
	}
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, v.Addr().Interface())
	}
	if err != nil {
		d.fail(n.at, "%s: %v", name, err)
	}
}

// merged is the JSON object of v with the keys of n put over it.
func merged(v reflect.Value, n *node) map[string]any {
	out := map[string]any{}
	if !v.IsZero() {
		if text, err := json.Marshal(v.Interface()); err == nil {
			json.Unmarshal(text, &out)
		}
	}
	for _, k := range n.keys {
		out[k.name] = k.value.plain()
	}
	return out
}

// table decodes onto a struct. A single value goes to the field that names
// the whole: solver=rk4 means solver.solver=rk4.
func (d *decoder) table(v reflect.Value, n *node, name string) {
	fields := entries(v)
	if n.kind == scalar {
		last := name[strings.LastIndexByte(name, '.')+1:]
		for _, candidate := range []string{"name", last, "start", "value"} {
			if f, ok := find(fields, candidate); ok {
				d.value(f, n, name)
				return
			}
		}
	}
	if n.kind != table {
		d.fail(n.at, "%s is a table with the keys %s; it cannot be %s", name, strings.Join(names(fields), ", "), n.kind)
		return
	}
	for _, k := range n.keys {
		f, ok := find(fields, k.name)
		if !ok {
			d.fail(k.at, "unknown key %q in %s%s", k.name, name, d.hint(k.name, names(fields)))
			continue
		}
		d.value(f, k.value, name+"."+k.name)
	}
	d.musts(fields, n, name)
}

// musts says which keys of a table n are not as their tags want them.
func (d *decoder) musts(fields []entry, n *node, name string) {
	for _, f := range fields {
		value := n.look(f.name)
		switch {
		case f.must == stated && value == nil:
			d.fail(n.at, "%s needs %s, as in %s: {%s: 0.5}", name, f.name, name, f.name)
		case f.must == above0 && value != nil && value.kind == scalar && zeroOrLess(f.value):
			d.fail(value.at, "%s.%s: %s is not above 0; leave it out for none", name, f.name, value.text)
		}
	}
}

// zeroOrLess tells a number that is not above 0.
func zeroOrLess(v reflect.Value) bool {
	return v.CanFloat() && !(v.Float() > 0) || v.CanInt() && v.Int() <= 0
}

// tableExamples show tables of names that a model is written with.
var tableExamples = map[string]string{
	"parameters": ", such as parameters: {rate: 0.3}",
	"start":      " of hidden states, such as start: {h: 1}",
	"observe":    " of data columns with what they show, such as observe: {light: gain*a}",
	"algebraic":  " with guesses, such as algebraic: {z: 1}",
	"networks":   ", such as networks: {nn: {hidden: [8]}}",
}

func (d *decoder) keyed(v reflect.Value, n *node, name string) {
	if n.kind != table || v.Type().Key().Kind() != reflect.String {
		d.fail(n.at, "%s is a table of names%s; it cannot be %s", name, tableExamples[name], n.kind)
		return
	}
	fresh := reflect.MakeMap(v.Type())
	for _, k := range v.MapKeys() {
		fresh.SetMapIndex(k, v.MapIndex(k))
	}
	for _, k := range n.keys {
		at := reflect.ValueOf(k.name).Convert(v.Type().Key())
		element := reflect.New(v.Type().Elem()).Elem()
		if old := fresh.MapIndex(at); old.IsValid() {
			element.Set(old)
		}
		d.value(element, k.value, name+"."+k.name)
		fresh.SetMapIndex(at, element)
	}
	v.Set(fresh)
}

func (d *decoder) list(v reflect.Value, n *node, name string) {
	if n.kind == table {
		d.fail(n.at, "%s is a list; it cannot be %s", name, n.kind)
		return
	}
	items := n.commas()
	if v.Type() == reflect.TypeFor[Files]() && n.kind == scalar { // names may have commas
		items = []*node{n}
	}
	if n.kind == scalar && n.text == "" && (!n.quoted || v.Type() == reflect.TypeFor[Files]()) {
		items = nil
	}
	fresh := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(fresh.Index(i), item, name)
	}
	v.Set(fresh)
}

func (d *decoder) single(v reflect.Value, n *node, name string) {
	if n.kind != scalar {
		d.fail(n.at, "%s is a single value; it cannot be %s", name, n.kind)
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d.duration(v, n, name)
		return
	}
	if v.Type() == reflect.TypeFor[Bytes]() {
		size, err := ParseBytes(n.text)
		if err != nil {
			d.fail(n.at, "%s: %v", name, err)
		}
		v.SetInt(int64(size))
		return
	}
	d.plain(v, n, name)
}

// plain reads a word, a number, or yes and no.
func (d *decoder) plain(v reflect.Value, n *node, name string) {
	bad := func(want string) { d.fail(n.at, "%s: %q is not %s", name, n.text, want) }
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.text)
	case reflect.Bool:
		b, ok := map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}[strings.ToLower(n.text)]
		if !ok {
			bad("true or false")
		}
		v.SetBool(b)
	case reflect.Float64, reflect.Float32:
		x, err := strconv.ParseFloat(n.text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			if name == "heldout" {
				bad("a number, recordings or windows; say a share of the last rows such as 0.2, or recordings, recordings:0.2, windows, windows:0.2")
				return
			}
			bad("a number, such as 0.01 or 1e-7")
			return
		}
		v.SetFloat(x)
	case reflect.Int, reflect.Int64, reflect.Int32:
		x, ok := whole(n.text)
		if !ok || v.OverflowInt(x) {
			bad("a whole number, such as 500")
			return
		}
		v.SetInt(x)
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		x, err := strconv.ParseUint(n.text, 10, 64)
		if err != nil || v.OverflowUint(x) {
			bad("a whole number, 0 or more")
			return
		}
		v.SetUint(x)
	default:
		d.fail(n.at, "%s cannot be set", name)
	}
}

// whole reads 5000 and 5e3.
func whole(text string) (int64, bool) {
	if x, err := strconv.ParseInt(text, 10, 64); err == nil {
		return x, true
	}
	x, err := strconv.ParseFloat(text, 64)
	return int64(x), err == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53
}

// duration reads 60s, 2m or a number of seconds.
func (d *decoder) duration(v reflect.Value, n *node, name string) {
	if n.text == "none" {
		v.SetInt(0)
		return
	}
	x, err := time.ParseDuration(n.text)
	if seconds, e := strconv.ParseFloat(n.text, 64); e == nil && math.Abs(seconds) < 1e9 {
		x, err = time.Duration(seconds*float64(time.Second)), nil
	}
	_, e := strconv.ParseFloat(n.text, 64)
	isNumber := e == nil || errors.Is(e, strconv.ErrRange)
	if number, unit := split(n.text); err != nil && !isNumber && number != "" && unit != "" {
		d.fail(n.at, "%s: unknown unit %q%s", name, unit, hint(unit, []string{"ms", "s", "m", "h"}))
		return
	}
	if err != nil || x < 0 || x == 0 && strings.ContainsAny(n.text, "123456789") {
		d.fail(n.at, "%s: %q is not a duration, such as 60s or 2m30s", name, n.text)
		return
	}
	if x == 0 && n.at.Arg > 0 { // configurations that are written say 0s for none
		d.fail(n.at, "%s: no time is left for anything; %s=none is no limit", name, name)
		return
	}
	v.SetInt(int64(x))
}

// split cuts a text after the number it begins with.
func split(text string) (number, unit string) {
	i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789.", r) })
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}

// hint proposes the entry of among that was meant, or lists them.
func hint(name string, among []string) string {
	if s, ok := registry.Suggest(name, among); ok {
		return "; did you mean \"" + s + "\"?"
	}
	if len(among) == 0 {
		return ""
	}
	return "; it has: " + strings.Join(among, ", ")
}
