package bench

import (
	"math"
	"testing"
)

// TestProgramsAreWhatTheySay: the objective where a program begins and ends, from its rows,
// rule and unknowns alone, as peers compute it.
func TestProgramsAreWhatTheySay(t *testing.T) {
	p, err := NewProgram("C2/4", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	size := 5*4 + 2
	if want := size + 2 + 2*p.Stages*(len(p.Ends)-1); len(p.Start) != want || len(p.Data) != 2*len(p.Times) {
		t.Fatalf("%d unknowns, want %d; %d values", len(p.Start), want, len(p.Data))
	}
	element, weights := p.Observed()
	objective := func(x []float64) (f float64) {
		for k, e := range element {
			for i := range 2 {
				off := -p.Data[2*k+i]
				for j, w := range weights[k] {
					off += w * x[size+2*(e*p.Stages+j)+i]
				}
				f += off * off / float64(len(p.Data))
			}
		}
		for _, v := range x[:size] {
			f += p.Decay * v * v
		}
		return f
	}
	if got := objective(p.Start); math.Abs(got/p.Begin-1) > 1e-12 {
		t.Errorf("it begins at %g, said to be %g", got, p.Begin)
	}
	if !p.Solved {
		t.Fatal("no minimum was found")
	}
	if got := objective(p.Solution); math.Abs(got/p.Objective-1) > 1e-12 {
		t.Errorf("it ends at %g, said to be %g", got, p.Objective)
	}
	field := func(x, theta []float64) (dx [2]float64) {
		for i := range dx {
			dx[i] = theta[20+i]
			for u := range 4 {
				dx[i] += theta[12+4*i+u] * math.Tanh(theta[2*u]*x[0]+theta[2*u+1]*x[1]+theta[8+u])
			}
		}
		return dx
	}
	rule, x := p.Rule(), p.Solution
	for e := range len(p.Ends) - 1 {
		from := x[size+2*e*p.Stages:]
		for i := range p.Stages {
			for c := range 2 {
				off := from[2*(1+i)+c] - from[c]
				for k := range p.Stages {
					off -= (p.Ends[e+1] - p.Ends[e]) * rule[i*p.Stages+k] * field(from[2*(1+k):2*(2+k)], x)[c]
				}
				if math.Abs(off) > 1e-9 {
					t.Fatalf("an equation of element %d is off by %g", e, off)
				}
			}
		}
	}
}
