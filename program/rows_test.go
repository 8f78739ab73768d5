package program_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

// tape puts the rows of p on a tape with a base for every input, then the
// room, then one for every output.
func tape(p *program.Program, r *program.Rows, lanes int, fixed bool) *kernel.Tape {
	n := len(p.Inputs)
	t := kernel.NewTape(lanes, n+1+len(p.Outputs))
	row := func(o program.RowOf) kernel.TapeRow {
		switch o.Where {
		case program.RowInput:
			return t.Row(o.K, o.Row)
		case program.RowNumber:
			return t.Number(o.K, o.Row)
		case program.RowOutput:
			return t.Row(n+1+o.K, o.Row)
		}
		return t.Row(n, o.Row)
	}
	for _, op := range r.Ops {
		if op.Fixed != fixed {
			continue
		}
		if op.Code == program.RowAct {
			t.Act(row(op.B), row(op.A), op.N, op.Kind, op.Order)
		} else {
			t.Do(op.Code, op.S, row(op.A), row(op.B))
		}
	}
	t.Finish()
	return t
}

// TestRowsGiveTheBitsOfAnExec (zeros of either sign), whether what is fixed is computed once or every
// time, with parameters that are shared and others that are not.
func TestRowsGiveTheBitsOfAnExec(t *testing.T) {
	for _, texts := range [][]string{
		{"a*(y-x)", "x*(b-z)-y", "x*y-c*z"},
		{"sin(x)*exp(-a)+t", "-b*x+cos(2*y)/(1+z^2)", "a"},
		{"x", "sqrt(abs(y))+tanh(x+y)", "c*3-(x-y)*(x-y)"},
		{"b*y*z-a*x", "a*x-b*y*z-c*y*y", "c*y*y"}, // a value that is used and returned
		{"y*z", "x-y*z", "exp(x)*y*z+2*a"},
	} {
		for _, ensemble := range []bool{false, true} {
			p := equations(t, texts)
			if ensemble {
				p = program.Ensemble(p, "theta")
			}
			for _, lanes := range []int{8, 72} {
				compareRows(t, fmt.Sprint(texts, lanes, ensemble), p, lanes)
			}
		}
	}
}

func compareRows(t *testing.T, what string, p *program.Program, lanes int) {
	t.Helper()
	r, ok := p.Rows(false, "t", "x")
	if !ok {
		t.Fatalf("%s: no rows", what)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	in := make([][]float64, len(p.Inputs))
	for k, i := range p.Inputs {
		size := p.Nodes[i].Size()
		if p.Nodes[i].Batched {
			size *= lanes
		}
		in[k] = make([]float64, size)
	}
	fixed, rest := tape(p, r, lanes, true), tape(p, r, lanes, false)
	got, want := make([]float64, 3*lanes), make([]float64, 3*lanes)
	room := make([]float64, r.Temps*lanes)
	for _, tp := range []*kernel.Tape{fixed, rest} {
		for k, v := range in {
			tp.Bind(k, v)
		}
		tp.Bind(len(in), room)
		tp.Bind(len(in)+1, got)
	}
	exec := program.NewExec(p, lanes)
	for trial := range 3 {
		for k, v := range in {
			if name := p.Nodes[p.Inputs[k]].Name; trial == 0 || name != "theta" {
				for j := range v {
					v[j] = rng.NormFloat64()
				}
			}
		}
		if trial == 0 {
			fixed.Run()
		}
		rest.Run()
		exec.Run([][]float64{want}, in)
		for i := range want {
			if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
				t.Fatalf("%s, trial %d: value %d is %v, an Exec says %v", what, trial, i, got[i], want[i])
			}
		}
	}
}

// TestRowsOfOneLane are those of an Exec but for rounding.
func TestRowsOfOneLane(t *testing.T) {
	p := equations(t, []string{"a*(y-x)+t", "x*(b-z)-exp(y)", "x*y-c*z/(2+sin(x))"})
	r, ok := p.Rows(true, "t", "x")
	if !ok {
		t.Fatal("no rows")
	}
	in := [][]float64{}
	for _, i := range p.Inputs {
		v := make([]float64, p.Nodes[i].Size())
		for j := range v {
			v[j] = 0.3 + 0.7*float64(j+i)
		}
		in = append(in, v)
	}
	got, want, room := make([]float64, 3), make([]float64, 3), make([]float64, r.Temps)
	for _, fixed := range []bool{true, false} {
		tp := tape(p, r, 1, fixed)
		for k, v := range append(append([][]float64{}, in...), room, got) {
			tp.Bind(k, v)
		}
		tp.Run()
	}
	program.NewExec(p, 1).Run([][]float64{want}, in)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-14*math.Abs(want[i]) {
			t.Errorf("value %d is %v, an Exec says %v", i, got[i], want[i])
		}
	}
}

func TestNetworksHaveNoRows(t *testing.T) {
	b := program.New()
	x, w := b.Batched("x", 2, 1), b.Shared("w", 2, 2)
	b.Output("dx", b.MatVec(w, x))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Rows(false, "x"); ok {
		t.Error("a product with a matrix has rows")
	}
}

// equations is the program of dx = texts in x, y, z, t with parameters a, b, c.
func equations(t *testing.T, texts []string) *program.Program {
	t.Helper()
	b := program.New()
	time, x, theta := b.Batched("t", 1, 1), b.Batched("x", 3, 1), b.Shared("theta", 3, 1)
	env := program.Env{Values: map[string]program.Value{"t": time}}
	for i, name := range []string{"x", "y", "z"} {
		env.Values[name] = b.Slice(x, i, 1, 1)
		env.Values[string(rune('a'+i))] = b.Slice(theta, i, 1, 1)
	}
	var dx []program.Value
	for _, text := range texts {
		e, err := program.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Lower(b, env)
		if err != nil {
			t.Fatal(err)
		}
		if !b.IsBatched(v) {
			v = b.Spread(v)
		}
		dx = append(dx, v)
	}
	b.Output("dx", b.Concat(dx...))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
