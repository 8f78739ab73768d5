package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.10g, want %.10g", what, got, want)
	}
}

// Test functions of windows have the integral 1 and the slope of their differences, and end at ±1.
func TestBumpsHaveTheIntegralOne(t *testing.T) {
	const n = 2000
	sum := 0.0
	for k := range n {
		tau := -1 + (float64(k)+0.5)*2/n
		sum += bump(tau) * 2 / n
		closeTo(t, "the slope of a bump", bumpSlope(tau), (bump(tau+1e-6)-bump(tau-1e-6))/2e-6, 1e-5)
		closeTo(t, "a bump", bump(tau), bump(-tau), 1e-12)
	}
	closeTo(t, "the integral", sum, 1, 1e-6)
	for _, tau := range []float64{1, -1, 1.5} {
		if bump(tau) != 0 || bumpSlope(tau) != 0 {
			t.Errorf("a bump at %g is %g, its slope %g", tau, bump(tau), bumpSlope(tau))
		}
	}
}

// The first peak behind the first zero is that of the parabola which it is; a lower one than three
// tenths, or one in front of a zero, is none.
func TestPeaksOfAutocorrelations(t *testing.T) {
	weight := make([]float64, 14)
	of := func(height float64, early ...float64) (acf []float64) {
		for k := range weight {
			weight[k] = float64(20 - k)
			r := height - 0.1*(float64(k)-6.3)*(float64(k)-6.3)
			if k < 4 {
				r = []float64{1, 0.2, -0.1, -0.3}[k]
			}
			if k < len(early) {
				r = early[k]
			}
			acf = append(acf, r*weight[k])
		}
		return acf
	}
	closeTo(t, "the lag of the peak", peak(of(0.9), weight, 12), 6.3, 1e-12)
	closeTo(t, "the lag of a peak that is too low", peak(of(0.29), weight, 12), 0, 0)
	closeTo(t, "the lag of a peak behind another before the zero", peak(of(0.9, 1, 0.5, 0.6, -0.3), weight, 12), 6.3, 1e-12)
	closeTo(t, "the lag of a peak out of reach", peak(of(0.9), weight, 5), 0, 0)
}

func TestScatterIsTheErrorOfAMean(t *testing.T) {
	closeTo(t, "the error of the mean of 1 … 4", scatter([]float64{1, 2, 3, 4}), math.Sqrt(5./3/4), 1e-15)
	closeTo(t, "the error of the mean of 101 … 104", scatter([]float64{101, 102, 103, 104}), math.Sqrt(5./3/4), 1e-12)
	closeTo(t, "the error of the mean of three", scatter([]float64{1, 1, 4}), 1, 1e-15)
	if !math.IsNaN(scatter([]float64{1, 2})) {
		t.Error("two values tell no error")
	}
}

// A prediction is valid until three rows running are too far off in the mean; one alone may be noise.
// Of windows that reach half as far as the longest the median counts.
func TestValidTimesAreMediansOverOrigins(t *testing.T) {
	of := func(origin float64, err ...float64) Window {
		w := Window{Origin: origin, Err: err}
		for k := range err {
			w.T = append(w.T, origin+float64(k+1))
		}
		return w
	}
	nan := math.NaN()
	failed := of(0, 0.1, 0.1, nan, nan)
	failed.Failed = "left the numbers"
	for _, c := range []struct {
		w     Window
		valid float64
		whole bool
	}{
		{of(7, 0.1, 0.1, 0.1, 0.1), 4, true},
		{of(0, 0.1, 2, 0.1, 0.1), 1, false},    // 4.02 is more than three …
		{of(0, 0.1, 1.5, 0.1, 0.1), 4, true},   // … and 2.27 is not
		{of(0, 0.1, 1.5, 1.5, 1.5), 1, false},  // three of them
		{of(7, 0.1, 0.1, 0.1, 1.1), 3, false},  // the last row alone
		{of(0, 0.1, 1.1, nan, 1.1), 1, false},  // what is not known does not count
		{failed, 2, false},                     // it ended
		{of(0, 0.1, nan, 0.1, 0.1), 4, true},   // a missing row
		{of(0, 1.01, 1.01, 1.01, 0), 0, false}, // from the first on
	} {
		valid, whole := c.w.valid(1, 1, 1)
		if valid != c.valid || whole != c.whole {
			t.Errorf("%v is valid for %g, to its end: %v; want %g, %v", c.w.Err, valid, whole, c.valid, c.whole)
		}
	}
	h := &HeldOut{Windows: []Window{of(0, 0, 9, 9, 9, 9, 9), of(5, 0, 0, 9, 9, 9, 9), of(9, 0, 0, 0, 0, 9, 9), of(2, 0, 0)}}
	// The last is too short to count: the median of 1, 2, 4 is 2.
	if v := validTime(h, []float64{1}, 1); v.Time != 2 || v.Least || v.Origins != 3 {
		t.Errorf("%+v", v)
	}
	h.Windows[3] = of(2, 0, 0, 0) // as long as half of the longest: of 1, 2, 3, 4 it is the upper one
	if v := validTime(h, []float64{1}, 1); v.Time != 3 || !v.Least || v.Origins != 4 {
		t.Errorf("%+v", v)
	}
}

// Held-out rows are measured in five parts: stretches of time, or recordings if there are so many.
func TestFoldsAreStretchesOrRecordings(t *testing.T) {
	window := func(rec int, t ...float64) bandWindow { return bandWindow{rec: rec, t: t} }
	few := []bandWindow{window(0, 10, 20), window(0, 30, 60), window(3, 40, 50)}
	of := folds(few)
	for i, want := range [][]int{{0, 1}, {2, 4}, {3, 4}} {
		for k, part := range want {
			if got := of(&few[i], k); got != part {
				t.Errorf("the row at %g is in part %d, want %d", few[i].t[k], got, part)
			}
		}
	}
	var many []bandWindow
	for rec := range 5 {
		many = append(many, window(rec+2, 1, 2))
	}
	of = folds(many)
	for rec := range 5 {
		if got := of(&many[rec], 1); got != (rec+2)%5 {
			t.Errorf("recording %d is in part %d", rec+2, got)
		}
	}
	of = folds(many[:4])
	if of(&many[0], 0) != 0 || of(&many[0], 1) != 4 {
		t.Error("four recordings are cut in time")
	}
	once := []bandWindow{window(0, 5), window(1, 5)}
	if of = folds(once); of(&once[1], 0) != 1 {
		t.Error("rows of one time cannot be cut in time")
	}
}

// The inverse does not depend on units, and has the largest error where nothing is known.
func TestInversesDoNotDependOnUnits(t *testing.T) {
	h := mat.NewSymDense(3, []float64{4, 1, 0.5, 1, 3, 0.2, 0.5, 0.2, 2})
	units := []float64{1e6, 1, 1e-7}
	scaled := mat.NewSymDense(3, nil)
	var want mat.Dense
	if err := want.Inverse(h); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		for j := i; j < 3; j++ {
			scaled.SetSym(i, j, h.At(i, j)*units[i]*units[j])
		}
	}
	got := inverse(scaled)
	for i := range 3 {
		for j := range 3 {
			closeTo(t, "an entry of the inverse", got.At(i, j)*units[i]*units[j], want.At(i, j), 1e-10)
		}
	}
	got = inverse(mat.NewSymDense(2, []float64{4, 0, 0, 0}))
	closeTo(t, "a known direction", got.At(0, 0), 0.25, 1e-10)
	if v := got.At(1, 1); !(v > 1e11) || math.IsInf(v, 1) {
		t.Errorf("the variance of what is not known is %g", v)
	}
}

func TestFeaturesOfLocalMaps(t *testing.T) {
	x, y := []float64{1, 2, 3}, []float64{2, 5, 3.5} // v = (1, 3, 0.5) in units of 2
	row := make([]float64, 4)
	features(row, x, y, 2)
	for i, want := range []float64{1, 0.5, 1.5, 0.25} {
		closeTo(t, "a feature", row[i], want, 1e-15)
	}
	row = make([]float64, 10)
	features(row, x, y, 2)
	for i, want := range []float64{1, 0.5, 1.5, 0.25, 0.25, 0.75, 0.125, 2.25, 0.375, 0.0625} {
		closeTo(t, "a feature", row[i], want, 1e-15)
	}
	for want, spread := range map[int][]float64{1: {1, 0.04, 0.03}, 2: {20, 1.1, 0.9}, 3: {1, 0.5, 0.05}} {
		if got := (&localMap{spread: spread}).known(); got != want {
			t.Errorf("of directions that spread like %v %d are known, want %d", spread, got, want)
		}
	}
}

func TestCoefficientsAreNamedLikeNoColumn(t *testing.T) {
	for want, names := range map[string][]string{"k": {"x", "y"}, "c": {"k1", "y"}, "p": {"k", "c", "a1", "b"}, "kkkk": {"k", "c", "a", "b", "pqr"}} {
		if got := coefficientPrefix(names); got != want {
			t.Errorf("beside %v they are %s1, …, want %s1", names, got, want)
		}
	}
}

// Regular rows, some of them missing, have the time of a step; others have none.
func TestStepsOfRegularRows(t *testing.T) {
	p := &Problem{Train: []data.Series{{Names: []string{"x"}, T: []float64{1, 1.1, 1.2, 1.5, 1.6}, X: make([]float64, 5)},
		{Names: []string{"x"}, T: []float64{7, 7.1, 7.2, 7.3}, X: make([]float64, 4)}}}
	h, err := p.sampling(&field.GRU{})
	if err != nil {
		t.Error(err)
	}
	closeTo(t, "a step", h, 0.1, 1e-12)
	if h, err = p.sampling(&field.GRU{Recurrent: field.Recurrent{Every: 0.25}}); h != 0.25 || err != nil {
		t.Errorf("a step that was given is %g; %v", h, err)
	}
	if _, err = p.sampling(&field.GRU{Recurrent: field.Recurrent{Every: -1}}); err == nil {
		t.Error("a negative step is accepted")
	}
	p.Train[0].T[3] = 1.46
	if _, err = p.sampling(&field.GRU{}); err == nil {
		t.Error("irregular rows are accepted")
	}
}

// Straight lines are even whatever the distances of their rows; ones and minus ones in turn are off
// by 2, and white noise of deviation 1 would be by √1.5.
func TestUnevennessIsTheDeviationOfNoise(t *testing.T) {
	p := &Problem{Train: []data.Series{{Names: []string{"line", "turns", "gap"}}}}
	s := &p.Train[0]
	for k := range 40 {
		s.T = append(s.T, float64(k))
		turn := 1 - 2*float64(k%2)
		gap := math.NaN()
		if k%3 != 1 { // rows at 0, 2, 3, 5, 6, …: a third or two between neighbours
			gap = float64(k * k)
		}
		s.X = append(s.X, 3*float64(k)+1, turn, gap)
	}
	got := p.unevenness(&model.Band{})
	closeTo(t, "the unevenness of a line", got[0], 0, 1e-12)
	closeTo(t, "that of turns", got[1], 2/math.Sqrt(1.5), 1e-12)
	// Of k² the deviation from the line through neighbours a and b away is a·b = 2.
	closeTo(t, "that of a parabola with gaps", got[2], 2/math.Sqrt(1+1./9+4./9), 1e-12)
}

// sine is one of a period beside a constant, from a time on.
func sine(rows int, step, period, from float64) data.Series {
	s := data.Series{Names: []string{"wave", "constant"}}
	for k := range rows {
		t := from + step*float64(k)
		s.T, s.X = append(s.T, t), append(s.X, 5+2*math.Sin(2*math.Pi*t/period), 3)
	}
	return s
}

// The seasonal forecast of a wave is the wave, whatever stands beside it; of what only grows there is none.
func TestTheSeasonalForecastOfAWaveIsTheWave(t *testing.T) {
	const period = 7.3
	p := &Problem{Train: []data.Series{sine(400, 0.1, period, 2)}}
	b, ok := p.seasonalBaseline()
	if !ok {
		t.Fatal("no period is found")
	}
	future := sine(150, 0.1, period, p.Train[0].T[399]+0.1)
	got := b.run(&p.Train[0], &future)
	for k, v := range got {
		closeTo(t, "the forecast", v, future.X[k], 0.2) // a tenth of the amplitude: 5½ periods tell no more
	}
	line := data.Series{Names: []string{"x"}}
	for k := range 100 {
		line.T, line.X = append(line.T, float64(k)), append(line.X, float64(k))
	}
	if b, ok := (&Problem{Train: []data.Series{line}}).seasonalBaseline(); ok {
		t.Errorf("a line has %s", b.Note)
	}
}

// The autocorrelation of a wave falls to half in a sixth of its period: cos 60° = ½. A constant has none.
func TestTheAutocorrelationOfAWaveFallsToHalfInASixth(t *testing.T) {
	const period, step = 9, 0.1
	p := &Problem{Train: []data.Series{sine(3600, step, period, 0), sine(1800, step, period, 4)}}
	g, moments := p.mesh(), data.NewMoments(p.Train...)
	closeTo(t, "the lag of a wave", p.halfLag(0, &g, moments)*g.step, period/6., 0.01)
	closeTo(t, "the lag of a constant", p.halfLag(1, &g, moments), 0, 0)
	one := data.Series{Names: []string{"wave"}, T: p.Train[0].T, X: p.Train[0].Column(0)}
	p = &Problem{Train: []data.Series{one}}
	closeTo(t, "the rate of return", p.returnRates()[0], math.Ln2/(period/6.), 0.01)
}

// Parts of a horizon are each twice as long as the one before; one without rows is joined to the next.
func TestHorizonsDouble(t *testing.T) {
	p := &Problem{Train: []data.Series{sine(11, 1, 7, 0), sine(21, 1, 7, 0)}, Held: []data.Series{sine(40, 1, 7, 11), sine(20, 1, 7, 21)}}
	b := p.bins(p.tests(), []float64{1, 1})
	longest := 40.0 // from the last row at 10 to 50
	for i, edge := range b.edges {
		closeTo(t, "the end of a part", edge, longest/math.Pow(2, float64(len(b.edges)-1-i)), 1e-12)
	}
	err := []float64{0, 0}
	b.add(b.edges[0], err, err) // the end belongs to a part
	b.add(b.edges[0]*1.01, err, err)
	b.add(longest, err, err)
	b.add(longest*2, err, err) // what is later still is in the last one
	list := b.horizons()
	if len(b.edges) < 4 || len(list) != 3 || list[0].Rows != 1 || list[1].Rows != 1 || list[2].Rows != 2 ||
		list[0].From != 0 || list[0].To != b.edges[0] || list[1].From != b.edges[0] || list[2].From != b.edges[1] || list[2].To != longest {
		t.Errorf("%d parts: %+v", len(b.edges), list)
	}
}

// TestWindowsAreLongBesideRowsAndShortBesideTheLaw: a unit of scaled time, but four rows at least.
func TestWindowsAreLongBesideRowsAndShortBesideTheLaw(t *testing.T) {
	for _, c := range []struct{ step, want float64 }{{0.05, 1}, {0.25, 1}, {0.5, 2}} {
		p := mustProblem(t, []data.Series{sine(60, c.step, 7, 0)}, tinyNet(0, false))
		closeTo(t, "the radius of a window, in units of the law", p.windowRadius(), max(p.Parts.Frame.Time, 4*c.step), 1e-9)
	}
}

// TestElementsOfRecordsThatStandStillHaveTwelveRows.
func TestElementsOfRecordsThatStandStillHaveTwelveRows(t *testing.T) {
	x := make([]float64, 49)
	for k := range x {
		x[k] = 3
	}
	p := mustProblem(t, []data.Series{single(steps(49, 0.1), x)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	scaled := make([]float64, 49)
	for k, at := range p.Train[0].T {
		scaled[k] = (at - p.Parts.Frame.T0) / p.Parts.Frame.Time
	}
	closeTo(t, "elements", p.way(0, scaled)[48], 4, 1e-12)
}

// TestNoiseOfSlopesIsWhatTheTermsLeave: exact slopes have the least there is; of residuals that change their sign from row to
// row it is their root mean square, more where terms took part of them, and more where they are remembered.
func TestNoiseOfSlopesIsWhatTheTermsLeave(t *testing.T) {
	const rows = 200
	s := &slopes{x: mat.NewDense(rows, 1, nil), y: make([]float64, rows), states: 1}
	noiseOf := func(f func(k int) float64, determined float64) float64 {
		for k := range rows {
			s.x.Set(k, 0, float64(k))
			s.y[k] = 2*float64(k) - f(k)
		}
		noise := []float64{0}
		s.renoise(noise, []float64{2}, []float64{determined})
		return noise[0]
	}
	turn := func(k int) float64 { return 0.3 * float64(1-2*(k%2)) }
	closeTo(t, "the noise of exact slopes", noiseOf(func(int) float64 { return 0 }, 0), 1e-4, 0)
	closeTo(t, "the noise", noiseOf(turn, 0), 0.3, 1e-9)
	closeTo(t, "the noise behind a hundred terms", noiseOf(turn, 100), 0.3*math.Sqrt2, 1e-9)
	if got := noiseOf(func(k int) float64 { return 0.3 * math.Cos(0.1*float64(k)) }, 0); !(got > 3*0.3/math.Sqrt2) {
		t.Errorf("residuals that are remembered have the noise %g", got)
	}
}

// TestProfilesGoOnAlongTheLineOfTheirLastPoints.
func TestProfilesGoOnAlongTheLineOfTheirLastPoints(t *testing.T) {
	u := &uncertainty{coords: make([]coordinate, 2), place: []int{-1, -1}}
	for _, c := range []struct{ far, want float64 }{{0.5, 13}, {1, 14}, {5, 16}} { // at most twice as far as before
		z := []float64{12, 0}
		u.foresee(z, []float64{10, 0}, []int{0}, 1, c.far, []profilePoint{{q: 1}, {q: 2}})
		closeTo(t, "what is expected", z[0], c.want, 1e-12)
	}
	z := []float64{12, 0}
	u.foresee(z, []float64{10, 0}, []int{0}, 1, 1, []profilePoint{{q: 1}})
	closeTo(t, "what is expected behind one point", z[0], 12, 0)
}

// TestLevelsBeginApart: at a mean that is known to a deviation in every column, none with another, and return to it at their rates.
func TestLevelsBeginApart(t *testing.T) {
	p := mustProblem(t, []data.Series{twoWaves(60)}, polyMLP(t))
	law := p.levelLaw([]float64{0.5, 0.7}).law
	for i, want := range []float64{1, 0, 0, 1} {
		closeTo(t, "the spread", law.Spread[i], want, 0)
		closeTo(t, "what is seen", law.C[i], want, 0)
		closeTo(t, "the rate", law.A[i], []float64{-0.5, 0, 0, -0.7}[i], 0)
	}
}

// TestDosesHaveTheUnitOfTheLargest; a column without any keeps its own.
func TestDosesHaveTheUnitOfTheLargest(t *testing.T) {
	s, e := dosed(0)
	p := mustProblem(t, s, e, fasting)
	for _, amount := range []float64{300, -40, 0} {
		for rec := range p.Train {
			for k, v := range p.Train[rec].U {
				if v == v {
					p.Train[rec].U[k] = amount
				}
			}
		}
		f := p.Parts.Frame
		f.UShift, f.UScale = []float64{7}, []float64{1}
		p.scaleInputs(&f)
		if want := max(math.Abs(amount), 1); f.UScale[0] != want || f.UShift[0] != 0 {
			t.Errorf("doses of %g: shift %g, scale %g", amount, f.UShift[0], f.UScale[0])
		}
	}
}

// TestSegmentsBeginWhereTheSplinesAre, the second row included.
func TestSegmentsBeginWhereTheSplinesAre(t *testing.T) {
	p := mustProblem(t, []data.Series{twoWaves(30)}, tinyNet(0, false), func(s *Settings) { s.Heldout = 0 })
	r, err := newTrajectoryResidual(p, []segment{{rec: 0, from: 0, to: 1}, {rec: 0, from: 1, to: 9}, {rec: 0, from: 9, to: 30}}, []float64{1, 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	z := r.starts()
	for i, from := range []int{1, 9} {
		for c := range 2 {
			at := (p.Train[0].T[from] - p.Parts.Frame.T0) / p.Parts.Frame.Time
			closeTo(t, "a start", z[2*(i+1)+c], p.smoothed(0, c, at), 1e-12)
		}
	}
}

// TestBandsLookAtAsManyRowsAsTheyMay: of forecasts of 401 rows each ten go into 4000.
func TestBandsLookAtAsManyRowsAsTheyMay(t *testing.T) {
	s := wave(steps(2000, 0.1))
	p := mustProblem(t, []data.Series{s}, &field.Equations{Text: "x' = -0.1*x"}, func(set *Settings) { set.Scale = "none" })
	rows := 0
	for _, w := range p.seenWindows(untrained(t, p, 1), []data.Series{s}) {
		rows += len(w.t)
	}
	if rows > seenRowsMost || rows < seenRowsMost-seenRows {
		t.Errorf("%d rows are forecast", rows)
	}
}

// TestAFitThatDidNotConvergeIsTold, and no other.
func TestAFitThatDidNotConvergeIsTold(t *testing.T) {
	p := mustProblem(t, []data.Series{twoWaves(30)}, tinyNet(0, false))
	for _, settled := range []bool{false, true} {
		theta, err := p.draw(0)
		if err != nil {
			t.Fatal(err)
		}
		b, err := newBayes(p, p.cut(), theta)
		if err != nil {
			t.Fatal(err)
		}
		b.settled, b.budget = settled, 7
		c, r := &candidate{p: p, b: b}, &Result{}
		(&search{p: p}).tellOfChoice(r, c, c, []*candidate{c})
		told := slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictUnconverged && strings.Contains(v.Text, "7 steps") })
		if told == settled {
			t.Errorf("converged %v: %v", settled, r.Verdicts)
		}
	}
}

// TestTheExponentOfALawIsItsRate, along all but the first fifth of the record.
func TestTheExponentOfALawIsItsRate(t *testing.T) {
	p := mustProblem(t, []data.Series{wave(steps(60, 0.3))}, &field.Equations{Text: "x' = -0.3*(x - 3)"})
	closeTo(t, "the exponent", exponent(untrained(t, p, 1), p), -0.3, 1e-4)
}

// halfDead is a driver of which the second member of two is not followed.
type halfDead struct{ driver }

func (halfDead) lives(member int) bool { return member == 0 }

// TestMembersThatAreNotFollowedStandStill: their fields have zeros, the others what they have.
func TestMembersThatAreNotFollowedStandStill(t *testing.T) {
	z := []float64{1, 2, 3, 4}
	if got := (&course{drive: halfDead{}, members: 2}).followed(z); !slices.Equal(got, []float64{1, 0, 3, 0}) || z[1] != 2 {
		t.Errorf("%v", got)
	}
}

// TestWhatAProfileSweepsIsWhatItMoves: unknowns that go farther than two of their errors, not the one that is held and none
// at a bound, and only while the fit is not much worse.
func TestWhatAProfileSweepsIsWhatItMoves(t *testing.T) {
	u := &uncertainty{e: &estimator{n: 4}, z: make([]float64, 4), coords: make([]coordinate, 4), place: []int{0, 1, -1, 2},
		own: []float64{1, 1, 1, 1}, s: []float64{1, 1, 1}, v: *mat.DenseCopyOf(mat.NewDiagDense(3, []float64{1, 1, 1})), swept: make([]bool, 4)}
	u.sweep(0, []profilePoint{{worse: 3, at: []float64{3, 2.1, 9, 1.9}}, {worse: profileWorse, at: []float64{9, 9, 9, 9}}})
	if !slices.Equal(u.swept, []bool{false, true, false, false}) {
		t.Errorf("%v", u.swept)
	}
}

// TestStartsOverDecadesLeadToTheBest: a frequency has many minima; what is found is as good as any start that was drawn.
func TestStartsOverDecadesLeadToTheBest(t *testing.T) {
	var x []float64
	for _, at := range steps(60, 0.1) {
		x = append(x, math.Sin(7*at))
	}
	p := mustProblem(t, []data.Series{single(steps(60, 0.1), x)}, &field.Equations{Text: "x' = w*cos(w*t)", Parameters: map[string]field.Unknown{"w": {Start: 1}}},
		fixedSteps, func(s *Settings) { s.Heldout, s.Scale = 0, "none" })
	e, err := newEstimator(p, p.wholeSegments(), 2000, never)
	if err != nil {
		t.Fatal(err)
	}
	z := e.decades()
	if z == nil {
		t.Fatal("nothing was found")
	}
	found := e.cost(e.quick, z)
	for j := range decadeFewest {
		if c := e.cost(e.quick, e.draw(j)); c < found {
			t.Fatalf("start %d has the cost %g, what was found %g", j, c, found)
		}
	}
}

// TestVariancesAreMadeToAscend: neighbours that fall become their mean, by their weights.
func TestVariancesAreMadeToAscend(t *testing.T) {
	all := make([]model.Errors, 5)
	for i, v := range []float64{1, 4, 2, 2.5, 9} {
		all[i].SD = []float64{math.Sqrt(v)}
	}
	ascend(all, []float64{1, 3, 1, 2, 1}, 0)
	for i, want := range []float64{1, 19. / 6, 19. / 6, 19. / 6, 9} {
		closeTo(t, "a variance", all[i].SD[0]*all[i].SD[0], want, 1e-12)
	}
}

// TestModelsAreComparedAsFarAheadAsTheyLookBack.
func TestModelsAreComparedAsFarAheadAsTheyLookBack(t *testing.T) {
	s := single(steps(10, 1), make([]float64, 10))
	times, inputs := ahead(&s)
	if !slices.Equal(times, []float64{10, 11, 12, 13, 14, 15, 16, 17, 18}) || inputs.Len() != 19 {
		t.Errorf("%v, inputs at %v", times, inputs.T)
	}
}

// TestWavesExplainTheirSquares: a wave of the frequency, at any phase and uneven times, all of them, and no more than there are.
func TestWavesExplainTheirSquares(t *testing.T) {
	r := num.Stream(3, "waves")
	var at, y []float64
	squares := 0.0
	for k := range 30 {
		at = append(at, 0.3*float64(k)+0.2*r.Float64())
		v := 0.8*math.Sin(1.7*at[k]) + 0.5*math.Cos(1.7*at[k])
		y, squares = append(y, v), squares+v*v
	}
	closeTo(t, "the squares of the frequency", waveSquares(at, y, 1.7), squares, 1e-9)
	if s := waveSquares(at, y, 3); !(s >= 0 && s < squares/2) {
		t.Errorf("another frequency explains %g of %g", s, squares)
	}
}

// TestTermsAreToldApartByWhatMatters: parts of a combination that are a hundredth of it, whatever their units.
func TestTermsAreToldApartByWhatMatters(t *testing.T) {
	x := mat.NewDense(4, 4, []float64{1e6, 0, 0, 1, 0, 1e-3, 0, 0.015, 0, 0, 1, 0.005, 0, 0, 0, 0})
	s := &slopes{entries: []int{7, 8, 9, 10}, x: x, states: 1}
	if got := s.combination(10, []int{0, 1, 2}); !slices.Equal(got, []int{7, 8}) {
		t.Errorf("it is made of %v", got)
	}
}

// TestGridsLieOnRowsThatAreMissingSome, the second one too.
func TestGridsLieOnRowsThatAreMissingSome(t *testing.T) {
	for _, at := range [][]float64{{0, 2, 3, 4, 5, 6}, {0, 1, 2, 5, 6, 7}} {
		p := &Problem{Train: []data.Series{single(at, make([]float64, len(at)))}}
		if g := p.mesh(); !g.even || g.step != 1 {
			t.Errorf("rows at %v: %+v", at, g)
		}
	}
}

// TestForecastsAreTheRowsAndWhatTheyAreOff.
func TestForecastsAreTheRowsAndWhatTheyAreOff(t *testing.T) {
	w := bandWindow{err: []float64{0.5, -1}}
	closeTo(t, "of rows that are not known", w.forecast(1), -1, 0)
	w.want = []float64{3, 4}
	closeTo(t, "of rows that are", w.forecast(1), 3, 0)
}

// TestParametersThatAreNotThereAreToldFromThoseThatAre.
func TestParametersThatAreNotThereAreToldFromThoseThatAre(t *testing.T) {
	p := mustProblem(t, []data.Series{single(steps(10, 1), make([]float64, 10))},
		&field.Equations{Text: "x' = -rate*x + level", Parameters: map[string]field.Unknown{"rate": {Start: 2}, "level": {Start: 3}}})
	s := &Surface{p: p}
	if q, v, err := s.Named(p.Parts.Theta0, "level"); err != nil || q.Name != "level" || v != 3 {
		t.Errorf("%v, %g, %v", q, v, err)
	}
	if _, _, err := s.Named(p.Parts.Theta0, "volume"); err == nil || !strings.Contains(err.Error(), "level") || !strings.Contains(err.Error(), "rate") {
		t.Errorf("%v", err)
	}
}
