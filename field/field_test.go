package field

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func build(t *testing.T, a Architecture, f Frame) *Parts {
	t.Helper()
	p, err := a.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTorchSchemeReproducesPublishedWeights checks the sums of the parameter
// vectors that PyTorch draws for seeds 10, 20 and 30.
func TestTorchSchemeReproducesPublishedWeights(t *testing.T) {
	lv := Unscaled([]string{"x", "y"}, nil)
	lorenz := Unscaled([]string{"x", "y", "z"}, nil)
	pend := Unscaled([]string{"a", "b", "va", "vb"}, nil)
	for _, c := range []struct {
		arch                     Architecture
		frame                    Frame
		seed                     uint64
		size                     int
		first, last, sum, square float64
	}{
		{&MLP{Hidden: []int{32}, Activation: "gelu"}, lv, 10, 162, -0.0592772, -0.1413653, -1.107080, 17.102075},
		{&MLP{Hidden: []int{32}, Activation: "gelu"}, lv, 20, 162, 0.0869509, -0.1084307, -3.133374, 17.132637},
		{&MLP{Hidden: []int{32}, Activation: "gelu"}, lv, 30, 162, 0.5667372, -0.0657635, 5.908116, 14.886741},
		{&MLP{Hidden: []int{50, 50}, Activation: "gelu"}, lorenz, 10, 2903, -0.0483997, -0.1015024, 1.249973, 41.081511},
		{&SecondOrder{MLP{Hidden: []int{50, 50}, Activation: "gelu"}}, pend, 30, 2902, 0.4007438, -0.0205114, 6.229988, 37.998240},
	} {
		theta, err := Draw(build(t, c.arch, c.frame), "torch", c.seed, 0)
		if err != nil {
			t.Fatal(err)
		}
		sum, square := 0.0, 0.0
		for _, v := range theta {
			sum, square = sum+v, square+v*v
		}
		got := []float64{theta[0], theta[len(theta)-1], sum, square}
		for i, want := range []float64{c.first, c.last, c.sum, c.square} {
			if math.Abs(got[i]-want) > 2e-6 {
				t.Errorf("seed %d, %d parameters: got %.7g, want %.7g", c.seed, c.size, got[i], want)
			}
		}
		if len(theta) != c.size {
			t.Errorf("%d parameters, want %d", len(theta), c.size)
		}
	}
}

func TestFieldVJPIsTransposeOfJVP(t *testing.T) {
	frame := Frame{States: []string{"a", "b", "va", "vb"}, Shift: []float64{1, 2, 3, 4}, Scale: []float64{1, 2, 3, 4},
		Inputs: []string{"u"}, UShift: []float64{0}, UScale: []float64{1}, Time: 5}
	r := rand.New(rand.NewPCG(1, 2))
	for _, arch := range []Architecture{
		&MLP{Hidden: []int{8}, Activation: "tanh", Time: true, Augment: 1},
		&SecondOrder{MLP{Hidden: []int{8}, Activation: "gelu"}},
		&Lagrangian{Hidden: []int{4}, Activation: "gelu", Harmonics: 1},
	} {
		p := build(t, arch, frame)
		for _, lanes := range []int{1, 8} {
			for _, ensemble := range []bool{false, true} {
				checkTranspose(t, New(p.Field, lanes, ensemble), ensemble, r)
				checkTranspose(t, New(Coupled(p.Field), lanes, ensemble), ensemble, r)
				checkTranspose(t, New(SelfCoupled(p.Field, 1), lanes, ensemble), ensemble, r)
				checkTranspose(t, New(Tangent(p.Field, 2), lanes, ensemble), ensemble, r)
			}
		}
	}
}

func randomPoint(s Shape, thetaLanes int, r *rand.Rand) *Point {
	fill := func(rows, lanes int) Batch {
		b := Batch{V: make([]float64, rows*lanes), Rows: rows, Lanes: lanes}
		for i := range b.V {
			b.V[i] = 0.5 * r.NormFloat64()
		}
		return b
	}
	return &Point{T: fill(1, s.Lanes).V, X: fill(s.State, s.Lanes), U: fill(s.Input, s.Lanes), Theta: fill(s.Theta, thetaLanes)}
}

func checkTranspose(t *testing.T, f Field, ensemble bool, r *rand.Rand) {
	t.Helper()
	s := f.Shape()
	lanes := 1
	if ensemble {
		lanes = s.Lanes
	}
	at, v, g := randomPoint(s, lanes, r), randomPoint(s, lanes, r), randomPoint(s, lanes, r)
	v.T = nil // a VJP gives no cotangent of time
	clear(g.X.V)
	clear(g.U.V)
	clear(g.Theta.V)
	c, dd := randomPoint(s, 1, r).X, randomPoint(s, 1, r).X
	f.JVP(dd, at, v)
	f.VJP(g, at, c)
	left, right := 0.0, 0.0
	for i := range c.V {
		left += c.V[i] * dd.V[i]
		right += g.X.V[i] * v.X.V[i]
	}
	for i := range v.U.V {
		right += g.U.V[i] * v.U.V[i]
	}
	for i := range v.Theta.V {
		right += g.Theta.V[i] * v.Theta.V[i]
	}
	if math.Abs(left-right) > 1e-12*(1+math.Abs(left)) {
		t.Errorf("⟨c,Jv⟩ = %.15g, ⟨Jᵀc,v⟩ = %.15g (lanes %d, ensemble %v)", left, right, s.Lanes, ensemble)
	}
}

func TestTangentIsDirectionalDerivative(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{6}, Activation: "tanh"}, Unscaled([]string{"x", "y"}, nil))
	r := rand.New(rand.NewPCG(3, 4))
	f, tan := New(p.Field, 1, false), New(Tangent(p.Field, 3), 1, false)
	at := randomPoint(tan.Shape(), 1, r)
	out, up, down := program.NewBatch(8, 1), program.NewBatch(2, 1), program.NewBatch(2, 1)
	tan.Eval(out, at)
	for k := 2; k < 8; k += 2 { // the directions
		moved := func(h float64) *Point {
			x := program.NewBatch(2, 1)
			for i := range x.V {
				x.V[i] = at.X.V[i] + h*at.X.V[k+i]
			}
			return &Point{T: at.T, X: x, Theta: at.Theta}
		}
		f.Eval(up, moved(1e-5))
		f.Eval(down, moved(-1e-5))
		for i := range 2 {
			if want := (up.V[i] - down.V[i]) / 2e-5; math.Abs(out.V[k+i]-want) > 1e-8 {
				t.Errorf("component %d of direction %d: %g, central difference %g", i, k/2, out.V[k+i], want)
			}
		}
	}
}

func TestFieldVerbsNeverAllocate(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{8}, Activation: "gelu"}, Unscaled([]string{"x", "y"}, nil))
	f := New(p.Field, 8, false)
	r := rand.New(rand.NewPCG(5, 6))
	at, g := randomPoint(f.Shape(), 1, r), randomPoint(f.Shape(), 1, r)
	if n := testing.AllocsPerRun(10, func() {
		f.Eval(g.X, at)
		f.JVP(g.X, at, at)
		f.VJP(g, at, at.X)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
