package model

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// infused is an input of one infusion: scaled time is (t − 5)/3.
func infused(p field.Planned) *eventful {
	f := field.Unscaled([]string{"x"}, nil)
	f.T0, f.Time = 5, 3
	p.Column = -1
	return &eventful{frame: &f, events: &field.Events{Planned: []field.Planned{p}, Gates: 1}}
}

// Infusions under way, and how often an entry happens, are what counting one by one gives, at their
// very beginnings and ends too.
func TestInfusionsUnderWayAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := field.Planned{At: []float64{float64(r.IntN(40))/8 - 2}, Every: float64(1+r.IntN(30)) / 10, Times: r.IntN(6) * r.IntN(6), For: float64(1+r.IntN(90)) / 10}
		if r.IntN(4) == 0 {
			p.Every, p.Times, p.At = 0, 0, []float64{0.3, -1, 4.7}
		}
		in := infused(p)
		var begins []float64
		for k := 0; k < 400 && (p.Times == 0 || k < p.Times); k++ {
			begins = append(begins, repeated(&p, float64(k)))
		}
		if p.Every == 0 {
			begins = p.At
		}
		look := []float64{in.scaled(12.34), in.scaled(-7)}
		for k := range min(9, len(begins)) {
			look = append(look, in.scaled(begins[k]), in.scaled(begins[k]+p.For))
		}
		for _, at := range look {
			want := 0.0
			for _, b := range begins {
				if in.scaled(b) <= at && at < in.scaled(b+p.For) {
					want++
				}
			}
			if got := in.under(&p, at); got != want {
				t.Fatalf("%+v at %g: %g under way, want %g", p, at, got, want)
			}
		}
		if p.Every == 0 {
			continue
		}
		p.For = 0
		t0, t1, want := p.At[0]+0.55*p.Every, p.At[0]+7.45*p.Every, 0.0
		for _, b := range begins {
			if b >= t0 && b <= t1 {
				want++
			}
		}
		if got := Happens(&p, t0, t1); got != want && got != want+1 { // one that is under way counts
			t.Errorf("%+v happens %g times, want %g", p, got, want)
		}
	}
}

// Many infusions at once cost no more than one, and more events than a trajectory can go through are
// refused with what they are, whatever asks for them.
func TestEventsBeyondAllBoundsAreRefused(t *testing.T) {
	in := infused(field.Planned{At: []float64{0}, Every: 1e-6, For: 1e6})
	if n := in.under(&in.events.Planned[0], in.scaled(1000)); n != 1e9+1 {
		t.Errorf("%.12g under way", n)
	}
	for _, every := range []float64{1e-9, 1e-300} {
		e := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}, Events: []field.Event{{At: []float64{0}, Every: every, Add: map[string]string{"x": "1"}}}}
		p, err := e.Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		m := &Model{Parts: p, Theta: [][]float64{p.Theta0}}
		if _, err := m.Integrate("", 0, [][]float64{{1}}, []float64{0, 10}, nil); err == nil || !strings.Contains(err.Error(), "1000000 are the most") {
			t.Errorf("every %g: %v", every, err)
		}
	}
}
