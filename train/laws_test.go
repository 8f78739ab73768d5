package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// TestLawsAreTriedWhereSlopesAskForThem: a decay that saturates and a rotor that
// goes round are found as what they are and forecast as such, and so is a pendulum
// on a spring, whose angle counts beside its sine; a polynomial law
// with positive columns and one as wide as an angle need no other.
func TestLawsAreTriedWhereSlopesAskForThem(t *testing.T) {
	unhurried(t)
	saturating := system{"decay", func(d, x []float64) {
		g := x[0] / (0.5 + x[0])
		d[0], d[1] = -g, g-0.3*x[1]
	}, []float64{3, 0.1}, 0.1, 50, 0.02, false, 0.01}
	rotor := system{"rotor", func(d, x []float64) { d[0], d[1] = x[1], -math.Sin(x[0])-0.1*x[1] }, []float64{0, 3}, 0.15, 80, 0.02, false, 0.01}
	sprung := system{"pendulum on a spring", func(d, x []float64) { d[0], d[1] = x[1], -3*math.Sin(x[0])-0.6*x[0]-0.05*x[1] },
		[]float64{4, 3}, 0.12, 100, 0.02, false, 0.02}
	vdp := others()[0]
	vdp.noise = 0.02
	for _, c := range []struct {
		s    system
		want string // candidate that is tried beside polynomials and networks
	}{{saturating, "saturation"}, {rotor, "waves"}, {sprung, "waves beside"}, {lotkaVolterra(), ""}, {vdp, ""}} {
		rec, truth := c.s.draw(2)
		set := DefaultSettings()
		set.Members = 1
		p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), set)
		if err != nil {
			t.Fatal(err)
		}
		list := beginAtSlopes(t, p)
		var laws []string
		for _, l := range list {
			if l.p.ArchName == "library" {
				laws = append(laws, l.name)
			}
		}
		if got := strings.Join(laws, ", "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is tried, want %q", c.s.name, got, c.want)
		}
		if c.want == "" || testing.Short() {
			continue
		}
		r := fitted(t, &Auto{}, p)
		d := len(c.s.x0)
		var times []float64
		for i := range 2 * c.s.rows {
			times = append(times, float64(i)*c.s.dt)
		}
		f, err := r.Model.Forecast(0, times, nil)
		if err != nil || f.Len() < len(times) {
			t.Fatalf("%s: %v, %d rows", c.s.name, err, f.Len())
		}
		beyond, variance := 0.0, 0.0
		for _, v := range data.NewMoments(rec).Variance() {
			variance += v / float64(d)
		}
		for i := d * c.s.rows; i < len(truth); i++ {
			beyond += (f.X[i] - truth[i]) * (f.X[i] - truth[i]) / float64(d*c.s.rows)
		}
		if beyond > c.s.beyond*variance {
			t.Errorf("%s: error beyond the record %.3g of a variance of %.3g; %s", c.s.name, beyond, variance, r.Model.ArchName)
			logTried(t, r)
		}
	}
}

// TestLawAboutZeroIsFoundFromDataFarFromIt: in one well of a double well, three
// deviations from zero, the law about the data has more terms than that about zero,
// and is wrong in the other well.
func TestLawAboutZeroIsFoundFromDataFarFromIt(t *testing.T) {
	unhurried(t)
	s := system{"well", func(d, x []float64) { d[0], d[1] = x[1], x[0]-0.5*x[0]*x[0]*x[0]-0.1*x[1] }, []float64{1.9, 0.1}, 0.2, 100, 0.03, false, 0.05}
	rec, _ := s.draw(1)
	set := DefaultSettings()
	set.Members = 1
	p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), set)
	if err != nil {
		t.Fatal(err)
	}
	c := candidateNamed(t, p, "sparse polynomial of degree 3 about zero")
	want := []float64{1, -0.1, -0.5}
	if left, _ := c.b.terms(); left != len(want)+1 {
		t.Fatalf("%d terms are left: %s", left, c.model(c.b.z).Text())
	}
	m := c.model(c.b.z)
	// At the middle of the other well the rate of v is that of the law.
	for _, x := range [][2]float64{{-1.4, 0}, {-1, 0.5}, {0.3, -1}} {
		f, err := m.ForecastFrom(x[:], 0, []float64{0, 1e-3}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rate := (f.X[3] - f.X[1]) / 1e-3
		if law := want[0]*x[0] + want[1]*x[1] + want[2]*x[0]*x[0]*x[0]; math.Abs(rate-law) > 0.1 {
			t.Errorf("at %v the rate is %.3g, want %.3g", x, rate, law)
		}
	}
}

// beginAtSlopes are the candidates that need no linear law, which takes longer to find than many
// of them.
func beginAtSlopes(t *testing.T, p *Problem) []*candidate {
	t.Helper()
	list, err := p.candidatesBeside(func() ([]*candidate, bool, error) { return nil, false, nil })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// candidateNamed is auto's candidate of that name after all its phases.
func candidateNamed(t *testing.T, p *Problem, name string) *candidate {
	t.Helper()
	a := &search{p: p, ctx: context.Background(), list: beginAtSlopes(t, p)}
	a.limit()
	for _, c := range a.list {
		if c.name != name {
			continue
		}
		if err := c.prepare(0, a.budget(c.p)); err != nil {
			t.Fatal(err)
		}
		for c.phase < phases && c.b.fail == "" {
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
		}
		if c.b.fail != "" {
			t.Fatalf("%s: %s", name, c.b.fail)
		}
		return c
	}
	t.Fatalf("there is no candidate %q", name)
	return nil
}

// TestTermsHaveErrors: the coefficients of a law that was found lie within a few of
// their standard errors of the true ones, in user units; the rate of a position is
// set, not estimated.
func TestTermsHaveErrors(t *testing.T) {
	s := system{"spring", func(d, x []float64) { d[0], d[1] = x[1], -2*x[0]-0.3*x[1] }, []float64{4, 0}, 0.15, 80, 0.03, false, 0}
	rec, _ := s.draw(2)
	set := DefaultSettings()
	set.Members = 1
	p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), set)
	if err != nil {
		t.Fatal(err)
	}
	c := candidateNamed(t, p, "polynomial of degree 1 + network")
	if !c.b.weigh() {
		t.Fatal(c.b.fail)
	}
	found := map[string]bool{}
	for _, e := range c.terms() {
		want, ok := map[string]float64{"d x/dt y": 1, "d y/dt x": -2, "d y/dt y": -0.3}[e.Of+" "+e.Name]
		if !ok {
			t.Errorf("a term too many: %+v", e)
			continue
		}
		found[e.Of+" "+e.Name] = true
		if sd := e.SD; math.IsNaN(sd) && math.Abs(e.Value-want) > 1e-9 || math.Abs(e.Value-want) > 4*sd || sd > 0.05 {
			t.Errorf("%s, %s = %.4g ± %.2g, want %g", e.Of, e.Name, e.Value, sd, want)
		}
	}
	if len(found) != 3 {
		t.Errorf("found %v", found)
	}
}
