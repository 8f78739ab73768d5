package program

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// values holds the inputs of a program by name.
type values map[string][]float64

// evaluate runs p on v and returns its outputs by name.
func evaluate(t *testing.T, p *Program, lanes int, v values) values {
	t.Helper()
	var in, out [][]float64
	for _, i := range p.Inputs {
		x, ok := v[p.Nodes[i].Name]
		if !ok {
			t.Fatalf("no value for input %s", p.Nodes[i].Name)
		}
		in = append(in, x)
	}
	res := values{}
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node].Size()
		if p.Nodes[o.Node].Batched {
			n *= lanes
		}
		y := make([]float64, n)
		for i := range y {
			y[i] = math.NaN() // whatever was there must not matter
		}
		out, res[o.Name] = append(out, y), y
	}
	NewExec(p, lanes).Run(out, in)
	return res
}

func randomFor(p *Program, lanes int, r *rand.Rand, v values) values {
	if v == nil {
		v = values{}
	}
	for _, i := range p.Inputs {
		n := p.Nodes[i]
		if _, ok := v[n.Name]; ok {
			continue
		}
		size := n.Size()
		if n.Batched {
			size *= lanes
		}
		x := make([]float64, size)
		for k := range x {
			x[k] = 0.7 * r.NormFloat64()
		}
		v[n.Name] = x
	}
	return v
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// mlp is a network with time as an extra input and everything cut from θ.
func mlp(t testing.TB, sizes []int, k Kind) *Program {
	t.Helper()
	b := New()
	size := 0
	for i := 1; i < len(sizes); i++ {
		size += sizes[i] * (sizes[i-1] + 1)
	}
	x, theta := b.Batched("x", sizes[0], 1), b.Shared("theta", size, 1)
	lo := 0
	for i := 1; i < len(sizes); i++ {
		w := b.Slice(theta, lo, sizes[i], sizes[i-1])
		lo += sizes[i] * sizes[i-1]
		c := b.Slice(theta, lo, sizes[i], 1)
		lo += sizes[i]
		x = b.Add(b.MatVec(w, x), c)
		if i < len(sizes)-1 {
			x = b.Act(k, x)
		}
	}
	b.Output("dx", x)
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// randomProgram draws operations over batched and shared vectors and matrices.
func randomProgram(r *rand.Rand) *Program {
	b := New()
	x, c, w := b.Batched("x", 3, 1), b.Shared("c", 3, 1), b.Shared("w", 3, 3)
	vecs, mats := []Value{x, c}, []Value{w}
	kinds := []Kind{Tanh, Sigmoid, GELU, Sin, Cos, Softplus, SiLU, Erf, Square}
	vec := func() Value { return vecs[r.IntN(len(vecs))] }
	mat := func() Value { return mats[r.IntN(len(mats))] }
	for range 12 {
		switch r.IntN(9) {
		case 0:
			vecs = append(vecs, b.MatVec(mat(), vec()))
		case 1:
			vecs = append(vecs, b.MatVecT(mat(), vec()))
		case 2:
			mats = append(mats, b.Scale(0.3, b.Outer(vec(), vec())))
		case 3:
			vecs = append(vecs, b.Add(vec(), vec()))
		case 4:
			vecs = append(vecs, b.Mul(vec(), vec()))
		case 5:
			vecs = append(vecs, b.Scale(-0.5, vec()))
		case 6, 7:
			vecs = append(vecs, b.Act(kinds[r.IntN(len(kinds))], vec()))
		case 8:
			vecs = append(vecs, b.Pad(b.Slice(vec(), 1, 2, 1), r.IntN(2), 3, 1))
		}
	}
	out := b.Add(vec(), b.Spread(vec()))
	b.Output("y", b.Add(b.Act(Tanh, out), b.MatVec(mat(), x)))
	p, err := b.Done()
	if err != nil {
		panic(err)
	}
	return p
}

// checkIdentity tests ⟨c, J v⟩ = ⟨Jᵀ c, v⟩ for p, with respect to all inputs.
func checkIdentity(t *testing.T, p *Program, lanes int, r *rand.Rand, batched bool) {
	t.Helper()
	var wrt []Wrt
	for _, i := range p.Inputs {
		wrt = append(wrt, Wrt{p.Nodes[i].Name, batched})
	}
	j, jt := JVP(p, wrt...), VJP(p, wrt...)
	v := randomFor(jt, lanes, r, randomFor(j, lanes, r, nil))
	dy, g := evaluate(t, j, lanes, v), evaluate(t, jt, lanes, v)
	left, right, scale := 0.0, 0.0, 0.0
	for _, o := range p.Outputs {
		c, d := v["c"+o.Name], dy["d"+o.Name]
		if len(c) != len(d) { // a shared output with a cotangent a lane
			return
		}
		left += dot(c, d)
		scale += math.Sqrt(dot(c, c) * dot(d, d))
	}
	for _, w := range wrt {
		a, d := g["g"+w.Name], v["d"+w.Name]
		if len(a) != len(d) {
			t.Fatalf("cotangent of %s has %d entries, tangent %d", w.Name, len(a), len(d))
		}
		right += dot(a, d)
		scale += math.Sqrt(dot(a, a) * dot(d, d))
	}
	if !(math.Abs(left-right) <= 1e-12*(scale+1)) {
		t.Fatalf("⟨c,Jv⟩ = %.17g but ⟨Jᵀc,v⟩ = %.17g for lanes %d, batched %v\n%v\n%v", left, right, lanes, batched, j, jt)
	}
}

func all(p *Program) []Wrt {
	var wrt []Wrt
	for _, i := range p.Inputs {
		if n := p.Nodes[i].Name; n[0] != 'c' || n == "c" {
			wrt = append(wrt, Wrt{Name: n})
		}
	}
	return wrt
}

func TestVJPIsTransposeOfJVPToThirdOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 60 {
		p := randomProgram(r)
		lanes := []int{1, 8, 16, 72, 136}[trial%5]
		checkIdentity(t, p, lanes, r, false)
		checkIdentity(t, p, lanes, r, true)
		wrt := all(p)
		checkIdentity(t, JVP(p, wrt...), lanes, r, false)
		checkIdentity(t, VJP(p, wrt...), lanes, r, false)
		if trial%4 == 0 {
			checkIdentity(t, JVP(VJP(p, Wrt{Name: "x"}), Wrt{Name: "x"}), lanes, r, false)
			checkIdentity(t, VJP(JVP(p, Wrt{Name: "x"}), Wrt{Name: "x"}), lanes, r, false)
		}
	}
}

func TestJVPAgreesWithCentralDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		p := randomProgram(r)
		for _, q := range []*Program{p, JVP(p, Wrt{Name: "x"}), VJP(p, Wrt{Name: "x"}, Wrt{Name: "w"})} {
			checkDifferences(t, q, 8, r)
		}
	}
}

func checkDifferences(t *testing.T, p *Program, lanes int, r *rand.Rand) {
	t.Helper()
	j := JVP(p, Wrt{Name: "x"}, Wrt{Name: "w"})
	v := randomFor(j, lanes, r, nil)
	got := evaluate(t, j, lanes, v)
	const h = 1e-5
	moved := func(s float64) values {
		m := values{}
		for name, x := range v {
			m[name] = append([]float64{}, x...)
		}
		for _, name := range []string{"x", "w"} {
			for i := range m[name] {
				m[name][i] += s * h * v["d"+name][i]
			}
		}
		return evaluate(t, p, lanes, m)
	}
	up, down := moved(1), moved(-1)
	for name := range up {
		for i := range up[name] {
			want, d := (up[name][i]-down[name][i])/(2*h), got["d"+name][i]
			if math.Abs(want-d) > 1e-6*(1+math.Abs(want))*10 {
				t.Fatalf("d%s[%d] = %g, central difference %g\n%v", name, i, d, want, p)
			}
		}
	}
}

func TestLanesAreIndependentOfTheirCompany(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := VJP(mlp(t, []int{3, 10, 3}, GELU), Wrt{Name: "x"}, Wrt{"theta", true})
	v := randomFor(p, 136, r, nil)
	whole := evaluate(t, p, 136, v)
	cut := func(x []float64, lo int) []float64 {
		rows := len(x) / 136
		y := make([]float64, rows*8)
		for i := range rows {
			copy(y[i*8:(i+1)*8], x[i*136+lo:])
		}
		return y
	}
	w := values{"theta": v["theta"], "x": cut(v["x"], 128), "cdx": cut(v["cdx"], 128)}
	part := evaluate(t, p, 8, w)
	for name := range part {
		for i, want := range cut(whole[name], 128) {
			if part[name][i] != want {
				t.Fatalf("%s[%d]: %g alone, %g in company", name, i, part[name][i], want)
			}
		}
	}
}

func TestEnsembleLanesEqualSeparateRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	p := mlp(t, []int{2, 6, 2}, Tanh)
	e := Ensemble(p, "theta")
	for _, pair := range [][2]*Program{{p, e}, {VJP(p, Wrt{Name: "x"}, Wrt{Name: "theta"}), VJP(e, Wrt{Name: "x"}, Wrt{Name: "theta"})}} {
		v := randomFor(pair[1], 8, r, nil)
		got := evaluate(t, pair[1], 8, v)
		for l := range 8 {
			one := values{}
			for name, x := range v {
				one[name] = make([]float64, len(x)/8)
				for i := range one[name] {
					one[name][i] = x[i*8+l]
				}
			}
			for name, y := range evaluate(t, pair[0], 1, one) {
				for i := range y {
					if d := math.Abs(y[i] - got[name][i*8+l]); d > 1e-13 {
						t.Fatalf("%s[%d] of member %d differs by %g", name, i, l, d)
					}
				}
			}
		}
	}
}

func TestAddedOutputsAccumulate(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	p := VJP(mlp(t, []int{2, 5, 2}, Tanh), Wrt{Name: "x"}, Wrt{Name: "theta"})
	for _, lanes := range []int{1, 8, 72} {
		v := randomFor(p, lanes, r, nil)
		want := evaluate(t, p, lanes, v)
		var in, out [][]float64
		for _, i := range p.Inputs {
			in = append(in, v[p.Nodes[i].Name])
		}
		for _, o := range p.Outputs {
			y := make([]float64, len(want[o.Name]))
			for i := range y {
				y[i] = 2
			}
			out = append(out, y)
		}
		NewExec(p, lanes, "gx", "gtheta").Run(out, in)
		for k, o := range p.Outputs {
			for i, w := range want[o.Name] {
				if math.Abs(out[k][i]-w-2) > 1e-12 {
					t.Fatalf("lanes %d: %s[%d] = %g, want 2 + %g", lanes, o.Name, i, out[k][i], w)
				}
			}
		}
	}
}

// oracle is a multi-layer perceptron and its VJP written by hand, one lane.
func oracle(sizes []int, theta, x, c []float64) (y, gx, gtheta []float64) {
	act := func(z float64) (float64, float64) {
		phi := 0.5 * math.Erfc(-z/math.Sqrt2)
		return z * phi, phi + z*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
	}
	a, slopes, off := [][]float64{x}, [][]float64{nil}, []int{}
	lo := 0
	for i := 1; i < len(sizes); i++ {
		rows, cols := sizes[i], sizes[i-1]
		off = append(off, lo)
		z, s := make([]float64, rows), make([]float64, rows)
		for r := range rows {
			z[r], s[r] = theta[lo+rows*cols+r]+dot(theta[lo+r*cols:lo+(r+1)*cols], a[i-1]), 1
			if i < len(sizes)-1 {
				z[r], s[r] = act(z[r])
			}
		}
		a, slopes, lo = append(a, z), append(slopes, s), lo+rows*(cols+1)
	}
	gtheta = make([]float64, lo)
	for i := len(sizes) - 1; i > 0; i-- {
		rows, cols := sizes[i], sizes[i-1]
		gx = make([]float64, cols)
		for r := range rows {
			d := c[r] * slopes[i][r]
			gtheta[off[i-1]+rows*cols+r] = d
			for j := range cols {
				gtheta[off[i-1]+r*cols+j] = d * a[i-1][j]
				gx[j] += d * theta[off[i-1]+r*cols+j]
			}
		}
		c = gx
	}
	return a[len(a)-1], gx, gtheta
}

func TestProgramAgreesWithHandWrittenNetwork(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for _, sizes := range [][]int{{2, 32, 2}, {3, 50, 50, 3}} {
		p := mlp(t, sizes, GELU)
		g := VJP(p, Wrt{Name: "x"}, Wrt{Name: "theta"})
		for _, lanes := range []int{1, 8} {
			v := randomFor(g, lanes, r, nil)
			y, got := evaluate(t, p, lanes, v), evaluate(t, g, lanes, v)
			sum := make([]float64, len(v["theta"]))
			for l := range lanes {
				x, c := make([]float64, sizes[0]), make([]float64, sizes[0])
				for i := range x {
					x[i], c[i] = v["x"][i*lanes+l], v["cdx"][i*lanes+l]
				}
				wy, wx, wt := oracle(sizes, v["theta"], x, c)
				for i := range wy {
					near(t, y["dx"][i*lanes+l], wy[i])
					near(t, got["gx"][i*lanes+l], wx[i])
				}
				for i := range wt {
					sum[i] += wt[i]
				}
			}
			for i := range sum {
				near(t, got["gtheta"][i], sum[i])
			}
		}
	}
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
		t.Fatalf("got %.17g, want %.17g", got, want)
	}
}

func TestRunNeverAllocates(t *testing.T) {
	for _, lanes := range []int{1, 8, 200} {
		p := VJP(mlp(t, []int{2, 32, 2}, GELU), Wrt{Name: "x"}, Wrt{Name: "theta"})
		e := NewExec(p, lanes, "gtheta")
		v := randomFor(p, lanes, rand.New(rand.NewPCG(1, 1)), nil)
		var in, out [][]float64
		for _, i := range p.Inputs {
			in = append(in, v[p.Nodes[i].Name])
		}
		for _, o := range p.Outputs {
			n := p.Nodes[o.Node]
			size := n.Size()
			if n.Batched {
				size *= lanes
			}
			out = append(out, make([]float64, size))
		}
		if n := testing.AllocsPerRun(10, func() { e.Run(out, in) }); n != 0 {
			t.Errorf("lanes %d: Run allocates %v times", lanes, n)
		}
	}
}

func TestBuilderErrorsNameOperandsAndShapes(t *testing.T) {
	b := New()
	w, x := b.Shared("W", 32, 2), b.Batched("x", 3, 1)
	b.Output("y", b.Add(b.MatVec(w, x), x)) // the second mistake must not hide the first
	_, err := b.Done()
	if err == nil || !strings.Contains(err.Error(), "W (32×2)") || !strings.Contains(err.Error(), "x (3)") {
		t.Fatalf("error %v does not name the operands with their shapes", err)
	}
	b = New()
	y := b.Batched("x", 1, 1)
	for range Tanh.MaxOrder() + 1 {
		y = b.act(Tanh, Tanh.MaxOrder()+1, y)
	}
	b.Output("y", y)
	if _, err := b.Done(); err == nil || !strings.Contains(err.Error(), "known up to order") {
		t.Fatalf("error %v", err)
	}
}

func ExampleVJP() {
	b := New()
	x, w := b.Batched("x", 2, 1), b.Shared("W", 2, 2)
	b.Output("dx", b.Act(Tanh, b.MatVec(w, x)))
	f, _ := b.Done()
	fmt.Print(f)
	fmt.Println("--")
	fmt.Print(VJP(f, Wrt{Name: "W"}))
	// Output:
	// %0*   2       = input x
	// %1    2×2     = input W
	// %2*   2       = matvec %1 %0*
	// %3*   2       = tanh %2*
	// %3* -> dx
	// --
	// %0*   2       = input x
	// %1    2×2     = input W
	// %2*   2       = matvec %1 %0*
	// %3*   2       = input cdx
	// %4*   2       = tanh' %2*
	// %5*   2       = mul %4* %3*
	// %6*   2×2     = outer %5* %0*
	// %7    2×2     = gather %6*
	// %7 -> gW
}

func BenchmarkExec(b *testing.B) {
	for _, sizes := range [][]int{{2, 32, 2}, {3, 50, 50, 3}} {
		f := mlp(b, sizes, GELU)
		progs := map[string]*Program{"eval": f, "vjp": VJP(f, Wrt{Name: "x"}, Wrt{Name: "theta"})}
		for _, what := range []string{"eval", "vjp"} {
			p := progs[what]
			for _, lanes := range []int{1, 8, 64, 256} {
				b.Run(fmt.Sprintf("%s/%v/lanes=%d", what, sizes, lanes), func(b *testing.B) {
					benchExec(b, p, lanes)
				})
			}
		}
	}
}

func benchExec(b *testing.B, p *Program, lanes int) {
	e := NewExec(p, lanes, "gtheta")
	v := randomFor(p, lanes, rand.New(rand.NewPCG(1, 1)), nil)
	var in, out [][]float64
	for _, i := range p.Inputs {
		in = append(in, v[p.Nodes[i].Name])
	}
	for _, o := range p.Outputs {
		n := p.Nodes[o.Node]
		size := n.Size()
		if n.Batched {
			size *= lanes
		}
		out = append(out, make([]float64, size))
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Run(out, in)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lanes), "ns/lane")
}
