package data

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pushed is a column y that an input u moves, slowly and with its own past.
func pushed(names ...string) Series {
	rng := rand.New(rand.NewPCG(1, 2))
	s := Series{Names: names}
	y, u := 0.0, 0.0
	for k := range 300 {
		s.T = append(s.T, float64(k))
		s.X = append(s.X, y+0.01*rng.NormFloat64(), u)
		y += 0.1 * (u - y)
		u = 0.8*u + rng.NormFloat64()
	}
	return s
}

func TestInputsAreToldFromStates(t *testing.T) {
	for _, other := range []string{"y", "v", "x"} { // what the moved column is called does not matter
		r := Roles([]Series{pushed(other, "u")})
		if r[0].Role != RoleState || r[1].Role != RoleInput || !r[1].Sure {
			t.Errorf("%+v", r)
		}
	}
	// The same numbers under a name that says nothing: told, but not taken for granted.
	if r := Roles([]Series{pushed("a", "b")}); r[1].Role != RoleInput || r[1].Sure {
		t.Errorf("%+v", r)
	}
	// A pair that moves each other has no input, whatever it is called.
	s := Series{Names: []string{"u", "v"}}
	for k := range 200 {
		a := 0.2 * float64(k)
		s.T, s.X = append(s.T, float64(k)), append(s.X, math.Cos(a)+0.02*math.Sin(7*a*a), math.Sin(a))
	}
	for _, r := range Roles([]Series{s}) {
		if r.Role != RoleState {
			t.Errorf("%+v", r)
		}
	}
	s.Names = []string{"x", "flag"}
	for k := range 200 {
		s.X[2*k+1] = []float64{0, 3, 1, 7}[k/50]
	}
	if r := Roles([]Series{s}); r[1].Role != RoleInput || r[1].Sure || r[1].Reason != "it moves in steps" {
		t.Errorf("%+v", r)
	}
}
