package train

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// collocatedAlone runs a fit of one member to its end and returns it.
func collocatedAlone(t *testing.T, p *Problem, change func(*Collocation)) (*collocating, *attempt) {
	t.Helper()
	c := defaults(t, "collocation").(*Collocation)
	if change != nil {
		change(c)
	}
	l, err := c.prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	l.start(context.Background())
	l.course.run(context.Background(), func(Event) {})
	return l, l.members[0].tries[0]
}

func TestElementsAreCutUntilTheSimulationAgrees(t *testing.T) {
	for stages, refine := range map[int]float64{2: 0.01, 3: 1e-3, 4: 1e-4} {
		l, a := collocatedAlone(t, predatorAndPrey(t, nil), func(c *Collocation) { c.Elements, c.Stages, c.Refine = 6, stages, refine })
		if apart := a.nlp.apart(a.x()); !(apart <= refine) || !a.state.Verdict.Solved() || !l.over() {
			t.Errorf("refine %g: %s, simulated states are %g apart with %d elements", refine, a.state.Verdict, apart, len(a.nlp.elements))
		}
		if a.rounds == 0 || len(a.nlp.elements) <= 6 {
			t.Errorf("refine %g: six elements of %d stages suffice", refine, stages)
		}
	}
	_, a := collocatedAlone(t, predatorAndPrey(t, nil), func(c *Collocation) { c.Elements, c.Stages, c.Refine = 6, 2, 1e9 })
	if len(a.nlp.elements) != 6 {
		t.Errorf("refine=1e9: %d elements", len(a.nlp.elements))
	}
}

// TestDefectsAreTheErrorOfAStep: halving all elements makes them smaller by the order of
// a polynomial of three stages.
func TestDefectsAreTheErrorOfAStep(t *testing.T) {
	largestDefect := func(elements int) float64 {
		_, a := collocatedAlone(t, predatorAndPrey(t, nil), func(c *Collocation) { c.Elements, c.Refine = elements, 1e9 })
		return largest(a.nlp.defects(a.x()))
	}
	coarse, fine := largestDefect(40), largestDefect(80)
	if order := math.Log2(coarse / fine); math.Abs(order-4) > 0.7 {
		t.Errorf("defects %g and %g: order %.2f, want 4", coarse, fine, order)
	}
}

func TestUnknownsAreCarriedOverToFinerElements(t *testing.T) {
	nlp, p := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, nil)
	r := num.Stream(1, "carried")
	x := make([]float64, nlp.size)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	defects := make([]float64, len(nlp.elements))
	for e := range defects {
		defects[e] = 1
	}
	finer := newTranscription(p, nlp.finer(defects, 1e3, 1000), num.RadauRule(3), 0, pieces{})
	if len(finer.elements) != 2*len(nlp.elements) {
		t.Fatalf("%d elements become %d", len(nlp.elements), len(finer.elements))
	}
	back := finer.onto(nlp, nlp.onto(finer, x))
	for i := range x {
		if math.Abs(back[i]-x[i]) > 1e-9 {
			t.Fatalf("unknown %d was %g and comes back as %g", i, x[i], back[i])
		}
	}
	if nlp.finer(defects, 10, len(defects)) != nil {
		t.Error("more elements than allowed")
	}
}

// forcedOscillator is a Van der Pol oscillator whose force a model does not see.
func forcedOscillator(t *testing.T, rows, hidden int, seed uint64) *Problem {
	t.Helper()
	const span, sub = 15.0, 20
	rate := func(at, x, y float64) float64 { return (1-x*x)*y - x + math.Cos(at) }
	s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	r := num.Stream(seed, "forced")
	x, y, h := 0.0, 1.0, span/float64((rows-1)*sub)
	for i := range rows {
		at := span * float64(i) / float64(rows-1)
		s.T, s.X = append(s.T, at), append(s.X, x+0.1*r.NormFloat64(), y+0.1*r.NormFloat64())
		for k := range sub { // midpoint rule
			now := at + h*float64(k)
			mx, my := x+h/2*y, y+h/2*rate(now, x, y)
			x, y = x+h*my, y+h*rate(now+h/2, mx, my)
		}
	}
	return mustProblem(t, []data.Series{s}, &field.MLP{Hidden: []int{hidden}, Activation: "tanh"}, func(s *Settings) {
		s.Heldout, s.Scale, s.Seed = 0, "none", seed
	})
}

// TestAWrongModelCanStillBeSimulated: what fits the rows is a trajectory of the field,
// not a way across trajectories that elements leave open.
func TestAWrongModelCanStillBeSimulated(t *testing.T) {
	unhurried(t)
	for seed := range draws(1, 2) {
		r := fitted(t, defaults(t, "collocation"), forcedOscillator(t, 150, 16, seed))
		if r.Status != StatusOK || len(r.Warnings) > 0 || !(r.Train.MSE < 0.03) {
			t.Errorf("draw %d: %s, simulated error %g, %q", seed, r.Status, r.Train.MSE, r.Warnings)
		}
	}
}

// TestAPoorStartIsFollowedByMore where nobody says how many there are.
func TestAPoorStartIsFollowedByMore(t *testing.T) {
	unhurried(t)
	p := forcedOscillator(t, 60, 2, 1) // two units cannot do it
	c := &Collocation{Stages: 3, Decay: 1e-4, Tolerance: 1e-8}
	l, err := c.prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	l.start(context.Background())
	most := 0
	l.course.run(context.Background(), func(Event) { most = max(most, len(l.members[0].tries)) })
	if most != 1+moreStarts {
		t.Errorf("at most %d starts side by side", most)
	}
	if len(l.members[0].tries) != 1 {
		t.Error("the best of them does not go on alone")
	}
}

// TestWhereSimulatedStatesLeaveIsTold: a field whose weights were moved follows its states
// up to the time from which it does not.
func TestWhereSimulatedStatesLeaveIsTold(t *testing.T) {
	_, a := collocatedAlone(t, predatorAndPrey(t, nil), nil)
	c := a.nlp
	x := append([]float64{}, a.x()...)
	if d := c.departs(x); d.node >= 0 || d.most > apartFrom {
		t.Fatalf("at the solution: %+v", d)
	}
	middle, kicked := len(c.nodes.value)/c.states/2, 1
	c.eachNode(func(node, at int) {
		if node >= middle {
			x[at+kicked] += 0.5
		}
	})
	d := c.departs(x)
	if d.node != middle || d.state != kicked || math.Abs(d.most-0.5) > 0.01 {
		t.Errorf("%+v, want node %d and state %d, 0.5 away", d, middle, kicked)
	}
	f := &a.p.Parts.Frame
	say, when := c.told(d), fmt.Sprintf("%.4g", f.T0+f.Time*c.time(middle))
	if !strings.Contains(say, f.States[kicked]+" first, at "+when) || !strings.Contains(say, "times the noise") {
		t.Errorf("%q does not say %s at %s", say, f.States[kicked], when)
	}
}
