package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/data"
)

// rk4 integrates x' = f(x) and returns n+1 rows, row-major.
func rk4(f func(dx, x []float64), x0 []float64, h float64, n int) []float64 {
	d := len(x0)
	out := append([]float64(nil), x0...)
	k := [4][]float64{}
	for i := range k {
		k[i] = make([]float64, d)
	}
	y := make([]float64, d)
	for range n {
		x := out[len(out)-d:]
		f(k[0], x)
		for s, c := range []float64{0.5, 0.5, 1} {
			for j := range y {
				y[j] = x[j] + c*h*k[s][j]
			}
			f(k[s+1], y)
		}
		for j := range y {
			y[j] = x[j] + h/6*(k[0][j]+2*k[1][j]+2*k[2][j]+k[3][j])
		}
		out = append(out, y...)
	}
	return out
}

func lotkaVolterra(a, b, c, e float64) func(dx, x []float64) {
	return func(dx, x []float64) {
		dx[0] = a*x[0] - b*x[0]*x[1]
		dx[1] = e*x[0]*x[1] - c*x[1]
	}
}

// times are n+1 values a, a+h, ….
func times(a, h float64, n int) []float64 {
	t := make([]float64, n+1)
	for i := range t {
		t[i] = a + float64(i)*h
	}
	return t
}

// recorded samples a solution every m steps with noise and some gaps, and
// gives fit, forecast and a band that widens with time.
func recorded(id string, names, units []string, f func(dx, x []float64), x0, noise []float64, t0, h float64, rows, m, beyond int, rng *rand.Rand) Recording {
	d := len(names)
	dense := rk4(f, x0, h, (rows-1)*m+beyond)
	t := times(t0, h, (rows-1)*m+beyond)
	s := &data.Series{ID: id, Names: names, Units: units, Time: "year", T: make([]float64, rows), X: make([]float64, rows*d)}
	at := make([]float64, rows*d)
	for i := range rows {
		s.T[i] = t[i*m]
		for j := range d {
			at[i*d+j] = dense[i*m*d+j]
			s.X[i*d+j] = at[i*d+j] + noise[j]*rng.NormFloat64()
		}
	}
	s.X[7*d] = math.NaN()
	lo, hi := make([]float64, len(dense)), make([]float64, len(dense))
	for i := range t {
		w := 0.6 + 2.2*math.Pow(float64(i)/float64(len(t)), 2)
		for j := range d {
			lo[i*d+j] = dense[i*d+j] - w*noise[j]*(1+0.4*math.Sin(float64(i)/60))
			hi[i*d+j] = dense[i*d+j] + w*noise[j]*(1+0.4*math.Cos(float64(i)/60))
		}
	}
	cut := (rows-1)*m + 1
	return Recording{
		Series: s, HeldOut: rows / 5, AtRows: at, Band: "5–95 % of 8 members",
		Fit:      Trajectory{t[:cut], dense[:cut*d], lo[:cut*d], hi[:cut*d]},
		Forecast: Trajectory{t[cut-1:], dense[(cut-1)*d:], lo[(cut-1)*d:], hi[(cut-1)*d:]},
	}
}

// portrait projects recordings on components a, b; the field is f with the
// other components held at their mean.
func portrait(rs []Recording, a, b int, f func(dx, x []float64)) Portrait {
	s := rs[0].Series
	d := len(s.Names)
	p := Portrait{X: Quantity{s.Names[a], unit(s.Units, a)}, Y: Quantity{s.Names[b], unit(s.Units, b)}}
	for i, r := range rs {
		if i > 0 {
			p.OrbitX, p.OrbitY = append(p.OrbitX, math.NaN()), append(p.OrbitY, math.NaN())
		}
		p.DataX, p.DataY = append(p.DataX, column(r.Series.X, d, a)...), append(p.DataY, column(r.Series.X, d, b)...)
		p.OrbitX, p.OrbitY = append(p.OrbitX, column(r.Fit.X, d, a)...), append(p.OrbitY, column(r.Fit.X, d, b)...)
	}
	x, dx := make([]float64, d), make([]float64, d)
	for c := range d {
		s := emptySpan().include(column(rs[0].Fit.X, d, c)...)
		x[c] = (s.lo + s.hi) / 2
	}
	sx, sy := emptySpan().include(p.DataX...).pad(0.02), emptySpan().include(p.DataY...).pad(0.02)
	const grid = 18
	for i := range grid {
		for j := range grid {
			x[a], x[b] = sx.lo+sx.width()*float64(i)/(grid-1), sy.lo+sy.width()*float64(j)/(grid-1)
			f(dx, x)
			p.FieldX, p.FieldY = append(p.FieldX, x[a]), append(p.FieldY, x[b])
			p.FieldDX, p.FieldDY = append(p.FieldDX, dx[a]), append(p.FieldDY, dx[b])
		}
	}
	return p
}

// homotopyLoss is a loss that falls within each level of λ and jumps between.
func homotopyLoss(rng *rand.Rand) *Loss {
	l := &Loss{Saved: 560, Stages: []Stage{{"homotopy", 0}, {"polish", 420}}}
	level, lambda := 0, 1.0
	loss := 2.0
	for k := range 600 {
		if next := min(6, k/70); next != level {
			level = next
			lambda = math.Pow(1-float64(level)/6, 1.6)
			loss *= 2.2
		}
		loss = math.Max(loss*0.965, 0.0075) * math.Exp(0.02*rng.NormFloat64())
		held := math.NaN()
		if k%10 == 0 {
			held = 0.016 + 3*math.Exp(-float64(k)/90)*math.Exp(0.15*rng.NormFloat64())
		}
		l.Iteration = append(l.Iteration, float64(k))
		l.Loss = append(l.Loss, loss)
		l.Lambda = append(l.Lambda, lambda)
		l.HeldOut = append(l.HeldOut, held)
	}
	return l
}

// demo is the report of a grey-box model of two animals.
func demo() *Data {
	rng := rand.New(rand.NewPCG(1, 2))
	f := lotkaVolterra(0.52, 0.026, 0.84, 0.026)
	r := recorded("", []string{"hare", "lynx"}, []string{"thousands", "thousands"}, f,
		[]float64{30, 8}, []float64{3.2, 2.4}, 1900, 0.02, 61, 25, 500, rng)
	p := portrait([]Recording{r}, 0, 1, f)
	p.Equilibria = []Equilibrium{{X: 0.84 / 0.026, Y: 0.52 / 0.026, Kind: "centre"}}
	return &Data{
		Title:      "lynx-hare.csv",
		Command:    "entrain fit examples/lynx-hare.csv members=8 --out runs/1",
		Status:     "ok",
		Story:      "Homotopy found a model that follows the rows it never saw; a polish with Levenberg–Marquardt stopped when the held-out score had not improved for 60 iterations. The model was then refitted on all rows.",
		Train:      &Scores{9.413, 0.2214, 0.951, []ComponentScore{{"hare", 12.71, 0.231, 0.9466}, {"lynx", 6.116, 0.211, 0.9555}}},
		HeldOut:    &Scores{11.06, 0.2507, 0.9371, []ComponentScore{{"hare", 14.9, 0.262, 0.9314}, {"lynx", 7.22, 0.239, 0.9429}}},
		ScoreNote:  "The held-out score belongs to the model before the refit; the training score to the saved one.",
		Warnings:   []string{"One value of hare is missing and was left out of the loss."},
		Recordings: []Recording{r},
		Portraits:  []Portrait{p},
		Losses:     []Loss{*homotopyLoss(rng)},
		Equations: []string{"# learnt from 61 rows", "hare' = alpha*hare - beta*hare*lynx + nn1(hare, lynx)",
			"lynx' = delta*hare*lynx - gamma*lynx"},
		Parameters: []Parameter{
			{"alpha", "1/year", 0.5213, 0.0121, 1, 0, math.Inf(1)},
			{"beta", "", 0.02604, 0.00083, 0.1, 0, math.Inf(1)},
			{"gamma", "1/year", 0.8402, math.NaN(), 1, 0, 10},
			{"delta", "", 0.02587, 0, math.NaN(), math.Inf(-1), 1},
		},
		Networks: []Network{{"nn1", []int{2, 32, 2}, "tanh", 162, ""}},
		Tried: []Attempt{
			{"vanilla", "loss stayed flat for 200 iterations", &Scores{NRMSE: 0.94, R2: 0.116}, &Scores{NRMSE: 1.31, R2: -0.716}, false},
			{"homotopy", "λ reached 0 and the held-out score no longer improved", &Scores{NRMSE: 0.2214, R2: 0.951}, &Scores{NRMSE: 0.2507, R2: 0.9371}, true},
			{"collocation", "not needed", nil, nil, false},
		},
		Figures: Figures{Method: "auto", Model: "grey box", Iterations: 600, Evaluations: 1284310, Seconds: 21.37, Members: 8,
			Noise:  []Amount{{"hare", "thousands", 3.18}, {"lynx", "thousands", 2.437}},
			Solver: "tsit5", RTol: 1e-6, ATol: 1e-8, Extra: []Entry{{"Gradient", "discrete adjoint"}}},
		Provenance: Provenance{DataFile: "examples/lynx-hare.csv", DataHash: "sha256:5f0c8f1e7b6f2d2a9c34f10d6b1a2c77e2e0a9d1",
			Seed: "10", Version: "0.1.0", Kernel: "generic", Config: "data: examples/lynx-hare.csv\nmethod: auto\nmembers: 8\nheldout: 0.2\n"},
		Files: []File{{"model.safetensors", "weights, and a header that rebuilds the model"}, {"forecast.csv", "the forecast with its band"},
			{"config.yaml", "all settings"}, {"metrics.jsonl", "the training log"}, {"result.json", "final figures for machines"}},
	}
}

// demoOne has one state, demoFour four in one recording, demoThree three
// recordings.
func demoOne() *Data {
	rng := rand.New(rand.NewPCG(3, 4))
	f := func(dx, x []float64) { dx[0] = 0.4 * x[0] * (1 - x[0]/80) * (x[0]/12 - 1) }
	r := recorded("", []string{"biomass"}, []string{"g/L"}, f, []float64{14}, []float64{1.5}, 0, 0.02, 40, 15, 150, rng)
	r.Series.Time, r.Series.TUnit = "time", "h"
	rate := &Rate{Of: Quantity{"biomass", "g/L"}, Time: Quantity{"t", "h"}, DataX: r.Series.X,
		Equilibria: []Equilibrium{{X: 0, Kind: "stable", Stable: true}, {X: 12, Kind: "unstable"}, {X: 80, Kind: "stable", Stable: true}}}
	dx := []float64{0}
	for i := range 301 {
		x := 0.3 * float64(i)
		f(dx, []float64{x})
		rate.X, rate.DX = append(rate.X, x), append(rate.DX, dx[0])
	}
	return &Data{Title: "growth.csv", Story: "One state, one recording.", Recordings: []Recording{r}, Rate: rate,
		Train: &Scores{MSE: 2.31e-5, NRMSE: 0.0312, R2: 0.99903}}
}

func demoFour() *Data {
	rng := rand.New(rand.NewPCG(5, 6))
	f := func(dx, x []float64) {
		dx[0], dx[1] = x[2], x[3]
		dx[2] = -3*x[0] + 1.2*(x[1]-x[0]) - 0.04*x[2]
		dx[3] = -2*x[1] - 1.2*(x[1]-x[0]) - 0.04*x[3]
	}
	r := recorded("", []string{"left", "right", "left speed", "right speed"}, []string{"cm", "cm", "cm/s", "cm/s"}, f,
		[]float64{1, -0.4, 0, 0.5}, []float64{0.05, 0.05, 0.1, 0.1}, 0, 0.01, 1500, 2, 600, rng)
	r.Series.Time, r.Series.TUnit = "t", "s"
	d := &Data{Title: "two coupled carts", Recordings: []Recording{r}}
	for a := range 4 {
		for b := range a {
			d.Portraits = append(d.Portraits, portrait(d.Recordings, b, a, f))
		}
	}
	d.Portraits[0].Note = "The other components of the field are held at the middle of their range."
	return d
}

func demoThree() *Data {
	d := demo()
	rng := rand.New(rand.NewPCG(7, 8))
	f := lotkaVolterra(0.52, 0.026, 0.84, 0.026)
	d.Title, d.Recordings = "three islands, a name so long that it has to be broken somewhere to fit", nil
	for i := range 3 {
		d.Recordings = append(d.Recordings, recorded(fmt.Sprint("island ", i+1), []string{"hare", "lynx"}, []string{"thousands", "thousands"}, f,
			[]float64{30 + 20*float64(i), 8 + 3*float64(i)}, []float64{2.2, 1.4}, 1900, 0.02, 41, 25, 300, rng))
	}
	d.Portraits = []Portrait{portrait(d.Recordings, 0, 1, f)}
	return d
}

// demoOdd has every part in a degenerate shape: nothing measured, nothing
// changing, everything held out, numbers that no axis can hold.
func demoOdd() *Data {
	nan, inf := math.NaN(), math.Inf(1)
	one := &data.Series{Names: []string{"a", "b"}, T: []float64{5}, X: []float64{nan, 3}}
	flat := &data.Series{ID: "flat", Names: []string{"a", "b"}, T: times(0, 1, 11), X: make([]float64, 24)}
	lost := make([]float64, 24)
	for i := range lost {
		lost[i] = nan
	}
	huge := Trajectory{T: []float64{11, 12, 13}, X: []float64{1, 1e200, inf, -inf, 1e149, nan}}
	return &Data{
		Title: "odd", Status: "failed", Story: "Nothing worked.",
		Train: &Scores{nan, inf, -inf, []ComponentScore{{"a", nan, nan, nan}}}, HeldOut: &Scores{MSE: 1e300, NRMSE: 1e150, R2: -1e300},
		Recordings: []Recording{{Series: one, HeldOut: 1, AtRows: []float64{1, nan}}, {Series: flat, AtRows: make([]float64, 24), Forecast: huge},
			{Series: &data.Series{Names: []string{"a", "b"}, T: flat.T, X: lost}, HeldOut: 12, AtRows: lost},
			{Series: &data.Series{}}},
		Portraits: []Portrait{{X: Quantity{"a", ""}, Y: Quantity{"b", ""}, DataX: []float64{nan}, DataY: []float64{1}, OrbitX: []float64{nan, 1}, OrbitY: []float64{1, inf},
			FieldX: []float64{0, 0}, FieldY: []float64{0, 0}, FieldDX: []float64{nan, 0}, FieldDY: []float64{0, 0}, Equilibria: []Equilibrium{{X: nan, Kind: "lost"}}}, {}},
		Rate:       &Rate{X: []float64{nan}, DX: []float64{nan}},
		Losses:     []Loss{{Iteration: []float64{0, 1, 2}, Loss: []float64{nan, 0, -1}, Lambda: []float64{nan, nan, nan}, HeldOut: lost[:3], Saved: nan, Stages: []Stage{{"a", nan}}}},
		Parameters: []Parameter{{Name: "k", Value: nan, Error: inf, Start: nan, Lower: nan, Upper: inf}},
		Networks:   []Network{{}}, Tried: []Attempt{{}}, Files: []File{{}},
		Figures: Figures{Seconds: nan, RTol: nan, Noise: []Amount{{"a", "", nan}}},
	}
}
