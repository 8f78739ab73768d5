package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/schematest"
	"github.com/entrain-dev/entrain/train"
)

// published is the schema as an editor has it: after JSON.
type published struct{ *schematest.Checker }

func schemaOf(t *testing.T) published {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	v := published{&schematest.Checker{T: t}}
	if err := json.Unmarshal(text, &v.Root); err != nil {
		t.Fatal(err)
	}
	return v
}

// of is what the schema says to a YAML text.
func (v published) of(text string) string {
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
		v.T.Fatal(err)
	}
	return v.Wrong(v.Root, value, "")
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
