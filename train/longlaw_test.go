package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// plant is a driven system that shows one column of its states.
type plant struct {
	rate    func(dx, x []float64, u float64)
	see     func(x []float64) float64
	begin   []float64
	h       float64 // time between rows
	fastest float64 // of the waves of the input, radians
	mean    float64 // of the input
	size    float64 // deviation of the input
	noise   float64
}

// record is a recording of n rows, pushed by waves that seed draws, with noise and without.
func (c *plant) record(n int, seed uint64) (s data.Series, truth []float64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	const waves, parts = 60, 8
	var w, phase [waves]float64
	for i := range waves {
		w[i], phase[i] = c.fastest*rng.Float64(), 2*math.Pi*rng.Float64()
	}
	push := func(t float64) float64 {
		sum := 0.0
		for i := range waves {
			sum += math.Sin(w[i]*t + phase[i])
		}
		return c.mean + c.size*sum/math.Sqrt(waves/2)
	}
	s = data.Series{Names: []string{"y"}, Inputs: []string{"u"}}
	x := slices.Clone(c.begin)
	k := make([][]float64, 4)
	for i := range k {
		k[i] = make([]float64, len(x))
	}
	at, d := make([]float64, len(x)), c.h/parts
	for row := range n {
		t := float64(row) * c.h
		y := c.see(x)
		truth = append(truth, y)
		s.T, s.X, s.U = append(s.T, t), append(s.X, y+c.noise*rng.NormFloat64()), append(s.U, push(t))
		for j := range parts {
			from := t + float64(j)*d
			for stage, part := range []float64{0, 0.5, 0.5, 1} {
				for i := range x {
					at[i] = x[i]
					if stage > 0 {
						at[i] += part * d * k[stage-1][i]
					}
				}
				c.rate(k[stage], at, push(from+part*d))
			}
			for i := range x {
				x[i] += d / 6 * (k[0][i] + 2*k[1][i] + 2*k[2][i] + k[3][i])
			}
		}
	}
	return s, truth
}

// spring hardens by the cube of its length.
func spring() *plant {
	return &plant{h: 0.4, fastest: 2.5, size: 0.5, noise: 0.01, begin: []float64{0, 0}, see: func(x []float64) float64 { return x[0] },
		rate: func(dx, x []float64, u float64) {
			dx[0], dx[1] = x[1], u-x[0]-0.4*x[0]*x[0]*x[0]-0.2*x[1]
		}}
}

// A long record of a hardening spring has a law with powers, which goes on freely for thousands of
// rows: what it is off adds little to the noise of the rows.
func TestALongDrivenRecordIsFollowedFreely(t *testing.T) {
	unhurried(t)
	s, _ := spring().record(6400, 1)
	p := hiddenProblem(t, "poly-mlp", s)
	list, only, err := p.lawRecipes()
	if err != nil || !only {
		t.Fatalf("only %v, %v", only, err)
	}
	i := slices.IndexFunc(list, func(c *candidate) bool { return c.p.ArchName == "lure" })
	c := list[i]
	if err := c.prepare(phaseMatch, 200); err != nil {
		t.Fatal(err)
	}
	for c.phase < phases {
		if err := c.run(); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(c.b.free.segments()); c.b.fail != "" || got != len(p.wholeSegments())*3 {
		t.Fatalf("%d pieces, %s", got, c.b.fail)
	}
	scored := c.score(c.model(c.b.z))
	if v := math.Sqrt(scored.held.MSE) / spring().noise; !(v < 1.1) {
		t.Errorf("behind the rows it is %.3g deviations of the noise off", v)
	}
}

// Short records, and those that nothing drives, are fitted as before.
func TestOnlyLongDrivenRecordsAreFittedInPieces(t *testing.T) {
	p := hiddenProblem(t, "poly-mlp", driven(300, 0))
	if p.long() {
		t.Error("300 rows are many")
	}
	s, _ := spring().record(7000, 1)
	if p = hiddenProblem(t, "poly-mlp", s); !p.long() {
		t.Error("7000 rows are few")
	}
	s.Inputs, s.U = nil, nil
	if p = hiddenProblem(t, "poly-mlp", s); p.long() {
		t.Error("nothing drives it")
	}
}
