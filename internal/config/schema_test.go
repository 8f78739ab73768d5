package config

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

// validator knows the part of JSON Schema that Schema uses; of anything else it says so.
type validator struct {
	t    *testing.T
	root map[string]any
}

// schemaOf is the schema as an editor has it: after JSON.
func schemaOf(t *testing.T) *validator {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	v := &validator{t: t}
	if err := json.Unmarshal(text, &v.root); err != nil {
		t.Fatal(err)
	}
	return v
}

// wrong is what a value breaks, "" if nothing.
func (v *validator) wrong(schema any, value any, at string) string {
	s := schema.(map[string]any)
	for key, want := range s {
		if why := v.keyword(s, key, want, value, at); why != "" {
			return why
		}
	}
	return ""
}

func (v *validator) keyword(s map[string]any, key string, want, value any, at string) string {
	object, isObject := value.(map[string]any)
	switch key {
	case "description", "default", "title", "$schema", "$defs", "then", "else":
	case "$ref":
		name := strings.TrimPrefix(want.(string), "#/$defs/")
		return v.wrong(v.root["$defs"].(map[string]any)[name], value, at)
	case "if":
		branch := "else"
		if v.wrong(want, value, at) == "" {
			branch = "then"
		}
		if s[branch] != nil {
			return v.wrong(s[branch], value, at)
		}
	case "anyOf":
		why := ""
		for _, one := range want.([]any) {
			w := v.wrong(one, value, at)
			if w == "" {
				return ""
			}
			place, _, _ := strings.Cut(w, ": ")
			best, _, _ := strings.Cut(why, ": ")
			if why == "" || strings.Count(place, ".") >= strings.Count(best, ".") { // what went furthest was meant
				why = w
			}
		}
		return why
	case "allOf":
		for _, one := range want.([]any) {
			if w := v.wrong(one, value, at); w != "" {
				return w
			}
		}
	case "type":
		kinds, many := want.([]any)
		if !many {
			kinds = []any{want}
		}
		if !slices.ContainsFunc(kinds, func(k any) bool { return isType(k.(string), value) }) {
			return fmt.Sprintf("%s: %v is not of type %v", at, value, want)
		}
	case "enum":
		if !slices.ContainsFunc(want.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
			return fmt.Sprintf("%s: %v is not among %v", at, value, want)
		}
	case "const":
		if !reflect.DeepEqual(want, value) {
			return fmt.Sprintf("%s: %v is not %v", at, value, want)
		}
	case "pattern":
		if text, ok := value.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
			return fmt.Sprintf("%s: %q does not match", at, text)
		}
	case "minimum":
		if x, ok := value.(float64); ok && x < want.(float64) {
			return fmt.Sprintf("%s: %v is too small", at, x)
		}
	case "required":
		for _, name := range want.([]any) {
			if isObject && object[name.(string)] == nil {
				return fmt.Sprintf("%s: lacks %v", at, name)
			}
		}
	case "minProperties":
		if isObject && float64(len(object)) < want.(float64) {
			return at + ": too few keys"
		}
	case "maxProperties":
		if isObject && float64(len(object)) > want.(float64) {
			return at + ": too many keys"
		}
	case "minItems":
		if list, ok := value.([]any); ok && float64(len(list)) < want.(float64) {
			return at + ": too few items"
		}
	case "items":
		list, _ := value.([]any)
		for i, item := range list {
			if w := v.wrong(want, item, fmt.Sprintf("%s[%d]", at, i)); w != "" {
				return w
			}
		}
	case "properties":
		for name, rule := range want.(map[string]any) {
			if inner, ok := object[name]; ok {
				if w := v.wrong(rule, inner, at+"."+name); w != "" {
					return w
				}
			}
		}
	case "additionalProperties":
		known, _ := s["properties"].(map[string]any)
		for name, inner := range object {
			if known[name] != nil {
				continue
			}
			if want == false {
				return fmt.Sprintf("%s: unknown key %q", at, name)
			}
			if w := v.wrong(want, inner, at+"."+name); w != "" {
				return w
			}
		}
	default:
		v.t.Fatalf("the schema uses %q, which this validator does not know", key)
	}
	return ""
}

func isType(kind string, value any) bool {
	switch value := value.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && value == math.Trunc(value)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

// of is what the schema says to a YAML text.
func (v *validator) of(text string) string {
	var value any
	err := yaml.Unmarshal([]byte(text), &value)
	var again []byte
	if err == nil {
		again, err = json.Marshal(value)
	}
	if err == nil {
		err = json.Unmarshal(again, &value)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return v.wrong(v.root, value, "")
}

func TestSchemaTakesWhatIsShipped(t *testing.T) {
	v := schemaOf(t)
	files, _ := filepath.Glob("../../examples/*.yaml")
	more, _ := filepath.Glob("../../studies/*/*.yaml")
	if len(files) < 4 || len(more) < 6 {
		t.Fatalf("%d examples and %d studies", len(files), len(more))
	}
	for _, path := range append(files, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if why := v.of(string(text)); why != "" {
			t.Errorf("%s: %s", path, why)
		}
	}
}

// What a run writes of any model and method is what the schema takes.
func TestSchemaTakesAllDefaults(t *testing.T) {
	v := schemaOf(t)
	for _, name := range field.Architectures.Names() {
		c := newDefaults()
		c.ModelName = name
		c.Model, _ = field.Architectures.Lookup(name)
		c.Method, _ = train.Methods.Lookup(c.MethodName)
		text, err := c.YAML(".")
		if err != nil {
			t.Fatal(err)
		}
		if why := v.of(string(text)); why != "" {
			t.Errorf("model %s: %s", name, why)
		}
	}
	for _, name := range train.Methods.Names() {
		c := newDefaults()
		c.MethodName = name
		c.Method, _ = train.Methods.Lookup(name)
		c.Model, _ = field.Architectures.Lookup(c.ModelName)
		text, err := c.YAML(".")
		if err != nil {
			t.Fatal(err)
		}
		if why := v.of(string(text)); why != "" {
			t.Errorf("method %s: %s", name, why)
		}
	}
}

// The schema and the decoder agree on mistakes.
func TestSchemaFindsMistakes(t *testing.T) {
	v := schemaOf(t)
	for text, want := range map[string]string{
		"data: a.csv\nmethd: auto":                                 "methd",
		"data: a.csv\nmodel: mpl":                                  "mpl",
		"data: a.csv\nmodel: {name: mlp, hiden: 3}":                "hiden",
		"data: a.csv\nseed: three":                                 "three",
		"data: a.csv\nseed: -1":                                    "small",
		"data: a.csv\nsolver: {solver: dopri5, rtoll: 1}":          "rtoll",
		"axes: [{seds: 3}]":                                        "seds",
		"axes: [{seeds: 3}]\nbase: {data: a.csv, hiden: 3}":        "hiden",
		"axes: [{list: {method: {a: {methd: auto}}}}]":             "methd",
		"axes: [{seeds: 3}]\nmetrics: [nrmse.of.nothing]":          "nothing",
		"axes: [{seeds: 3}]\ncells: [{wehre: {method: homotopy}}]": "wehre",
	} {
		if why := v.of(text); !strings.Contains(why, want) {
			t.Errorf("%q: %q does not say %q", text, why, want)
		}
		if strings.Contains(text, "axes") {
			if _, err := LoadStudy("a.yaml", []byte(text), nil); err == nil {
				t.Errorf("%q: the decoder takes it", text)
			}
		} else if _, err := Load("a.yaml", []byte(text), nil, 1); err == nil {
			t.Errorf("%q: the decoder takes it", text)
		}
	}
}

// Nobody who hovers over a key is left without a word.
func TestSettingsSayWhatTheyAreFor(t *testing.T) {
	c := newDefaults()
	for _, e := range append(describedEntries(reflect.ValueOf(&c.Input)), describedEntries(reflect.ValueOf(&c.Settings))...) {
		if e.about == "" && e.name != "solver" {
			t.Errorf("%s says nothing", e.name)
		}
	}
}
