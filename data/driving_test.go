package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
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

// TestReasonsOfRolesAreTrue: what is said of a column is what its rows say: one that its own
// past determines, one that nothing helps to foretell, and one that another moves, by the
// share that this other has in its steps.
func TestReasonsOfRolesAreTrue(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 4000
	wave, noise, moved := make([]float64, n), make([]float64, n), make([]float64, n)
	for k := range n {
		wave[k], noise[k] = math.Sin(0.3*float64(k)), rng.NormFloat64()
		if k > 0 { // of a variance of 1.25, which its own past does not know, the other has 1
			moved[k] = 0.5*moved[k-1] + noise[k-1] + 0.5*rng.NormFloat64()
		}
	}
	s := Series{Names: []string{"wave", "noise", "moved"}}
	for k := range n {
		s.T, s.X = append(s.T, float64(k)), append(s.X, wave[k], noise[k], moved[k])
	}
	r := Roles([]Series{s})
	if want := "its own last rows foretell the next one to a thousandth"; !strings.Contains(r[0].Reason, want) {
		t.Errorf("%+v, want %q", r[0], want)
	}
	share := 0.0
	if _, err := fmt.Sscanf(r[2].Reason, "the last rows of the other columns take %f %%", &share); err != nil || math.Abs(share-80) > 3 {
		t.Errorf("%+v, want 80 %%", r[2])
	}
	if r[1].Role != RoleInput || !strings.Contains(r[1].Reason, "take "+strconv.Itoa(int(share))) {
		t.Errorf("%+v", r[1])
	}
	s.Names, s.X = []string{"noise", "other"}, nil
	for k := range n {
		s.X = append(s.X, noise[k], rng.NormFloat64())
	}
	for _, one := range Roles([]Series{s}) {
		if one.Role != RoleState || !strings.Contains(one.Reason, "as well as with the other columns") {
			t.Errorf("%+v", one)
		}
	}
}
