package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

// filled is a template's configuration.
func filled(t *testing.T, name, model string) *Config {
	t.Helper()
	c := newDefaults()
	c.Data, c.States, c.Time = Files{"some: data.csv"}, []string{"x", "1", "no"}, "t"
	c.MethodName, c.ModelName = name, model
	c.Method, _ = train.Methods.Lookup(name)
	c.Model, _ = field.Architectures.Lookup(model)
	return c
}

func TestTemplateSaysTheDefaultsWithAndWithoutSigns(t *testing.T) {
	for _, name := range train.Methods.Names() {
		for _, model := range field.Architectures.Names() {
			c := filled(t, name, model)
			text, err := c.Template("what was understood\n  x  state")
			if err != nil {
				t.Fatal(err)
			}
			if name == autoMethod && model == autoModel {
				read, err := Load("a.yaml", text, nil, 1)
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				same(t, read, c)
			}
			var open []string
			_, settings, _ := strings.Cut(string(text), "yourself.\n")
			open = append(open, "data: 'some: data.csv'", "time: t", "states: [x, '1', 'no']")
			for _, line := range strings.Split(settings, "\n") {
				if strings.HasPrefix(line, "#") && (len(line) < 3 || line[1] != ' ' || line[2] == ' ') {
					line = line[1:]
				}
				open = append(open, line)
			}
			read, err := Load("a.yaml", []byte(strings.Join(open, "\n")), nil, 1)
			if err != nil {
				t.Fatalf("%s %s: %v\n%s", name, model, err, text)
			}
			same(t, read, c)
		}
	}
}

// same fails if two configurations write different text.
func same(t *testing.T, a, b *Config) {
	t.Helper()
	x, err := a.YAML(".")
	y, e := b.YAML(".")
	if err != nil || e != nil || !bytes.Equal(x, y) {
		p, q := strings.Split(string(x), "\n"), strings.Split(string(y), "\n")
		for i := range min(len(p), len(q)) {
			if p[i] != q[i] {
				t.Fatalf("%v %v: line %d: %s, want %s", err, e, i+1, p[i], q[i])
			}
		}
		t.Errorf("%v %v: %d lines, want %d", err, e, len(p), len(q))
	}
}

func TestTemplateLeavesOpenWhatWasGiven(t *testing.T) {
	c, err := Load("", nil, []string{"data=a.csv", "model=mlp", "hidden=4", "rtol=1e-3", "seed=3"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Template("")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load("a.yaml", text, nil, 1)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	again.places, again.source, c.places, c.source = nil, "", nil, ""
	if !reflect.DeepEqual(again, c) {
		t.Errorf("%+v, want %+v\n%s", again, c, text)
	}
}
