package train

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// dosed are two subjects that take a dose at times of their own, of which the blood is measured;
// ka 1.1, ke 0.25, V 20. A row with a dose has no value.
func dosed(noise float64) ([]data.Series, *field.Equations) {
	var all []data.Series
	r, nan := num.Stream(5, "dosed"), math.NaN()
	for i, doses := range [][2]float64{{0, 9}, {0, 12.5}} {
		s := data.Series{ID: []string{"a", "b"}[i], Names: []string{"blood"}, Units: []string{""}, Inputs: []string{"amt"}, Time: "t"}
		for k := range 45 {
			at, sum := float64(k)*0.5, 0.0
			for _, d := range doses {
				if s := at - d; s > 0 {
					sum += 300 / 20. * 1.1 / (1.1 - 0.25) * (math.Exp(-0.25*s) - math.Exp(-1.1*s))
				}
			}
			amt := nan
			if at == doses[0] || at == doses[1] {
				amt, sum = 300, nan
			}
			s.T, s.U, s.X = append(s.T, at), append(s.U, amt), append(s.X, sum+noise*r.NormFloat64())
		}
		all = append(all, s)
	}
	return all, &field.Equations{Text: "gut' = -ka*gut\nblood' = ka*gut/V - ke*blood", Doses: map[string]string{"amt": "gut"},
		Parameters: map[string]field.Unknown{"ka": {Start: 0.6, Min: new(float64)}, "ke": {Start: 0.6, Min: new(float64)}, "V": {Start: 50, Min: new(float64)}}}
}

func fasting(set *Settings) {
	set.Initial, set.Start, set.Members, set.Heldout = "known", []float64{0, 0}, 1, 0
}

// Fits through doses of columns find the numbers that made the rows.
func TestNumbersAreFoundThroughDoses(t *testing.T) {
	s, e := dosed(0.05)
	for i := range s {
		s[i] = s[i].Slice(0, 30)
	}
	for _, m := range []Method{Auto{}, &LM{}} {
		p := mustProblem(t, s, e, fasting)
		p.ArchName = "equations"
		r, err := m.Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Parameters) != 3 {
			t.Fatalf("%T: %+v", m, r)
		}
		for _, q := range r.Parameters {
			want := map[string]float64{"ka": 1.1, "ke": 0.25, "V": 20}[q.Name]
			if !(math.Abs(q.Value-want) < 4*q.SD) || !(q.SD < want/20) {
				t.Errorf("%T: %s = %g ± %g, want %g", m, q.Name, q.Value, q.SD, want)
			}
		}
	}
}

// Methods that follow gradients have the same derivative by every adjoint but the one that
// cannot go back, which refuses.
func TestAdjointsAgreeThroughDoses(t *testing.T) {
	s, e := dosed(0)
	e.Events = []field.Event{{At: []float64{3}, Every: 5, Times: 3, Add: map[string]string{"blood": "0.1*V"}}, {At: []float64{4.25}, For: 2, Rate: map[string]string{"gut": "ka*100"}}}
	p := mustProblem(t, s, e, fasting)
	var first []float64
	for _, name := range []string{"discrete", "symplectic", "forward"} {
		d := Descent{Adjoint: name}
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(2, false), 2, false))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.equip(o.tracking); err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(2)
		if err != nil {
			t.Fatal(err)
		}
		grad := make([]float64, len(z))
		if loss := o.Eval(grad, z, 0); loss.Fail != "" {
			t.Fatal(loss.Fail)
		}
		if first == nil {
			first = grad
		}
		for i, v := range grad {
			if differs(v, first[i], 1e-9) || v == 0 {
				t.Errorf("%s: derivative %d is %g, want %g", name, i, v, first[i])
			}
		}
	}
	o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
	if err != nil {
		t.Fatal(err)
	}
	if err := (Descent{Adjoint: "backsolve"}).equip(o.tracking); err == nil || !strings.Contains(err.Error(), "backsolve") {
		t.Errorf("backsolve: %v", err)
	}
}

// Bolus and infusion, repeated, are those of the closed form, in forecasts as well, which know of no doses
// behind the rows of a column but of those with times.
func TestBolusAndInfusionAreThoseOfTheClosedForm(t *testing.T) {
	s, e := dosed(0)
	e.Parameters = map[string]field.Unknown{"ka": {Start: 1.1}, "ke": {Start: 0.25}, "V": {Start: 20}}
	e.Events = []field.Event{{At: []float64{0.3}, Every: 0.1, Times: 4, For: 2, Rate: map[string]string{"blood": "6"}}, {At: []float64{25}, Set: map[string]string{"blood": "blood + 1"}}}
	for i := range s {
		for k := range s[i].X { // the infusions are new
			s[i].X[k] = 1
		}
	}
	p := mustProblem(t, s, e, fasting, func(set *Settings) { set.Solver.RTol, set.Solver.ATol = 1e-11, 1e-11 })
	m := untrained(t, p, 1)
	m.ArchName = "equations"
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Records {
		m.Records[i].Present = nil
	}
	times := []float64{0, 0.3, 0.45, 1, 2.3, 2.45, 3, 9, 9.25, 12.5, 13, 22, 25, 26}
	for rec, second := range []float64{9, 12.5} {
		f, err := m.Forecast(rec, times, &p.Train[rec])
		if err != nil {
			t.Fatal(err)
		}
		if f.Len() != len(times) {
			t.Fatal(f.Failed)
		}
		for k, at := range times {
			want := 0.0
			for _, d := range []float64{0, second} {
				if s := at - d; s > 0 {
					want += 300 / 20. * 1.1 / (1.1 - 0.25) * (math.Exp(-0.25*s) - math.Exp(-1.1*s))
				}
			}
			for j := range 4 {
				if s := at - 0.3 - 0.1*float64(j); s > 0 {
					want += 6 / 0.25 * (math.Exp(-0.25*max(0, s-2)) - math.Exp(-0.25*s))
				}
			}
			if at > 25 {
				want += math.Exp(-0.25 * (at - 25))
			}
			if differs(f.X[k], want, 1e-8) {
				t.Errorf("recording %d at %g: %.12g, want %.12g", rec, at, f.X[k], want)
			}
		}
	}
}

// The present is told by rows before and behind a dose, as the trajectory goes through both.
func TestPresentsAreFoundThroughDoses(t *testing.T) {
	s, e := dosed(0)
	e.Parameters = map[string]field.Unknown{"ka": {Start: 1.1}, "ke": {Start: 0.25}, "V": {Start: 20}}
	m := untrained(t, mustProblem(t, s, e, fasting), 1)
	m.Noise = []float64{1e-3}
	history := s[0].Slice(8, 24) // the second dose is in it
	history.ID = "other"
	f, err := m.ForecastAfter(&history, []float64{s[0].T[26], s[0].T[40]}, &s[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []int{26, 40} {
		if differs(f.X[i], s[0].X[k], 2e-3) {
			t.Errorf("at %g: %g, want %g", s[0].T[k], f.X[i], s[0].X[k])
		}
	}
}

func TestMethodsThatDoNotFollowEventsRefuseThem(t *testing.T) {
	s, e := dosed(0)
	honest := map[string]bool{"auto": true, "lm": true, "vanilla": true, "progressive": true}
	for _, name := range Methods.Names() {
		m, err := Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		p := mustProblem(t, s, e, fasting, func(set *Settings) { set.Budget = 2 })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = m.Fit(ctx, p, nil, nil)
		if refused := err != nil && strings.Contains(err.Error(), "events: method="); refused == honest[name] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEventsOutsideTheRowsAreTold(t *testing.T) {
	s, e := dosed(0)
	e.Events = []field.Event{{At: []float64{-1, 5, 22, 40}, Add: map[string]string{"gut": "1"}}, {At: []float64{-10}, Every: 12, Add: map[string]string{"gut": "1"}}}
	told := mustProblem(t, s, e, fasting).EventNotes()
	if len(told) != 3 || !strings.Contains(told[0], "time -1 lies before the first row at 0") || !strings.Contains(told[1], "time 22 does not lie before the last row") || !strings.Contains(told[2], "time 40") {
		t.Errorf("%q", told)
	}
}

// So many events that they are what a trajectory costs are told and reckoned with, and more than it can
// go through refused before any time is spent.
func TestVeryManyEventsAreTold(t *testing.T) {
	cost := func(every float64) (Cost, []string) {
		s, e := dosed(0)
		e.Events = []field.Event{{At: []float64{0}, Every: every, Add: map[string]string{"gut": "1e-6"}}}
		p := mustProblem(t, s, e, fasting)
		return p.Cost(&LM{}), p.EventNotes()
	}
	few, quiet := cost(1)
	many, told := cost(1e-4)
	if len(quiet) != 0 || len(told) != 1 || !strings.Contains(told[0], "events happen 4") {
		t.Errorf("%q and %q", quiet, told)
	}
	if !(many.Seconds > 100*few.Seconds) {
		t.Errorf("%g s with many events, %g s with few", many.Seconds, few.Seconds)
	}
	s, e := dosed(0)
	e.Events = []field.Event{{At: []float64{0}, Every: 1e-9, For: 5, Rate: map[string]string{"gut": "1"}}}
	set := DefaultSettings()
	fasting(&set)
	if _, err := NewProblem(s, "equations", e, set); err == nil || !strings.Contains(err.Error(), "events, entry 1: it happens") {
		t.Errorf("too many: %v", err)
	}
}

// bouncing is a ball of which the height is measured: g 9.81, r 0.8.
func bouncing(noise float64) (data.Series, *field.Equations) {
	s := data.Series{Names: []string{"h"}, Units: []string{""}, Time: "t"}
	r := num.Stream(8, "bouncing")
	for k := range 60 {
		at := 0.04*float64(k) + 0.003
		t, h, v := at, 1.2, 0.5
		for {
			speed := math.Sqrt(v*v + 2*9.81*h)
			land := (v + speed) / 9.81
			if t <= land {
				break
			}
			t, h, v = t-land, 0, 0.8*speed
		}
		s.T, s.X = append(s.T, at), append(s.X, h+v*t-9.81*t*t/2+noise*r.NormFloat64())
	}
	s.T[0], s.X[0] = 0, 1.2
	return s, &field.Equations{Text: "h' = v\nv' = -g", Start: map[string]float64{"v": 0.5}, Events: []field.Event{{When: "h < 0", Set: map[string]string{"v": "-r*v"}}},
		Parameters: map[string]field.Unknown{"g": {Start: 9, Min: new(float64)}, "r": {Start: 0.75, Min: new(float64)}}}
}

// Gradients and fits go through crossings, and so does the present of a forecast.
func TestNumbersAreFoundThroughCrossings(t *testing.T) {
	s, e := bouncing(0.005)
	known := func(set *Settings) {
		set.Initial, set.Start, set.Members, set.Heldout = "known", []float64{1.2, 0.5}, 1, 0
	}
	p := mustProblem(t, []data.Series{s}, e, known, func(set *Settings) { set.Solver.RTol, set.Solver.ATol = 1e-10, 1e-10 })
	o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	checkGradient(t, o, z, 1)
	p = mustProblem(t, []data.Series{s}, e, known)
	r, err := (&LM{}).Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Parameters) != 2 {
		t.Fatalf("%+v", r)
	}
	for _, q := range r.Parameters {
		if want := map[string]float64{"g": 9.81, "r": 0.8}[q.Name]; !(math.Abs(q.Value-want) < 4*q.SD) || !(q.SD < want/20) {
			t.Errorf("%s = %g ± %g, want %g", q.Name, q.Value, q.SD, want)
		}
	}
}

func TestPresentsAreFoundThroughCrossings(t *testing.T) {
	s, e := bouncing(0)
	e.Parameters = map[string]field.Unknown{"g": {Start: 9.81}, "r": {Start: 0.8}}
	m := untrained(t, mustProblem(t, []data.Series{s}, e), 1)
	m.Noise = []float64{1e-3}
	history := s.Slice(12, 32)
	history.ID = "other"
	f, err := m.ForecastAfter(&history, []float64{s.T[36], s.T[48]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []int{36, 48} {
		if differs(f.X[i], s.X[k], 3e-3) {
			t.Errorf("at %g: %g, want %g", s.T[k], f.X[i], s.X[k])
		}
	}
}
