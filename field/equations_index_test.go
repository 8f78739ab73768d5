package field

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// valuesAt are the components of a right-hand side at a place.
func valuesAt(t *testing.T, p *Parts, f *program.Program, at map[string]float64, rows int) []float64 {
	t.Helper()
	point := &Point{T: []float64{at["t"]}, X: program.NewBatch(len(p.Frame.States), 1), Theta: Batch{V: p.Theta0, Rows: len(p.Theta0), Lanes: 1}}
	for i, name := range p.Frame.States {
		point.X.V[i] = at[name]
	}
	out := program.NewBatch(rows, 1)
	New(f, 1, false).Eval(out, point)
	return out.V
}

// TestConstraintsOfStatesAreDifferentiated: a state with a coefficient that is a number follows,
// and the derivative of the row takes the place of its own; definitions are looked through.
func TestConstraintsOfStatesAreDifferentiated(t *testing.T) {
	e := &Equations{Text: "sum = 2*(x - y)\nx' = z - k*x\ny' = -y^2\n0 = w - z^2\n0 = sum + sin(t)", Parameters: map[string]Unknown{"k": {Start: 3}},
		Algebraic: map[string]float64{"z": 1, "w": 1}}
	p, err := e.Build(Unscaled([]string{"x", "y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Reduction{{Line: 5, Times: 1, Follows: "y"}}; !slices.Equal(p.Reduced, want) || p.Kept != nil {
		t.Fatalf("reduced %+v", p.Reduced)
	}
	for i, name := range p.Frame.States {
		if p.Algebraic[i] != (name != "x") {
			t.Errorf("%s algebraic: %v", name, p.Algebraic[i])
		}
	}
	at := map[string]float64{"x": 2, "y": 0.5, "z": 1.5, "w": 7, "t": 0.3}
	dx := valuesAt(t, p, p.Field, at, 4)
	if want := 2*((1.5-3*2)+0.25) + math.Cos(0.3); math.Abs(dx[1]-want) > 1e-14 {
		t.Errorf("the derivative of line 5 is %g, want %g", dx[1], want)
	}
	if want := 3 + math.Sin(0.3); math.Abs(dx[2]+dx[3]-want-(7-1.5*1.5)) > 1e-14 {
		t.Errorf("rows %g, want line 5 to be %g", dx, want)
	}
	if !strings.Contains(p.Text, "y: follows from line 5") {
		t.Error(p.Text)
	}
}

// TestPendulumsHaveIndexTwoAndThree: what takes the place of the row is its derivative, with what
// fades, and starts have to satisfy what is left.
func TestPendulumsHaveIndexTwoAndThree(t *testing.T) {
	at := map[string]float64{"x": 0.6, "y": -0.9, "u": 0.3, "v": 0.7, "l": 2}
	x, y, u, v, l := 0.6, -0.9, 0.3, 0.7, 2.0
	g0, g1, g2 := x*x+y*y-1, 2*(x*u+y*v), 2*(u*u+v*v-l*(x*x+y*y)-9.81*y)
	for _, c := range []struct {
		row  string
		want float64
		kept []float64
	}{
		{"x^2 + y^2 - 1", g2 + 2*g1 + g0, []float64{g0, g1}},
		{"2*(x*u + y*v)", g2 + g1, []float64{g1}},
	} {
		e := &Equations{Text: "x' = u\ny' = v\nu' = -l*x\nv' = -l*y - 9.81\n0 = " + c.row, Algebraic: map[string]float64{"l": 1}}
		p, err := e.Build(Unscaled(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		if dx := valuesAt(t, p, p.Field, at, 5); math.Abs(dx[4]-c.want) > 1e-13 || dx[0] != u || dx[2] != -l*x {
			t.Errorf("%s: %g, want %g in the end", c.row, dx, c.want)
		}
		kept := valuesAt(t, p, p.Kept, at, len(c.kept))
		for i, want := range c.kept {
			if math.Abs(kept[i]-want) > 1e-14 {
				t.Errorf("%s: starts have to make %g zero, want %g", c.row, kept, c.kept)
			}
		}
		if r := p.Reduced[0]; r.Times != len(c.kept) || r.Follows != "" || r.Line != 5 {
			t.Errorf("%s: %+v", c.row, r)
		}
	}
}

// TestFourTanksHaveIndexTwoBesideIndexOne: levels of two tanks that are one, and flows.
func TestFourTanksHaveIndexTwoBesideIndexOne(t *testing.T) {
	e := &Equations{Text: "x1' = (u2 - u4)/0.1\nx2' = u3/0.5\nx3' = (u4 - u5)/2\nx4' = (u5 - u1)/10\n0 = u1 - u2 - u3\n0 = x1 - x2\n0 = u1 - nn(x1, x4)\n" +
		"0 = u4 - 0.1*sqrt(x1)\n0 = u5 - 0.1*sqrt(x3)", Algebraic: map[string]float64{"u1": 0, "u2": 0, "u3": 0, "u4": 0, "u5": 0}}
	p, err := e.Build(Unscaled([]string{"x1", "x2", "x3", "x4"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Reduction{{Line: 6, Times: 1, Follows: "x2"}}; !slices.Equal(p.Reduced, want) {
		t.Errorf("%+v", p.Reduced)
	}
	if want := []bool{false, true, false, false, true, true, true, true, true}; !slices.Equal(p.Algebraic, want) {
		t.Errorf("algebraic: %v", p.Algebraic)
	}
}
