// Package fieldtest tests what every architecture promises. The tests of field
// run it over the registry, so a model is tested by being registered.
package fieldtest

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// Run tests the contract of an architecture. make returns it with settings it
// can be built with, as the registry does.
//
//   - it can be built for one of frames at least, and says in words what it is;
//   - layers and named parameters tile θ: every entry belongs to one of them;
//   - every initialiser draws every layer, with the moments it promises;
//   - JVP agrees with central differences, VJP is its transpose, and a second
//     derivative is that of the first, for one lane, for many, and for members;
//   - a lane does not depend on its company, nor a member on the others;
//   - it is the same after a round trip through JSON, and two builds are equal.
func Run(t *testing.T, make func() field.Architecture) {
	built := 0
	for _, f := range frames() {
		p, err := make().Build(f)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Errorf("%v: it is refused without a word", f.States)
			}
			continue
		}
		built++
		t.Run(strings.Join(append(f.States, f.Inputs...), ","), func(t *testing.T) {
			t.Run("says what it is", func(t *testing.T) { words(t, make(), p) })
			t.Run("layers tile theta", func(t *testing.T) { tiles(t, p) })
			t.Run("layers are drawn", func(t *testing.T) { drawn(t, p) })
			t.Run("derivatives", func(t *testing.T) { derivatives(t, p) })
			t.Run("lanes are strangers", func(t *testing.T) { strangers(t, p) })
			t.Run("survives JSON", func(t *testing.T) { survives(t, make, p, f) })
		})
	}
	if built == 0 {
		t.Error("it can be built for none of the frames")
	}
}

// frames are what architectures are built for: two states, four of which the
// last two may be velocities of the first two, and both with inputs. None of
// their units is 1.
func frames() []field.Frame {
	frame := func(states []string, inputs ...string) field.Frame {
		f := field.Unscaled(states, inputs)
		for i := range f.States {
			f.Shift[i], f.Scale[i] = 0.3*float64(i+1), 1.5+0.25*float64(i)
		}
		for i := range f.Inputs {
			f.UShift[i], f.UScale[i] = -0.4, 0.8
		}
		f.T0, f.Time, f.Step = 2, 1.25, 0.1
		return f
	}
	return []field.Frame{
		frame([]string{"x", "y"}), frame([]string{"x", "y"}, "u"),
		frame([]string{"a", "b", "va", "vb"}), frame([]string{"a", "b", "va", "vb"}, "u", "w"),
	}
}

// words: a model is shown to people before and after training.
func words(t *testing.T, a field.Architecture, p *field.Parts) {
	if strings.TrimSpace(p.Text) == "" {
		t.Error("Parts.Text is empty")
	}
	e, ok := a.(field.Explainer)
	if !ok {
		return
	}
	r := rand.New(rand.NewPCG(1, 1))
	theta := append([]float64{}, p.Theta0...)
	for i := range theta {
		theta[i] += 0.3 * r.NormFloat64()
	}
	text := e.Explain(p, theta)
	for _, bad := range []string{"NaN", "Inf", "%!"} {
		if strings.Contains(text, bad) {
			t.Errorf("what it explains contains %q:\n%s", bad, text)
		}
	}
	if strings.TrimSpace(text) == "" {
		t.Error("it explains nothing")
	}
}

// tiles: what is in no layer is never drawn, never regularised, never named.
func tiles(t *testing.T, p *field.Parts) {
	owners := make([][]string, len(p.Theta0))
	take := func(name string, from, n int) {
		if from < 0 || from+n > len(owners) {
			t.Errorf("%s takes entries %d … %d of θ, which has %d", name, from, from+n-1, len(owners))
			return
		}
		for i := from; i < from+n; i++ {
			owners[i] = append(owners[i], name)
		}
	}
	for _, l := range p.Layers {
		take("W of "+l.Name, l.W, l.Rows*l.Cols)
		if l.B >= 0 {
			take("b of "+l.Name, l.B, l.Rows)
		}
	}
	for _, q := range p.Named {
		take(q.Name, q.Theta, 1)
	}
	for i, o := range owners {
		if len(o) != 1 {
			t.Errorf("entry %d of θ belongs to %v; it must belong to one layer or one parameter", i, o)
			return
		}
	}
}

// survives: a model file holds an architecture as JSON.
func survives(t *testing.T, make func() field.Architecture, p *field.Parts, f field.Frame) {
	text, err := json.Marshal(make())
	if err != nil {
		t.Fatal(err)
	}
	back := reflect.New(reflect.TypeOf(make()).Elem()).Interface().(field.Architecture)
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("%s became %s (%v)", text, again, err)
	}
	q, err := back.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"program", printed(q.Field), printed(p.Field)}, {"θ", q.Theta0, p.Theta0}, {"layers", q.Layers, p.Layers},
		{"parameters", q.Named, p.Named}, {"hidden starts", q.Start, p.Start}, {"text", q.Text, p.Text}, {"frame", q.Frame, p.Frame},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("after JSON the %s differs:\n%v\n%v", c.what, c.got, c.want)
		}
	}
}

func printed(p *program.Program) string { return p.String() }
