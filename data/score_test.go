package data

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func wantNear(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.12g, want %.12g ± %g", what, got, want, tol)
	}
}

func TestScoresAreTheContract(t *testing.T) {
	ref := readOne(t, "t,x,y\n0,1,10\n1,3,\n2,5,30\n", ReadOptions{})
	got := readOne(t, "t,x,y\n0,1,13\n1,4,99\n2,5,30\n", ReadOptions{})
	s, err := Compare([]Series{got}, []Series{ref}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// x: squared errors 0, 1, 0, variance 8/3; y: 9, 0 on two rows, variance 100.
	relative := (1.0/3/(8.0/3) + 4.5/100) / 2
	wantNear(t, "mse", s.MSE, 10.0/5, 1e-15)
	wantNear(t, "nrmse", s.NRMSE, math.Sqrt(relative), 1e-15)
	wantNear(t, "r2", s.R2, 1-relative, 1e-15) // all rows were compared
	wantNear(t, "mse of x", s.Components[0].MSE, 1.0/3, 1e-15)
	wantNear(t, "nrmse of y", s.Components[1].NRMSE, math.Sqrt(0.045), 1e-15)
	wantNear(t, "r2 of y", s.Components[1].R2, 0.955, 1e-15)
}

func TestPredictingTheMeanScoresZero(t *testing.T) {
	ref := readOne(t, "t,x,y\n0,1,10\n1,3,20\n2,5,60\n", ReadOptions{})
	m := NewMoments(ref)
	s := NewScorer(ref.Names, m.Variance(), nil)
	for i := range ref.T {
		s.Add(m.Mean, ref.Row(i))
	}
	wantNear(t, "r2", s.Scores().R2, 0, 1e-15)
	wantNear(t, "nrmse", s.Scores().NRMSE, 1, 1e-15)
	s.Reset()
	if v := s.Scores().MSE; !math.IsNaN(v) {
		t.Errorf("mse of no rows = %g, want NaN", v)
	}
}

func TestR2RefersToTheRowsCompared(t *testing.T) {
	// A record that climbs: the mean of the first half explains nothing of that half, and
	// is nearer to it than all rows are to theirs.
	ref := readOne(t, "t,x\n0,1\n1,3\n2,2\n3,11\n4,13\n5,12\n", ReadOptions{})
	s := NewScorer(ref.Names, NewMoments(ref).Variance(), nil)
	for i := range 3 {
		s.Add([]float64{2}, ref.Row(i))
	}
	wantNear(t, "r2 of the mean of the rows", s.Scores().R2, 0, 1e-15)
	wantNear(t, "its nrmse", s.Scores().NRMSE, math.Sqrt(2.0/3/(25+2.0/3)), 1e-15)
	s.Reset()
	for i := 3; i < 6; i++ { // 12 ± 1: a quarter of their spread is left
		s.Add([]float64{(ref.Row(i)[0] + 12) / 2}, ref.Row(i))
	}
	wantNear(t, "r2 after a reset", s.Scores().R2, 0.75, 1e-15)
	s.Reset()
	s.Add([]float64{2}, ref.Row(0))
	if v := s.Scores(); !math.IsNaN(v.R2) || math.IsNaN(v.NRMSE) {
		t.Errorf("one row has no variance: %+v", v)
	}
	s.Reset()
	for i := range ref.T {
		s.Add([]float64{1e9 + 7}, []float64{1e9 + ref.Row(i)[0]})
	}
	wantNear(t, "r2 far from 0", s.Scores().R2, 0, 1e-12)
}

// A prediction at or below the limit of a value that is only known not to be above it is right,
// whatever it is; one above it is off by what it is above. Values above the limit are as ever,
// and their R2 still has 0 for the mean.
func TestValuesBelowALimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const limit = 0.5
	for range 200 {
		s := NewScorer([]string{"x", "y"}, []float64{4, 9}, []float64{limit, math.NaN()})
		sum, below, n := 0.0, 0, 1+r.IntN(30)
		for range n {
			got, want := []float64{3 * r.NormFloat64(), r.NormFloat64()}, []float64{max(limit, r.NormFloat64()), -1}
			switch {
			case want[0] > limit:
				sum += (got[0] - want[0]) * (got[0] - want[0])
			case got[0] > limit:
				sum += (got[0] - limit) * (got[0] - limit)
				below++
			default:
				below++
			}
			s.Add(got, want)
		}
		c := s.Scores()
		wantNear(t, "mse", c.Components[0].MSE, sum/float64(n), 1e-12*(1+sum))
		if c.Below != below || c.Components[0].Below != below || c.Components[1].Below != 0 {
			t.Errorf("%d below, want %d", c.Below, below)
		}
	}
	s := NewScorer([]string{"x"}, []float64{1}, []float64{1})
	for _, v := range []float64{1, 1, 3, 7} {
		s.Add([]float64{3}, []float64{v})
	}
	wantNear(t, "r2 of the mean", s.Scores().R2, 0, 1e-15)
	s.Add([]float64{math.NaN()}, []float64{1})
	if v := s.Scores().MSE; !math.IsNaN(v) {
		t.Errorf("no prediction has the error %g", v)
	}
}

// Limits stay with their columns when some are picked, and compare knows them.
func TestCompareKnowsValuesBelowALimit(t *testing.T) {
	s, err := compareText(t, "t,y,x\n0,3,1\n1,0,0\n2,0.5,0\n", "t,x,y\n0,1,3\n1,0,<0.1\n2,0,<0.1\n", CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "mse", s.MSE, 0.16/6, 1e-15)
	ref := readOne(t, "t,x,y\n0,1,3\n1,0,<0.1\n2,0,<0.1\n", ReadOptions{})
	if p, err := ref.Pick([]string{"y"}); s.Below != 2 || err != nil || len(p.Below) != 1 || p.Below[0] != 0.1 {
		t.Errorf("%d below, picked %v %v", s.Below, p.Below, err)
	}
}

func TestScoresJSON(t *testing.T) {
	s := Scores{0.5, math.NaN(), math.Inf(-1), 4, []ComponentScore{{"z", 1, 2, 3, 4}, {"a", math.NaN(), 0, 1, 0}}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"mse":0.5,"nrmse":null,"r2":null,"below":4,"components":{"z":{"mse":1,"nrmse":2,"r2":3,"below":4},"a":{"mse":null,"nrmse":0,"r2":1}}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var back Scores
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.MSE != 0.5 || back.Below != 4 || !math.IsNaN(back.NRMSE) || len(back.Components) != 2 || back.Components[0] != s.Components[0] {
		t.Errorf("read back %+v", back)
	}
	if text, _ = json.Marshal(Scores{MSE: 1}); string(text) != `{"mse":1,"nrmse":0,"r2":0}` {
		t.Errorf("without components: %s", text)
	}
}

func TestScorerDoesNotAllocate(t *testing.T) {
	s := NewScorer([]string{"x"}, []float64{1}, []float64{1})
	row := []float64{2}
	if n := testing.AllocsPerRun(10, func() { s.Reset(); s.Add(row, row) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func compareText(t *testing.T, got, ref string, o CompareOptions) (Scores, error) {
	t.Helper()
	return Compare(read(t, got, ReadOptions{}), read(t, ref, ReadOptions{}), o)
}

func TestCompareMatchesRowsByTime(t *testing.T) {
	const ref = "t,x\n0,0\n0.1,1\n0.2,2\n0.3,3\n0.4,4\n"
	for name, got := range map[string]string{
		"rounded times":   "t,x\n0.1,2\n0.2,3\n0.30000000000000004,4\n",
		"finer rows":      "t,x\n0.05,9\n0.1,2\n0.15,9\n0.2,3\n0.25,9\n0.3,4\n0.35,9\n0.4,5\n",
		"coarser rows":    "t,x\n-0.2,9\n0,1\n0.2,3\n0.4,5\n0.6,9\n",
		"other columns":   "t,z,x,x_lo,x_hi\n0.1,7,2,0,0\n0.2,7,3,0,0\n",
		"one common time": "t,x\n0.4,5\n0.5,9\n",
	} {
		s, err := compareText(t, got, ref, CompareOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantNear(t, name, s.MSE, 1, 1e-12)
		wantNear(t, name+", variance of the whole reference", s.NRMSE, math.Sqrt(1.0/2), 1e-12)
	}
}

func TestCompareInterpolatesWhenAsked(t *testing.T) {
	const got, ref = "t,x\n0,1\n1,3\n2,5\n", "t,x\n0.5,1\n1.25,2.5\n5,9\n"
	if _, err := compareText(t, got, ref, CompareOptions{}); err == nil || !strings.Contains(err.Error(), "--interpolate") {
		t.Errorf("without asking: %v", err)
	}
	s, err := compareText(t, got, ref, CompareOptions{Interpolate: true})
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "mse", s.MSE, 1, 1e-15) // 2 against 1, 3.5 against 2.5
}

func TestCompareTimestampsOfDifferentStart(t *testing.T) {
	const ref = "date,x\n2024-01-01,0\n2024-01-02,1\n2024-01-03,2\n"
	const got = "date,x\n2024-01-02T00:00,2\n2024-01-02T12:00,7\n2024-01-03T00:00,3\n"
	s, err := compareText(t, got, ref, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "mse", s.MSE, 1, 1e-15)
}

func TestCompareMatchesRecordingsByName(t *testing.T) {
	const ref = "id,t,x\na,0,1\na,1,2\nb,0,3\nb,1,4\n"
	const got = "id,t,x\nb,0,3\nb,1,6\na,0,1\na,1,2\n"
	s, err := compareText(t, got, ref, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "mse", s.MSE, 1, 1e-15)
}

func TestCompareSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct{ name, got, ref, want string }{
		{"column", "t,hare\n0,1\n", "t,hares\n0,1\n", `did you mean "hare"?`},
		{"overlap", "t,x\n0,1\n1,1\n", "t,x\n2,1\n3,1\n", "do not overlap in time: 0 to 1 and 2 to 3"},
		{"recording", "id,t,x\na,0,1\nc,0,1\n", "id,t,x\na,0,1\nb,0,1\n", `recording "b"`},
		{"value", "t,x,y\n0,1,1\n1,,1\n", "t,x,y\n0,1,1\n1,1,1\n", `no value of "x" at time 1`},
		{"dates that do not overlap", "t,x\n2024-01-01,1\n2024-02-01,1\n", "t,x\n2025-01-01T06:00,1\n2025-02-01,1\n", "2024-01-01 to 2024-02-01 and 2025-01-01T06:00:00Z to 2025-02-01"},
		{"dates between dates", "t,x\n2024-01-01,1\n2024-02-01,1\n2024-03-03,1\n", "t,x\n2024-01-01,1\n2024-02-01,1\n2024-03-01,1\n2024-04-01,1\n", "2024-03-03 is only on the compared side, time 2024-03-01 only in the reference"},
		{"clock", "t,x\n0,1\n", "t,x\n2024-01-01,1\n", "timestamps"},
	} {
		_, err := compareText(t, c.got, c.ref, CompareOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestCompareIgnoresBandsOfTheReference(t *testing.T) {
	s, err := compareText(t, "t,x\n0,1\n1,2\n", "t,x,x_lo,x_hi\n0,1,0,2\n1,2,1,3\n", CompareOptions{})
	if err != nil || len(s.Components) != 1 || s.MSE != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Of columns that are what another was before the scores say nothing.
func TestScoresOfTheFirstColumnsAlone(t *testing.T) {
	one, three := NewScorer([]string{"x"}, []float64{4}, nil), NewScorer([]string{"x", "x_lag1", "x_lag2"}, []float64{4, 5, 6}, nil).First(1)
	for k := range 5 {
		v := float64(k)
		one.Add([]float64{v}, []float64{v*v - 1})
		three.Add([]float64{v, 7, 8}, []float64{v*v - 1, math.NaN(), -v})
	}
	a, b := one.Scores(), three.Scores()
	if a.MSE != b.MSE || a.NRMSE != b.NRMSE || a.R2 != b.R2 || len(b.Components) != 1 {
		t.Errorf("%+v beside %+v", b, a)
	}
}
