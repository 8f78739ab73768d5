package train

import (
	"context"
	"math"
	"sort"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// system is a known system to make recordings of.
type system struct {
	name   string
	f      func(dx, x []float64)
	x0     []float64
	dt     float64
	rows   int
	noise  float64 // in parts of each component's mean (ofMean) or deviation
	ofMean bool
	beyond float64 // error of the forecast to be had, in parts of the variance
}

func lotkaVolterra() system {
	return system{"lotka-volterra", func(d, x []float64) {
		d[0], d[1] = 1.3*x[0]-0.9*x[0]*x[1], 0.8*x[0]*x[1]-1.8*x[1]
	}, []float64{0.44249296, 4.6280594}, 0.1, 61, 0.05, true, 0.05}
}

func others() []system {
	return []system{
		{"van der pol", func(d, x []float64) { d[0], d[1] = x[1], (1-x[0]*x[0])*x[1]-x[0] }, []float64{0.5, 0}, 0.15, 101, 0.05, false, 0.05},
		{"fitzhugh-nagumo", func(d, x []float64) {
			d[0], d[1] = x[0]-x[0]*x[0]*x[0]/3-x[1]+0.5, 0.08*(x[0]+0.7-0.8*x[1])
		}, []float64{-1, 1}, 1, 81, 0.05, false, 0.05},
		{"damped oscillator", func(d, x []float64) { d[0], d[1] = x[1], -x[0]-0.2*x[1] }, []float64{1, 0}, 0.2, 61, 0.05, false, 0.05},
		{"pendulum", func(d, x []float64) { d[0], d[1] = x[1], -math.Sin(x[0])-0.1*x[1] }, []float64{2.5, 0}, 0.2, 61, 0.05, false, 0.05},
		{"cubic spiral", func(d, x []float64) {
			a, b := x[0]*x[0]*x[0], x[1]*x[1]*x[1]
			d[0], d[1] = -0.1*a-2*b, 2*a-0.1*b
		}, []float64{2, 0}, 0.05, 61, 0.05, false, 0.05},
		{"chemostat", func(d, x []float64) {
			r := x[0] / (0.3 + x[0])
			d[0], d[1] = 0.05-r*x[1]+0.3*x[1], x[1]*(r-0.6)
		}, []float64{2, 0.2}, 0.3, 61, 0.05, false, 0.2},
		{"lorenz", func(d, x []float64) {
			d[0], d[1], d[2] = 10*(x[1]-x[0]), x[0]*(28-x[2])-x[1], x[0]*x[1]-8.0/3*x[2]
		}, []float64{1.2, 2.1, 1.7}, 0.1, 31, 0.03, false, 0.05},
	}
}

// orbit returns n states dt apart, row-major, by small steps of RK4.
func (s *system) orbit(n int) []float64 {
	const sub = 40
	d := len(s.x0)
	x, y := append([]float64{}, s.x0...), make([]float64, d)
	var k [4][]float64
	for i := range k {
		k[i] = make([]float64, d)
	}
	var out []float64
	h := s.dt / sub
	for range n {
		out = append(out, x...)
		for range sub {
			for j, c := range [4]float64{0, 0.5, 0.5, 1} {
				copy(y, x)
				if j > 0 {
					for i := range y {
						y[i] += c * h * k[j-1][i]
					}
				}
				s.f(k[j], y)
			}
			for i := range x {
				x[i] += h / 6 * (k[0][i] + 2*k[1][i] + 2*k[2][i] + k[3][i])
			}
		}
	}
	return out
}

// draw returns the noisy recording of the given draw, and the truth over
// twice its span.
func (s *system) draw(seed uint64) (data.Series, []float64) {
	truth, d := s.orbit(2*s.rows), len(s.x0)
	rec := data.Series{Names: []string{"x", "y", "z"}[:d], Units: make([]string, d), Time: "t", X: append([]float64{}, truth[:d*s.rows]...)}
	for i := range s.rows {
		rec.T = append(rec.T, float64(i)*s.dt)
	}
	m := data.NewMoments(rec)
	r := num.Stream(seed, "test noise")
	for i := range rec.X {
		sd := m.SD[i%d]
		if s.ofMean {
			sd = math.Abs(m.Mean[i%d])
		}
		rec.X[i] += s.noise * sd * r.NormFloat64()
	}
	return rec, truth
}

func blackBox() field.Architecture {
	return &field.PolyMLP{MLP: field.MLP{Hidden: []int{16}, Activation: "tanh"}}
}

// autoErrors fits draw seed of s, with that many members or as many as Auto likes, and returns the clean errors on the span of
// the recording and on as long a span after it.
func autoErrors(t *testing.T, s system, seed uint64, members int) (inside, beyond float64, r *Result) {
	t.Helper()
	rec, truth := s.draw(seed)
	set := DefaultSettings()
	set.Seed, set.Members = seed, members
	p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), set)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = (Auto{}).Fit(context.Background(), p, nil, nil); err != nil {
		t.Fatal(err)
	}
	times := append([]float64{}, rec.T...)
	for i := range rec.T {
		times = append(times, float64(s.rows+i)*s.dt)
	}
	f, err := r.Model.Forecast(0, times, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() < len(times) {
		return math.Inf(1), math.Inf(1), r
	}
	n := len(rec.X)
	for i, v := range truth {
		if e := (f.X[i] - v) * (f.X[i] - v) / float64(n); i < n {
			inside += e
		} else {
			beyond += e
		}
	}
	return inside, beyond, r
}

func logTried(t *testing.T, r *Result) {
	for _, c := range r.Tried {
		held := math.NaN()
		if c.Held != nil {
			held = c.Held.NRMSE
		}
		t.Logf("    %s: %s; held-out %.3g", c.Method, c.Why, held)
	}
}

func sorted(v []float64) []float64 {
	s := append([]float64{}, v...)
	sort.Float64s(s)
	return s
}

// TestAutoBeatsPublishedTrainingWithoutBeingTold has the bars for 50 noise
// draws: the published method, told the initial state and the best
// checkpoint, has medians 2.6e-3 and 4.4e-3; the true equations, fitted,
// 3e-4 and 1.4e-3. Nothing was chosen by looking at these draws. The first few
// of them are held to the same bars when there is no time for all.
func TestAutoBeatsPublishedTrainingWithoutBeingTold(t *testing.T) {
	if testing.Short() {
		t.Skip("several fits")
	}
	var inside, beyond []float64
	for seed := range draws(3, 50) {
		a, b, r := autoErrors(t, lotkaVolterra(), 5000+seed, 0)
		inside, beyond = append(inside, a), append(beyond, b)
		if a > 1e-3 || b > 0.02 {
			t.Logf("draw %d: %.2e %.2e refit %v members %d %v", seed, a, b, r.Refit, r.Members, r.Warnings)
			logTried(t, r)
		}
	}
	in, out := sorted(inside), sorted(beyond)
	mid, last := len(in)/2, len(in)-1
	t.Logf("interpolation median %.2e worst %.2e, extrapolation median %.2e 90 %% %.2e worst %.2e", in[mid], in[last], out[mid], out[last*9/10], out[last])
	if in[mid] > 1.6e-3 || in[last] > 3e-3 {
		t.Errorf("interpolation: median %.2e (≤ 1.6e-3), worst %.2e (≤ 3e-3)", in[mid], in[last])
	}
	if out[mid] > 5e-3 || out[last] > 1 {
		t.Errorf("extrapolation: median %.2e (≤ 5e-3), worst %.2e (≤ 1)", out[mid], out[last])
	}
}

// TestAutoLearnsOtherSystems asks of other systems, none of them named to it,
// that the noise is averaged out on the span of the data, and that the
// forecast over as long a span again is a good one.
func TestAutoLearnsOtherSystems(t *testing.T) {
	unhurried(t)
	members := 3
	if slow {
		members = 0
	}
	for _, s := range append(others(), lotkaVolterra()) {
		t.Run(s.name, func(t *testing.T) {
			if testing.Short() && s.name != "damped oscillator" {
				t.Skip("the quickest stands for all")
			}
			if !slow && (s.name == "lorenz" || s.name == "fitzhugh-nagumo") {
				t.Skip("they take as long as all others together; longer records of chaos are fitted elsewhere")
			}
			rec, truth := s.draw(0)
			clean := rec
			clean.X = truth[:len(rec.X)]
			variance, noise := 0.0, 0.0
			d := float64(len(s.x0))
			for _, v := range data.NewMoments(clean).Variance() {
				variance += v / d
			}
			for i, v := range rec.X {
				noise += (v - truth[i]) * (v - truth[i]) / float64(len(rec.X))
			}
			for seed := range draws(1, 5) {
				inside, beyond, r := autoErrors(t, s, 200+seed, members)
				t.Logf("draw %d: inside %.2e (noise %.2e), beyond %.2e (variance %.3g), %d members", seed, inside, noise, beyond, variance, r.Members)
				if inside > 0.5*noise || beyond > s.beyond*variance {
					t.Errorf("draw %d: inside %.2e of a noise of %.2e, beyond %.2e of a variance of %.3g", seed, inside, noise, beyond, variance)
					logTried(t, r)
				}
			}
		})
	}
}

// TestAutoFindsTheUnknownPartOfAPartlyKnownLaw is the published grey box: growth
// and death are known, what the two species do to each other is a network.
func TestAutoFindsTheUnknownPartOfAPartlyKnownLaw(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	worst := 0.0
	for seed := range draws(1, 3) {
		rec, truth := s.draw(seed)
		set := DefaultSettings()
		set.Seed, set.Heldout = seed, 0
		arch := &field.Equations{Text: "x' = 1.3*x + nn(x, y)[0]\ny' = -1.8*y + nn(x, y)[1]",
			Networks: map[string]field.Network{"nn": {Hidden: []int{20, 20}, Activation: "gelu"}}}
		p, err := NewProblem([]data.Series{rec}, "equations", arch, set)
		if err != nil {
			t.Fatal(err)
		}
		r, err := (Auto{}).Fit(context.Background(), p, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		times, n := append([]float64{}, rec.T...), len(rec.X)
		for i := range rec.T {
			times = append(times, float64(s.rows+i)*s.dt)
		}
		f, err := r.Model.Forecast(0, times, nil)
		if err != nil || f.Len() < len(times) {
			t.Fatalf("draw %d: the forecast has %d of %d rows, %v", seed, f.Len(), len(times), err)
		}
		beyond := 0.0
		for i := n; i < 2*n; i++ {
			beyond += (f.X[i] - truth[i]) * (f.X[i] - truth[i]) / float64(n)
		}
		worst = max(worst, beyond)
		t.Logf("draw %d: beyond %.2e\n%s", seed, beyond, r.Model.Text())
	}
	if worst > 5e-3 { // a network alone: 0.1 to 1
		t.Errorf("extrapolation error %.2e", worst)
	}
}

// TestAutoFitsLongChaoticRecordingInSegments uses more rows than one segment of the
// search may have; the fit, perhaps in longer ones, must reach the noise on all of them.
func TestAutoFitsLongChaoticRecordingInSegments(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of rows")
	}
	s := others()[len(others())-1]
	s.rows, s.dt, s.noise = 600, 0.02, 0.02
	rec, _ := s.draw(1)
	set := DefaultSettings()
	set.Members = 1
	p, err := NewProblem([]data.Series{rec}, "poly-mlp", &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}, Degree: 2}, set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Auto{}.Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, cuts := 1+len(r.Model.Records[0].Anchors), len(p.cut()); cuts < 3 || n > cuts {
		t.Errorf("%d segments, those of the search are %d", n, cuts)
	}
	if r.Train.NRMSE > 0.025 {
		t.Errorf("training nrmse %.3g, the noise is 0.02", r.Train.NRMSE)
	}
}

// TestAutoGivesALoneColumnThatTurnsBackAHiddenState: of a swinging spring only the
// place is measured; no equation for it alone can turn back.
func TestAutoGivesALoneColumnThatTurnsBackAHiddenState(t *testing.T) {
	unhurried(t)
	s := others()[2]
	all, clean := s.draw(3)
	const rows = 61
	lone := func(from, to int) data.Series {
		out := data.Series{Names: []string{"x"}, T: all.T[from:to]}
		for k := from; k < to; k++ {
			out.X = append(out.X, all.X[2*k])
		}
		return out
	}
	set := DefaultSettings()
	set.Members, set.Budget = 1, 150
	p, err := NewProblem([]data.Series{lone(0, rows)}, "poly-mlp", blackBox(), set)
	if err != nil {
		t.Fatal(err)
	}
	r := fitted(t, &Auto{}, p)
	if n := len(r.Model.Parts.Frame.States); n != 2 {
		t.Fatalf("%d states, want 2", n)
	}
	f, err := r.Model.Forecast(0, all.T[:rows], nil)
	if err != nil || f.Failed != "" {
		t.Fatal(err, f.Failed)
	}
	sum := 0.0
	for k := range rows {
		sum += math.Pow(f.X[k]-clean[2*k], 2) / rows
	}
	if e := math.Sqrt(sum); e > 0.05 {
		t.Errorf("error within the record %.3g", e)
	}
}
