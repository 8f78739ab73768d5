package field

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

var jointed = Frame{States: []string{"a", "b", "va", "vb"}, Shift: []float64{0.2, -0.1, 0.3, -0.4},
	Scale: []float64{0.8, 1.2, 5, 8}, Time: 0.1}

// mechanics is a Lagrangian with random weights, and its energies.
func mechanics(t *testing.T, f Frame, r *rand.Rand) (p *Parts, e *energies, theta []float64) {
	t.Helper()
	m := &Lagrangian{Hidden: []int{5}, Activation: "gelu", Harmonics: 2}
	p = build(t, m, f)
	e, err := m.energies(f)
	if err != nil {
		t.Fatal(err)
	}
	theta = make([]float64, len(p.Theta0))
	for i := range theta {
		theta[i] = 0.4 * r.NormFloat64()
	}
	return p, e, theta
}

func run(p *program.Program, in map[string][]float64, rows int) []float64 {
	out := make([]float64, rows)
	var args [][]float64
	for _, i := range p.Inputs {
		args = append(args, in[p.Nodes[i].Name])
	}
	program.NewExec(p, 1).Run([][]float64{out}, args)
	return out
}

// scaledSpeed is w = dx/dτ at a state.
func scaledSpeed(f Frame, x []float64) []float64 {
	q := len(x) / 2
	w := make([]float64, q)
	for i := range w {
		w[i] = f.Time / f.Scale[i] * (f.Shift[q+i] + f.Scale[q+i]*x[q+i])
	}
	return w
}

// energy is T + V = 2T − (T − V); T is had from V(w = 0).
func (e *energies) energy(f Frame, theta, x []float64) float64 {
	q := len(x) / 2
	at := map[string][]float64{"x": x[:q], "theta": theta, "w": make([]float64, q)}
	l := e.program(lagrangian)
	v := -run(l, at, 1)[0]
	at["w"] = scaledSpeed(f, x)
	return run(l, at, 1)[0] + 2*v
}

// TestLagrangianLosesEnergyByFrictionAlone compares dE/dτ along the field with
// the power of friction, −wᵀ·C·w.
func TestLagrangianLosesEnergyByFrictionAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, friction := range []float64{0, 0.3} {
		p, e, theta := mechanics(t, jointed, r)
		for i := e.friction; i < e.size; i++ {
			theta[i] *= friction
		}
		for range 5 {
			x := []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
			dx := run(p.Field, map[string][]float64{"x": x, "theta": theta}, 4)
			const h = 1e-5
			fore, back := make([]float64, 4), make([]float64, 4)
			for i := range x {
				fore[i], back[i] = x[i]+h*dx[i], x[i]-h*dx[i]
			}
			got := (e.energy(jointed, theta, fore) - e.energy(jointed, theta, back)) / (2 * h)
			w, want := scaledSpeed(jointed, x), 0.0
			for i := range 2 {
				for j := range 2 {
					want -= w[i] * theta[e.friction+2*i+j] * w[j]
				}
			}
			size := 0.0
			for _, v := range dx {
				size += v * v
			}
			if math.Abs(got-want) > 1e-6*(1+size) {
				t.Errorf("friction %g: dE/dτ = %g, the power of friction is %g", friction, got, want)
			}
		}
	}
}

// TestLagrangianWithoutFrictionRunsBackwards: where velocities change their sign,
// accelerations do not. Energy alone does not show what stands at right angles
// to the velocity.
func TestLagrangianWithoutFrictionRunsBackwards(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p, e, theta := mechanics(t, jointed, r)
	clear(theta[e.friction:])
	x := []float64{0.3, -0.7, 0.9, 0.4}
	there := run(p.Field, map[string][]float64{"x": x, "theta": theta}, 4)
	for i := range 2 { // v in user units changes its sign
		x[2+i] = -x[2+i] - 2*jointed.Shift[2+i]/jointed.Scale[2+i]
	}
	back := run(p.Field, map[string][]float64{"x": x, "theta": theta}, 4)
	for i := range 2 {
		if math.Abs(there[i]+back[i]) > 1e-12 || math.Abs(there[2+i]-back[2+i]) > 1e-10*(1+math.Abs(there[2+i])) {
			t.Errorf("component %d: velocity %g and %g, acceleration %g and %g", i, there[i], back[i], there[2+i], back[2+i])
		}
	}
}

// TestMassMatrixIsSolvedFor compares M⁻¹·(∂T/∂w) with w, for one to four
// positions.
func TestMassMatrixIsSolvedFor(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for q := 1; q <= 4; q++ {
		b := program.New()
		b.Output("T", massMatrix{b, b.Batched("m", q*(q+1)/2, 1), q}.kinetic(b.Batched("w", q, 1)))
		momentum := program.VJP(done(b), program.Wrt{Name: "w"})
		b = program.New()
		b.Output("a", massMatrix{b, b.Batched("m", q*(q+1)/2, 1), q}.solve(b.Batched("f", q, 1)))
		solve := done(b)
		in := map[string][]float64{"m": make([]float64, q*(q+1)/2), "w": make([]float64, q), "cT": {1}}
		for _, v := range [][]float64{in["m"], in["w"]} {
			for i := range v {
				v[i] = r.NormFloat64()
			}
		}
		in["f"] = run(momentum, in, q)
		for i, got := range run(solve, in, q) {
			if want := in["w"][i]; math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("%d positions: component %d is %g, want %g", q, i, got, want)
			}
		}
	}
}

// TestLagrangianWithOneWaveIsAPendulum writes a pendulum with a torque into
// the coefficients, θ” = −g·sin θ − c·θ' + u in user units, and compares it with
// that formula.
func TestLagrangianWithOneWaveIsAPendulum(t *testing.T) {
	const g, c = 9.81, 0.3
	f := Frame{States: []string{"angle", "speed"}, Shift: []float64{0.5, -1}, Scale: []float64{2, 4}, Time: 0.7,
		Inputs: []string{"torque"}, UShift: []float64{0}, UScale: []float64{1}}
	m := &Lagrangian{Activation: "tanh", Harmonics: 1}
	p := build(t, m, f)
	e, err := m.energies(f)
	if err != nil {
		t.Fatal(err)
	}
	theta := make([]float64, len(p.Theta0))
	s2 := f.Time * f.Time / (f.Scale[0] * f.Scale[0]) // M = 1 in scaled units: V, C and G are scaled by these
	theta[e.potential.waves[0].W+1] = -g * s2
	theta[e.friction] = c * f.Time
	theta[e.friction+1] = f.Time * f.Time / f.Scale[0]
	x, u := []float64{0.8, -0.3}, 1.7
	dx := run(p.Field, map[string][]float64{"x": x, "u": {u}, "theta": theta}, 2)
	angle, speed := f.Shift[0]+f.Scale[0]*x[0], f.Shift[1]+f.Scale[1]*x[1]
	want := []float64{speed * f.Time / f.Scale[0], (-g*math.Sin(angle) - c*speed + u) * f.Time / f.Scale[1]}
	for i := range want {
		if math.Abs(dx[i]-want[i]) > 1e-12*(1+math.Abs(want[i])) {
			t.Errorf("component %d: %g, want %g", i, dx[i], want[i])
		}
	}
	text := `d angle/dt = speed
the rest by Lagrange's equations of T − V and forces:
T = ½·exp(d1)·(speed)²
d1 = 0
V = − 9.81·cos(angle)
force on angle = − 0.3·speed + torque`
	if got := m.Explain(p, theta); got != text {
		t.Errorf("explained as\n%s\nwant\n%s", got, text)
	}
}

// TestExplainedEnergiesAreThoseOfTheField evaluates what is printed, in user
// units, and compares it with T and V of the field but for the unit.
func TestExplainedEnergiesAreThoseOfTheField(t *testing.T) {
	explainedEnergies(t, jointed, "d1", "d2", "L21", "V", "T")
	explainedEnergies(t, Frame{States: []string{"a", "b", "c", "va", "vb", "vc"}, Shift: []float64{0.2, -0.1, 0.4, 0.3, -0.4, 0.1},
		Scale: []float64{0.8, 1.2, 0.6, 5, 8, 3}, Time: 0.1}, "d1", "d2", "d3", "L21", "L31", "L32", "V", "T")
}

// explainedEnergies reads what is printed and compares its energy with that of the field.
func explainedEnergies(t *testing.T, f Frame, lines ...string) {
	r := rand.New(rand.NewPCG(9, 10))
	p, e, theta := mechanics(t, f, r)
	clear(theta[e.kinetic.lo : e.kinetic.lo+networkSize(e.kinetic.sizes)])
	clear(theta[e.potential.lo : e.potential.lo+networkSize(e.potential.sizes)])
	text := (&Lagrangian{Hidden: []int{5}, Activation: "gelu", Harmonics: 2}).Explain(p, theta)
	right := map[string]string{}
	for line := range strings.Lines(strings.NewReplacer("·", "*", "−", "-", "½", "0.5", "²", "^2").Replace(text)) {
		if name, of, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			right[name] = of
		}
	}
	for range 3 {
		x := make([]float64, len(f.States))
		for i := range x {
			x[i] = r.NormFloat64()
		}
		b := program.New()
		env := program.Env{Values: map[string]program.Value{}}
		for i, name := range f.States {
			env.Values[name] = b.Const(f.Shift[i]+f.Scale[i]*x[i], 1, 1)
		}
		for _, name := range lines {
			expr, err := program.ParseExpr(right[name])
			if err != nil {
				t.Fatalf("%s = %s: %v", name, right[name], err)
			}
			if env.Values[name], err = expr.Lower(b, env); err != nil {
				t.Fatal(err)
			}
		}
		b.Output("E", b.Add(env.Values["T"], env.Values["V"]))
		got := run(done(b), nil, 1)[0] * math.Exp(e.unit(theta))
		if want := e.energy(f, theta, x); math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
			t.Errorf("the energy printed is %g, that of the field %g", got, want)
		}
	}
}

func TestLagrangiansAreTriedWhereTheyMayHold(t *testing.T) {
	m := &SecondOrder{MLP{Hidden: []int{32}, Activation: "gelu"}}
	far := jointed
	far.Scale = []float64{0.8, 120, 5, 8}
	three := Frame{States: []string{"a", "b", "c", "va", "vb", "vc"}, Scale: []float64{1, 1, 1, 1, 1, 1}}
	for _, c := range []struct {
		what  string
		m     *SecondOrder
		f     Frame
		waves []int
	}{
		{"two angles", m, jointed, []int{2, 0}},
		{"a position that is no angle", m, far, []int{0}},
		{"too many waves", m, three, []int{0}},
		{"a law that changes with time", &SecondOrder{MLP{Hidden: []int{32}, Activation: "gelu", Time: true}}, jointed, nil},
	} {
		list := c.m.Lagrangians(c.f)
		if len(list) != len(c.waves) {
			t.Errorf("%s: %d models, want %d", c.what, len(list), len(c.waves))
			continue
		}
		for i, l := range list {
			if l.Harmonics != c.waves[i] {
				t.Errorf("%s: model %d has %d harmonics, want %d", c.what, i, l.Harmonics, c.waves[i])
			}
			if l.Harmonics == 0 && (len(l.Hidden) != 1 || l.Hidden[0] != 16) {
				t.Errorf("%s: two networks share 32 units as %v", c.what, l.Hidden)
			}
		}
	}
}

func TestLagrangianRefusesWhatItCannotBe(t *testing.T) {
	for _, c := range []struct {
		m    Lagrangian
		f    Frame
		want string
	}{
		{Lagrangian{Activation: "tanh"}, Unscaled([]string{"a", "b", "c"}, nil), "lagrangian: needs positions followed by as many velocities, but there are 3 states (a, b, c); name them with states="},
		{Lagrangian{Activation: "tanh", Harmonics: 9}, jointed, "lagrangian: harmonics=9; choose between 0 and 5"},
		{Lagrangian{Activation: "tanh", Hidden: []int{0}}, jointed, "hidden: a layer of 0 units; every layer needs at least one"},
	} {
		if _, err := c.m.Build(c.f); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
