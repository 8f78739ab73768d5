package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

func white(n int, seed uint64) []float64 {
	s := num.Stream(seed, "white")
	out := make([]float64, n)
	for i := range out {
		out[i] = s.NormFloat64()
	}
	return out
}

// Of white noise memory is at most as large as a normal draw; of noise that
// remembers, its correlation times the root of the number of rows.
func TestMemoryOfNoise(t *testing.T) {
	far := 0
	for seed := range uint64(200) {
		if z, _ := memory([][]float64{white(100, seed)}); math.Abs(z) > 2 {
			far++
		}
	}
	if far > 16 {
		t.Errorf("%d of 200 series of white noise beyond two deviations", far)
	}
	v := white(400, 1)
	for i := 1; i < len(v); i++ {
		v[i] += 0.7 * v[i-1]
	}
	if z, _ := memory([][]float64{v}); z < 11 || z > 17 {
		t.Errorf("correlation 0.7 of 400 rows: %g", z)
	}
	v[7] = math.NaN()
	if z, _ := memory([][]float64{v[:200], v[200:]}); z < 11 || z > 17 {
		t.Errorf("in two runs with a missing value: %g", z)
	}
}

func TestRunOfARow(t *testing.T) {
	if got := meanRun([][]float64{{1, 1, 1, -1, 1, 1}}); differs(got, 14.0/6, 1e-12) {
		t.Errorf("%g", got)
	}
	if got := meanRun([][]float64{{1, 1, math.NaN(), math.NaN(), 1, 1}}); got != 2 {
		t.Errorf("%g of two runs apart", got)
	}
	if got := meanRun([][]float64{white(20000, 3)}); math.Abs(got-3) > 0.1 {
		t.Errorf("of white noise %g, want 3", got)
	}
}

func TestPeriodIsFoundInNoiseOnlyWhereThereIsOne(t *testing.T) {
	found := 0
	for seed := range uint64(300) {
		v := white(100, 1000+seed)
		times := make([]float64, len(v))
		for i := range times {
			times[i] = 0.5 * float64(i)
		}
		if _, _, ok := periodOf(times, v); ok {
			found++
		}
		for i := range v {
			v[i] += 20 + 1.6*math.Sin(2*math.Pi*times[i]/7+1)
		}
		period, share, ok := periodOf(times, v)
		if !ok || math.Abs(period/7-1) > 0.05 || share < 0.3 || share > 0.8 {
			t.Errorf("draw %d: period %g, share %g, %v", seed, period, share, ok)
		}
	}
	if found > 2 {
		t.Errorf("a period in %d of 300 series of noise", found)
	}
}

// column makes a problem of one column.
func columnProblem(t *testing.T, f func(x float64) float64, rows int) *Problem {
	t.Helper()
	s := data.Series{Names: []string{"y"}, Time: "t"}
	for k, e := range white(rows, 5) {
		at := 0.2 * float64(k)
		s.T, s.X = append(s.T, at), append(s.X, f(at)+0.02*e)
	}
	p, err := NewProblem([]data.Series{s}, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTurnsOfAColumn(t *testing.T) {
	for _, c := range []struct {
		name        string
		f           func(x float64) float64
		least, most int
	}{
		{"a wave", math.Sin, 4, 6}, {"growth to a limit", func(x float64) float64 { return 1 / (1 + 9*math.Exp(-x)) }, 0, 0},
		{"decay", func(x float64) float64 { return math.Exp(-x / 3) }, 0, 0}, {"one hump", func(x float64) float64 { return x * math.Exp(-x/2) }, 1, 1},
	} {
		p := columnProblem(t, c.f, 80)
		if n := p.turns(0); n < c.least || n > c.most {
			t.Errorf("%s turns %d times", c.name, n)
		}
		if !lone(untrained(t, p, 1)) {
			t.Errorf("%s: a lone autonomous equation is not seen", c.name)
		}
	}
	p := mustProblem(t, []data.Series{single([]float64{0, 1, 2, 3, 4, 5, 6, 7}, []float64{1, 2, 1, 2, 1, 2, 1, 3})},
		&field.Equations{Text: "x' = cos(t)"}, func(s *Settings) { s.Heldout = 0 })
	if lone(untrained(t, p, 1)) {
		t.Error("an equation that reads the time is called autonomous")
	}
}

// TestWidthsAreThoseOfBands: a model without one has none.
func TestWidthsAreThoseOfBands(t *testing.T) {
	p := mustProblem(t, []data.Series{noisy(wave(steps(60, 0.3)), 0.05)}, &field.Equations{Text: "x' = -0.1*(x - 3)"})
	r := &Result{Status: StatusOK, Model: untrained(t, p, 1), Method: "test"}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	if w := p.width(r.Model); r.Model.Band == nil || !(w > 0 && w <= model.MostExtents) {
		t.Errorf("the width of the band is %g", w)
	}
	if r.Model.Band = nil; !math.IsNaN(p.width(r.Model)) {
		t.Errorf("without a band the width is %g", p.width(r.Model))
	}
}

func TestColumnThatJumpsLooksLikeAnInput(t *testing.T) {
	s := data.Series{Names: []string{"x", "heat"}, Time: "t"}
	for k, e := range white(60, 2) {
		s.T = append(s.T, float64(k))
		s.X = append(s.X, math.Sin(0.3*float64(k))+0.01*e, float64(k/15%2))
	}
	p, err := NewProblem([]data.Series{s}, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := p.likeInput(0), p.likeInput(1); a != "" || b == "" {
		t.Errorf("x %q, heat %q", a, b)
	}
	all := p.judgeRoles(&Signs{}, false)
	if len(all) != 1 || all[0].Code != VerdictUndriven || !strings.Contains(all[0].Text, "inputs=heat") {
		t.Errorf("%v", all)
	}
}

// A fit that cannot be right says so, and one that is right does not.
func TestVerdictsOfGoodAndBadFits(t *testing.T) {
	unhurried(t)
	codes := func(r *Result) []string {
		var out []string
		for _, v := range r.Verdicts {
			out = append(out, v.Code)
		}
		return out
	}
	s := DefaultSettings()
	s.Budget, s.Members, s.Seed = 100, 4, 1
	one := recording(t, "lotka-volterra.csv")
	p, err := NewProblem(one, "poly-mlp", &field.PolyMLP{MLP: field.MLP{Hidden: []int{4}, Activation: "tanh"}, Degree: 2}, s)
	if err != nil {
		t.Fatal(err)
	}
	r := fitted(t, &Auto{}, p)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Verdicts) > 0 || r.Model.Band == nil || r.Model.Band.Values == 0 {
		t.Errorf("a good fit: %v, band %+v", r.Verdicts, r.Model.Band)
	}
	q := columnProblem(t, math.Sin, 100)
	q.Settings.Budget, q.Settings.Members = 30, 2
	if r = fitted(t, &Auto{}, q); Complete(q, r) != nil || !slices.Contains(codes(r), VerdictOneColumn) || !slices.Contains(codes(r), VerdictMemory) {
		t.Errorf("one column that oscillates: %v", codes(r))
	}
}

func TestMembersThatLostTheRowsAreLeftOut(t *testing.T) {
	m := decaying(t, -0.1, -0.11, 5, -0.09)
	s := single([]float64{10, 11, 12, 13, 14, 15, 16, 17}, []float64{1, 0.9, 0.81, 0.73, 0.66, 0.59, 0.54, 0.49})
	p := &Problem{Train: []data.Series{s}, Parts: m.Parts}
	r := &Result{Model: m, Members: 4}
	p.leaveOut(r)
	if len(r.Model.Theta) != 3 || r.Members != 3 || len(r.Warnings) != 1 || len(r.Model.Records[0].Start) != 3 || r.Model.Theta[2][0] != -0.09 {
		t.Errorf("%d members left, %q", len(r.Model.Theta), r.Warnings)
	}
}

// Equations that are not those of the rows, and noise with a memory, are told, with what that does
// to the errors; those of the rows with white noise are not accused.
func TestErrorsOfNumbersAreDoubtedWhereNoiseHasAMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 2))
	logistic, memory := data.Series{Names: []string{"N"}}, data.Series{Names: []string{"N"}}
	slow := 0.0
	for k := range 61 {
		at := float64(k) / 4
		n := 50 / (1 + (50./3-1)*math.Exp(-0.8*at))
		slow = 0.9*slow + 0.436*r.NormFloat64()
		logistic.T, logistic.X = append(logistic.T, at), append(logistic.X, n+r.NormFloat64())
		memory.T, memory.X = append(memory.T, at), append(memory.X, n+slow)
	}
	zero := 0.0
	unknown := map[string]field.Unknown{"r": {Start: 0.5, Min: &zero}, "K": {Start: 40, Min: &zero}}
	for _, c := range []struct {
		law  string
		rows data.Series
		told bool
	}{
		{"N' = r*N*(1 - N/K)", logistic, false},
		{"N' = r*N*(1 - N/K)", memory, true},
		{"N' = r*N*log(K/N)", logistic, true},
	} {
		p := mustProblem(t, []data.Series{c.rows}, &field.Equations{Text: c.law, Parameters: unknown}, func(s *Settings) { s.Members = 1 })
		res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		if err := Complete(p, res); err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(res.Verdicts, func(v Verdict) bool {
			return v.Code == VerdictMemory && strings.Contains(v.Text, "are too small, by a factor of")
		})
		if told != c.told {
			t.Errorf("%s: told %v, want %v: %v (%+v)", c.law, told, c.told, res.Verdicts, res.Signs)
		}
	}
}
