package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// lorenzModel is a problem of Lorenz' system and a result with the law, changed.
func lorenzModel(t *testing.T, change func(p *Problem, theta []float64)) (*Problem, *Result) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 1500, 0.02)}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	theta := lorenzLaw(p)
	change(p, theta)
	return p, &Result{Model: p.model("test", append(theta, p.startGuess()[0]...), 1, []int{0})}
}

func TestALongRunOfTheTruthStaysAmongTheData(t *testing.T) {
	p, r := lorenzModel(t, func(*Problem, []float64) {})
	before := r.Model.Parts
	p.lookFar(r)
	l := r.LongRun
	if l == nil || !math.IsNaN(l.Left) || l.Confined || l.Rests || r.Model.Parts != before || len(r.Warnings) > 0 {
		t.Fatalf("%+v, %q", l, r.Warnings)
	}
	if l.Exponent < 0.7 || l.Exponent > 1.3 || !strings.Contains(l.Text, "stays") {
		t.Errorf("exponent %g: %s", l.Exponent, l.Text)
	}
}

// A law that is wrong a little in what holds it together leaves; it is confined, and
// has the same field inside.
func TestAModelThatLeavesTheDataIsConfined(t *testing.T) {
	p, r := lorenzModel(t, func(p *Problem, theta []float64) {
		two := p.Parts.Layers[1]
		theta[two.W+2*two.Cols+5] = 0.06 // z' gains 0.06 z²
	})
	inside := p.dataBox()
	x := []float64{1, 2, 20}
	want := taken(t, p, r.Model.Theta[0], append([]float64{}, x...), []float64{0, 0.3})
	p.lookFar(r)
	l := r.LongRun
	if l == nil || !l.Confined || !(l.Left > 0) || r.Model.Box == nil || len(r.Warnings) == 0 {
		t.Fatalf("%+v", l)
	}
	q := *p
	q.Parts = r.Model.Parts
	for i, v := range taken(t, &q, r.Model.Theta[0], append([]float64{}, x...), []float64{0, 0.3}) {
		if math.Abs(v-want[i]) > 1e-9 {
			t.Errorf("inside the box state %d is %g instead of %g", i, v, want[i])
		}
	}
	again := &LongRun{Span: l.Span}
	q.follow(again, r.Model, inside, 0)
	if !math.IsNaN(again.Left) {
		t.Errorf("the confined model leaves after %g", again.Left)
	}
}

func TestRegularDataAreNotFollowedFar(t *testing.T) {
	p := mustProblem(t, []data.Series{rotation(300)}, &field.TermLibrary{Degree: 1, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	theta := make([]float64, len(p.Parts.Theta0))
	copy(theta[p.Parts.Layers[0].W:], []float64{-0.01, -1, 1, -0.01})
	r := &Result{Model: p.model("test", append(theta, p.startGuess()[0]...), 1, []int{0})}
	if p.lookFar(r); r.LongRun != nil {
		t.Errorf("%+v", r.LongRun)
	}
}
