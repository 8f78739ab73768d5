package config

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// rule is a part of a JSON Schema.
type rule = map[string]any

// Schema is a JSON Schema (draft 2020-12) of configurations and studies, for editors. It
// comes from the structs that a configuration is decoded onto, so it knows what the decoder
// knows; what only a run can know, such as names of columns, is free.
func Schema() map[string]any {
	settings := settingKeys()
	trial := rule{}
	for k, v := range settings {
		trial[k] = v
	}
	for _, e := range describedEntries(reflect.ValueOf(study.Source{})) {
		if own, both := trial[e.name]; both { // rows and test are settings of nothing else, but nobody promises
			trial[e.name] = rule{"anyOf": []any{own, typed(e.value.Type(), e.name)}}
			continue
		}
		trial[e.name] = described{e.entry, e.about}.rule()
	}
	return rule{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A fit or a study of Entrain",
		"if": rule{"type": "object", "required": []any{"axes"}}, "then": rule{"$ref": "#/$defs/study"}, "else": rule{"$ref": "#/$defs/fit"},
		"$defs": rule{"fit": closed(settings), "trial": closed(trial), "study": studyRule(), "model": sectionRule(field.Architectures), "method": sectionRule(train.Methods)},
	}
}

// closed is an object with these keys and no others.
func closed(keys rule) rule {
	return rule{"type": "object", "properties": keys, "additionalProperties": false}
}

func anyOf(rules ...any) rule { return rule{"anyOf": rules} }

// settingKeys are the keys of a configuration: its own, those of the solver, and those of
// every model and method, which may stand at the top as well as in their section.
func settingKeys() rule {
	c := newDefaults()
	out := rule{"model": told(rule{"$ref": "#/$defs/model"}, "what is learnt, entrain list models"),
		"method": told(rule{"$ref": "#/$defs/method"}, "how it is trained, entrain list methods; several, separated by commas, one after the other")}
	own := append(describedEntries(reflect.ValueOf(&c.Input)), describedEntries(reflect.ValueOf(&c.Settings))...)
	several := map[string][]any{}
	for _, e := range own {
		several[e.name] = append(several[e.name], e.rule())
	}
	add := func(owner string, list []described) {
		for _, e := range list {
			e.about = strings.TrimSuffix(owner+": "+e.about, ": ")
			several[e.name] = append(several[e.name], e.rule())
		}
	}
	add("solver", describedEntries(reflect.ValueOf(&c.Solver)))
	for name, v := range each(field.Architectures) {
		add("model "+name, v)
	}
	for name, v := range each(train.Methods) {
		add("method "+name, v)
		several[name] = append(several[name], told(closed(keysOfList(v)), "of method "+name+" in a chain"))
	}
	for name, rules := range several {
		out[name] = merge(rules)
	}
	return out
}

// each goes through the entries of all that is registered, in order of the names.
func each[T any](r *registry.Registry[T]) func(yield func(string, []described) bool) {
	return func(yield func(string, []described) bool) {
		for _, name := range r.Names() {
			if v, err := r.Lookup(name); err == nil && !yield(name, describedEntries(reflect.ValueOf(v))) {
				return
			}
		}
	}
}

// merge is a rule that each of the rules may be kept to.
func merge(rules []any) any {
	var distinct []any
	var words []string
	seen := map[string]bool{}
	for _, r := range rules {
		bare := rule{}
		for k, v := range r.(rule) {
			if k != "description" && k != "default" {
				bare[k] = v
			} else if k == "description" && !slices.Contains(words, v.(string)) {
				words = append(words, v.(string))
			}
		}
		text, err := json.Marshal(bare)
		if err == nil && !seen[string(text)] {
			seen[string(text)] = true
			distinct = append(distinct, bare)
		}
	}
	if len(rules) == 1 {
		return rules[0]
	}
	if len(distinct) == 1 {
		return told(distinct[0].(rule), strings.Join(words, "; "))
	}
	return told(anyOf(distinct...), strings.Join(words, "; "))
}

func told(r rule, about string) rule {
	if about != "" {
		r["description"] = about
	}
	return r
}

// sectionRule is a name, or a table with a name and the keys of what it names.
func sectionRule[T any](r *registry.Registry[T]) rule {
	names := []any{}
	var cases []any
	for name, list := range each(r) {
		names = append(names, name)
		keys := keysOfList(list)
		keys["name"] = rule{"const": name}
		cases = append(cases, rule{"if": rule{"required": []any{"name"}, "properties": rule{"name": rule{"const": name}}}, "then": closed(keys)})
	}
	chain := rule{"type": "string", "pattern": "^[a-z0-9-]+(, *[a-z0-9-]+)+$"}
	return anyOf(rule{"enum": names}, chain,
		rule{"type": "object", "properties": rule{"name": anyOf(rule{"enum": names}, chain)}, "allOf": cases})
}

func keysOfList(list []described) rule {
	out := rule{}
	for _, e := range list {
		out[e.name] = e.rule()
	}
	return out
}

// rule is that of a key, with what it is for and its default.
func (e described) rule() rule {
	r := told(typed(e.value.Type(), e.name), e.about)
	switch e.value.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		if v := plain(e.value); !e.value.IsZero() {
			r["default"] = v
		}
	}
	return r
}

// Scalars as YAML has them: what is a text may look like a number.
var (
	anyText  = []any{"string", "number", "boolean"}
	anyWords = map[string]func() []string{
		"solver": ode.Methods, "init": field.Initialisers.Names, "activation": activationNames,
		"band": func() []string { return []string{data.BandPredictive, data.BandFit, "none"} },
	}
)

func activationNames() []string {
	var out []string
	for _, k := range program.Kinds() {
		out = append(out, k.String())
	}
	return out
}

// powers are numbers such as 1e-6, which are texts to some readers of YAML.
const powers = `^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$`

func number() rule { return rule{"type": []any{"number", "string"}, "pattern": powers} }

// typed is the rule of values of a type; name is their key.
func typed(t reflect.Type, name string) rule {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return rule{"type": []any{"string", "number"}}
	case t == reflect.TypeFor[Bytes]():
		return rule{"type": []any{"string", "number"}}
	case t == reflect.TypeFor[noise.Spec]():
		return rule{"type": []any{"string", "number", "object"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return anyOf(typed(t.Elem(), name), rule{"type": "null"})
	case reflect.Struct:
		return structRule(t, name)
	case reflect.Map:
		return rule{"type": []any{"object", "null"}, "additionalProperties": typed(t.Elem(), "")}
	case reflect.Slice:
		one := typed(t.Elem(), "")
		return anyOf(rule{"type": "array", "items": one}, one, rule{"type": []any{"string", "null"}})
	case reflect.String:
		if words := anyWords[name]; words != nil {
			list := []any{""}
			for _, w := range words() {
				list = append(list, w)
			}
			if name == "init" { // options may stand behind the name
				return anyOf(rule{"enum": list}, rule{"type": "string", "pattern": "^[a-z]+:.+$"})
			}
			return rule{"enum": list}
		}
		return rule{"type": anyText}
	case reflect.Bool:
		return anyOf(rule{"type": "boolean"}, rule{"enum": []any{"yes", "no", "on", "off"}})
	case reflect.Int, reflect.Int64, reflect.Int32:
		return rule{"type": []any{"integer", "string"}, "pattern": powers}
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		return rule{"type": []any{"integer", "string"}, "pattern": powers, "minimum": 0}
	case reflect.Float64, reflect.Float32:
		return number()
	}
	return rule{}
}

// structRule is a table; a single value may stand for the key that names the whole.
func structRule(t reflect.Type, name string) rule {
	list := describedEntries(reflect.New(t).Elem())
	keys := rule{}
	for _, e := range list {
		keys[e.name] = described{e.entry, e.about}.rule()
	}
	for _, e := range list {
		if slices.Contains([]string{"name", name, "start", "value"}, e.name) {
			return anyOf(closed(keys), typed(e.value.Type(), e.name))
		}
	}
	return closed(keys)
}

// searchRule is that of the section search of a study.
func searchRule() rule {
	scores := []any{}
	for _, name := range study.SearchScores {
		scores = append(scores, name)
	}
	r := closed(rule{"score": rule{"enum": scores},
		"halving": typed(reflect.TypeFor[halving](), ""), "median": typed(reflect.TypeFor[medianStop](), "")})
	r["maxProperties"] = 2
	return r
}

// studyRule is that of a study.
func studyRule() rule {
	trial, text := rule{"$ref": "#/$defs/trial"}, rule{"type": anyText}
	labels := rule{"type": "object", "additionalProperties": anyOf(text, rule{"type": "array", "items": text})}
	lists := rule{"type": "object", "minProperties": 1, "additionalProperties": rule{"type": "array", "minItems": 1}}
	metrics := []any{}
	figures, bars := rule{}, rule{}
	for _, m := range study.Metrics() {
		metrics = append(metrics, m)
		figures[m] = text
		bars[m] = rule{"type": "object", "additionalProperties": number()}
	}
	random := closed(rule{"draws": rule{"type": "integer", "minimum": 1}, "seed": rule{"type": "integer", "minimum": 0},
		"of": rule{"type": "object", "additionalProperties": typed(reflect.TypeFor[span](), "")}})
	axis := closed(rule{
		"seeds":  told(anyOf(rule{"type": "integer", "minimum": 1}, rule{"type": "array"}), "so many, from 0 on, or a list"),
		"grid":   told(lists, "an axis of each key"),
		"zip":    told(lists, "one axis: first values together, then second ones"),
		"list":   told(rule{"type": "object", "additionalProperties": rule{"type": "object", "additionalProperties": anyOf(trial, rule{"type": "null"})}}, "an axis of labels with settings"),
		"random": told(random, "settings drawn from spans"),
		"sobol":  told(random, "settings that fill spans evenly"),
	})
	axis["maxProperties"] = 1
	cell := closed(rule{"where": labels, "set": trial, "skip": rule{"type": "boolean"}, "published": closed(figures), "bars": closed(bars)})
	names := func(of rule) rule { return anyOf(rule{"type": "array", "items": of}, of, rule{"type": "string"}) }
	return closed(rule{
		"name": told(text, "what the study is called"), "about": told(text, "what it is, for people"),
		"base": told(trial, "settings of every trial"), "files": told(labels, "data that the user has to name, used as $name"),
		"axes":    told(rule{"type": "array", "items": axis}, "what differs"),
		"cells":   told(rule{"type": "array", "items": cell}, "settings and published values of single cells"),
		"average": told(names(text), "axes that are averaged over"), "bound": told(labels, "labels of the rows that show what the data can support"),
		"pairs":   told(labels, "labels of the rows that others are compared with, trial by trial"),
		"metrics": told(names(rule{"enum": metrics}), "figures of the table"),
		"search":  told(searchRule(), "how trials are given up on the way"),
	})
}
