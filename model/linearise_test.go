package model

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// tank is Torricelli's: h' = k·u − c·√h, whose level is (k·u/c)² in the end.
func tank(t *testing.T, e *field.Equations, frame field.Frame) *Model {
	t.Helper()
	p, err := e.Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	return &Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{p.Theta0}, Hold: "linear",
		Records: []Record{{Step: 1, U: data.Series{Inputs: []string{"u"}, U: []float64{1, 2, 3}}, Start: [][]float64{make([]float64, len(p.Frame.States))}}}}
}

func level() field.Frame {
	f := field.Unscaled([]string{"h"}, []string{"u"})
	f.Shift, f.Scale, f.UShift, f.UScale, f.Time = []float64{5}, []float64{3}, []float64{2}, []float64{0.5}, 7
	return f
}

func sameNumber(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-8*(1+math.Abs(want))) {
		t.Errorf("%s is %.12g, not %.12g", what, got, want)
	}
}

func TestATankIsLinearisedWhereItRests(t *testing.T) {
	m := tank(t, &field.Equations{Text: "h' = 0.5*u - 0.4*sqrt(h)"}, level())
	l, err := m.Linearise(nil) // the mean input is 2
	if err != nil || !l.Rests || l.Exact || l.N != 1 {
		t.Fatal(l, err)
	}
	sameNumber(t, "level", l.X[0], 6.25)
	sameNumber(t, "pole", l.A[0], -0.4/2/2.5)
	sameNumber(t, "way of the input", l.C[0]*l.B[0], 0.5)
	sameNumber(t, "direct term", l.D[0], 0)
	if l, err = m.Linearise([]float64{3}); err != nil {
		t.Fatal(err)
	}
	sameNumber(t, "level with another input", l.X[0], 3.75*3.75)
	sameNumber(t, "pole with another input", l.A[0], -0.2/3.75)
}

// What columns show of the state and the input has its own slopes: 3·h·u has the gain 3·u of the level,
// and 3·h of the input at once.
func TestColumnsThatShowInputsHaveADirectTerm(t *testing.T) {
	f := field.Unscaled([]string{"signal"}, []string{"u"})
	f.Shift, f.Scale = []float64{10}, []float64{4}
	m := tank(t, &field.Equations{Text: "h' = 0.5*u - 0.4*sqrt(h)", Observe: map[string]string{"signal": "3*h*u"}, Start: map[string]float64{"h": 4}}, f)
	m.Records[0].Start[0] = []float64{0, 4}
	l, err := m.Linearise([]float64{2})
	if err != nil || l.N != 1 || !l.Rests {
		t.Fatalf("%+v, %v", l, err)
	}
	sameNumber(t, "signal", l.X[0], 3*6.25*2)
	sameNumber(t, "way of the input", l.C[0]*l.B[0], 0.5*6)
	sameNumber(t, "direct term", l.D[0], 3*6.25)
}

func TestALawThatNeverRestsIsLinearisedInTheMiddle(t *testing.T) {
	m := tank(t, &field.Equations{Text: "h' = 1 + h^2 + u^2"}, level())
	l, err := m.Linearise(nil)
	if err != nil || l.Rests {
		t.Fatal(l, err)
	}
	sameNumber(t, "place", l.X[0], 5)
	sameNumber(t, "pole", l.A[0], 10)
	sameNumber(t, "way of the input", l.C[0]*l.B[0], 4)
}

func TestWhatHasNoResponseSaysWhy(t *testing.T) {
	for text, words := range map[string]string{"h' = u - sin(t)*h": "changes with time", "h' = u - h(t-1)": "look back"} {
		m := tank(t, &field.Equations{Text: text}, level())
		if _, err := m.Linearise(nil); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", text, err)
		}
	}
	m := tank(t, &field.Equations{Text: "h' = u - h"}, level())
	m.Parts.Frame.Step = 1
	if _, err := m.Linearise(nil); err == nil || !strings.Contains(err.Error(), "steps") {
		t.Error(err)
	}
}
