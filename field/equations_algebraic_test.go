package field

import (
	"slices"
	"strings"
	"testing"
)

func TestAlgebraicRowsAreStates(t *testing.T) {
	e := &Equations{Text: "rate = k*z\nx' = -rate\n0 = z + w - x\n0 = w - z^2", Parameters: map[string]Unknown{"k": {Start: 1}},
		Algebraic: map[string]float64{"z": 1, "w": 0.5}}
	for _, states := range [][]string{{"x", "w", "z"}, {"z", "x", "w"}} {
		p, err := e.Build(Unscaled(states, nil))
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range p.Frame.States {
			if p.Algebraic[i] != (name != "x") {
				t.Errorf("%v: %s algebraic: %v", states, name, p.Algebraic[i])
			}
		}
		f := NewAlgebraic(p.Field, 1, false, p.Algebraic)
		if !slices.Equal(AlgebraicRows(f.(Copier).Copy(8)), p.Algebraic) {
			t.Error("a copy forgets which rows are algebraic")
		}
		at := &Point{X: Batch{V: make([]float64, 3), Rows: 3, Lanes: 1}, Theta: Batch{V: []float64{1}, Rows: 1, Lanes: 1}, T: []float64{0}}
		values := map[string]float64{"x": 5, "z": 2, "w": 7}
		for i, name := range p.Frame.States {
			at.X.V[i] = values[name]
		}
		dx := Batch{V: make([]float64, 3), Rows: 3, Lanes: 1}
		f.Eval(dx, at)
		sum := 0.0
		for i, name := range p.Frame.States {
			if name == "x" && dx.V[i] != -2 {
				t.Errorf("%v: x' = %g", states, dx.V[i])
			} else if name != "x" {
				sum += dx.V[i]
			}
		}
		if sum != (2+7-5)+(7-4) {
			t.Errorf("%v: rows %v", states, dx.V)
		}
	}
	if p, err := (&Equations{Text: "x' = -x"}).Build(Unscaled(nil, nil)); err != nil || p.Algebraic != nil {
		t.Errorf("without algebraic rows: %v, %v", p.Algebraic, err)
	}
}

func TestRowsThatDetermineNothingAreNamed(t *testing.T) {
	for _, c := range []struct {
		text, want string
		unknown    []string
	}{
		{"x' = -v\nv' = x\n0 = x + v - 1", "line 3, column 1: no algebraic unknown stands in this equation, nor in its first 2 derivatives by time; it may hold at the start", []string{"z"}},
		{"x' = -z\n0 = x - 1\n0 = x - 2*x^2", "this equation and that in line 2 hold only z between them", []string{"z", "w"}},
		{"x' = -z\n0 = x - push", "that of the input push is not known", []string{"z"}},
		{"x' = -z - w - q\n0 = z - x\n0 = z + 2*x\n0 = w + q + x", "this equation and that in line 2 hold only z between them", []string{"z", "w", "q"}},
		{"x' = -z\n0 = z - x\n0 = z + x", "there are 2 equations 0 = … for 1 algebraic unknown (z)", []string{"z"}},
		{"x' = -x\n0 = x - 1", "name its unknown, with a guess", nil},
		{"x' = -z", "nothing determines z", []string{"z"}},
		{"x' = -x\n0 = x - 1", "x has a derivative in line 1", []string{"x"}},
		{"half = z/2\nx' = -half\n0 = half - x", "", []string{"z"}},
	} {
		e := &Equations{Text: c.text, Algebraic: map[string]float64{}}
		for _, name := range c.unknown {
			e.Algebraic[name] = 1
		}
		_, err := e.Build(Unscaled(nil, []string{"push"}))
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

// TestAlgebraicRowsAreWrittenAsTheyWereGiven, with parameters as they are learnt.
func TestAlgebraicRowsAreWrittenAsTheyWereGiven(t *testing.T) {
	e := &Equations{Text: "x' = -z\n0 = k*z - x", Parameters: map[string]Unknown{"k": {Start: 2}}, Algebraic: map[string]float64{"z": 1}}
	p, err := e.Build(Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Explain(p, p.Theta0); !strings.HasPrefix(got, "x' = -z\n0 = 2*z - x\nwith names") || !strings.Contains(got, "\n0 = k*z - x\n") {
		t.Errorf("%s", got)
	}
}
