package report

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

func TestNumbersReadWell(t *testing.T) {
	for _, c := range []struct {
		x      float64
		digits int
		want   string
	}{
		{0, 3, "0"}, {1.23456, 3, "1.23"}, {-0.5, 2, "−0.50"}, {1284310, 9, "1\u202f284\u202f310.00"},
		{12345, 3, "12\u202f300"}, {9.9996, 3, "10.0"}, {0.00101, 2, "0.0010"},
		{2.31e-5, 3, "2.31\u202f×\u202f10⁻⁵"}, {1e-8, 2, "1\u202f×\u202f10⁻⁸"}, {-3e12, 2, "−3\u202f×\u202f10¹²"},
		{math.NaN(), 3, missing}, {math.Inf(-1), 3, missing},
	} {
		if got := format(c.x, c.digits); got != c.want {
			t.Errorf("format(%v, %d) = %q, want %q", c.x, c.digits, got, c.want)
		}
	}
}

func TestEstimateIsRoundedToItsError(t *testing.T) {
	for _, c := range []struct {
		value, sd  float64
		want, with string
	}{
		{0.52134, 0.0121, "0.521", "0.012"}, {31.77, 4.9, "31.8", "4.9"}, {-3.14159, 0.0996, "−3.14", "0.10"},
		{2.34e-5, 4.6e-7, "2.340\u202f×\u202f10⁻⁵", "4.6\u202f×\u202f10⁻⁷"}, {123456, 789, "123\u202f460", "790"},
	} {
		if v, e := estimate(Parameter{Value: c.value, Error: c.sd}); v != c.want || e != c.with {
			t.Errorf("%v ± %v reads %s ± %s, want %s ± %s", c.value, c.sd, v, e, c.want, c.with)
		}
	}
	if _, e := estimate(Parameter{Value: 1, Error: math.NaN()}); e != missing {
		t.Errorf("an unknown error reads %q", e)
	}
}

// TestThinnedCurveStaysOnTheCurve interpolates the thinned curve at every
// dropped point.
func TestThinnedCurveStaysOnTheCurve(t *testing.T) {
	n := 5000
	x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x[i] = 1900 + 0.01*float64(i)
		y[i] = 50 * math.Sin(x[i])
		z[i] = math.Exp(-x[i]/1000) * math.Cos(3*x[i])
	}
	y[2000] = math.NaN()
	keep := thin(x, y, z)
	if len(keep) > n/3 {
		t.Errorf("%d of %d points kept", len(keep), n)
	}
	for k := 1; k < len(keep); k++ {
		a, b := keep[k-1], keep[k]
		for i := a + 1; i < b; i++ {
			w := (x[i] - x[a]) / (x[b] - x[a])
			ey := math.Abs(y[i]-y[a]-w*(y[b]-y[a])) / 100
			ez := math.Abs(z[i] - z[a] - w*(z[b]-z[a]))
			if math.IsNaN(ey) || ey > 1.01*drawn || ez > drawn {
				t.Fatalf("point %d is off the thinned curve by %g, %g", i, ey, ez)
			}
		}
	}
}

func TestManyPointsKeepTheirExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	n := 50000
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = float64(i), rng.NormFloat64()
	}
	y[31234], y[777] = 40, -40
	l := scatter(Layer{}, x, y)
	s := emptySpan().include(l.Y...)
	if len(l.X) > mostPoints+2 || s.lo != -40 || s.hi != 40 {
		t.Errorf("%d points from %g to %g", len(l.X), s.lo, s.hi)
	}
}

// TestExplodingForecastDoesNotFlattenTheData bounds the y axis by the data.
func TestExplodingForecastDoesNotFlattenTheData(t *testing.T) {
	s := &data.Series{Names: []string{"a"}, T: []float64{0, 1, 2}, X: []float64{1, 2, 3}}
	r := Recording{Series: s, Forecast: Trajectory{T: []float64{2, 3, 4}, X: []float64{3, 1e9, math.Inf(1)}}}
	if a := r.yAxis(0, s.X); a.Max > 8 || a.Max < 3 {
		t.Errorf("the axis reaches %g", a.Max)
	}
	var b bytes.Buffer
	if err := Write(&b, &Data{Recordings: []Recording{r}}); err != nil {
		t.Error(err)
	}
}

func TestHistogramCountsEveryTrainingResidual(t *testing.T) {
	q := &residualsOf([]Recording{demo().Recordings[0]})[0]
	total := 0.0
	for _, v := range q.histogram().Layers[0].Y {
		total += v
	}
	if int(total) != len(q.train) || len(q.train)+len(q.held) != 60 { // 61 rows, one missing
		t.Errorf("%v counted of %d training and %d held-out residuals", total, len(q.train), len(q.held))
	}
}

func TestAutocorrelationOfKnownSequences(t *testing.T) {
	n := 4000
	alternating := make([]float64, n)
	for i := range alternating {
		alternating[i] = 1 - 2*float64(i%2)
	}
	if r := correlation([][]float64{alternating}, 1); math.Abs(r+1) > 1e-3 {
		t.Errorf("alternating signs: %g at lag 1, want −1", r)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	ar := make([]float64, n)
	for i := 1; i < n; i++ {
		ar[i] = 0.7*ar[i-1] + rng.NormFloat64()
	}
	ar[100] = math.NaN()
	if r := correlation([][]float64{ar[:2000], ar[2000:]}, 1); math.Abs(r-0.7) > 0.05 { // 3 standard errors, √((1−0.7²)/4000)
		t.Errorf("autoregression: %g at lag 1, want 0.7", r)
	}
}

// TestLambdaKeepsItsSteps reads λ back at every iteration from the corners.
func TestLambdaKeepsItsSteps(t *testing.T) {
	l := &demo().Losses[0]
	s, ok := l.lambda()
	if !ok || len(s.X) > 10 {
		t.Fatalf("%d corners, %v", len(s.X), ok)
	}
	at := 0
	for i, k := range l.Iteration {
		for at+1 < len(s.X) && s.X[at+1] <= k {
			at++
		}
		if s.Y[at] != l.Lambda[i] {
			t.Fatalf("λ(%g) = %g, want %g", k, s.Y[at], l.Lambda[i])
		}
	}
}

func TestManyRecordingsAreFoldedAway(t *testing.T) {
	d := &Data{}
	for range MostSheets + 3 {
		d.Recordings = append(d.Recordings, Recording{Series: &data.Series{Names: []string{"a"}, T: []float64{0, 1}, X: []float64{1, 2}}})
	}
	if v := newView(d); len(v.Recordings) != MostSheets || len(v.More) != 3 {
		t.Errorf("%d open, %d folded", len(v.Recordings), len(v.More))
	}
}

// TestLongRecordingsStaySmall writes 60 000 noisy rows of three columns.
func TestLongRecordingsStaySmall(t *testing.T) {
	if testing.Short() {
		t.Skip("long recording")
	}
	rng := rand.New(rand.NewPCG(9, 9))
	s := &data.Series{Names: []string{"a", "b", "c"}, Units: []string{"V", "A"}}
	const n = 60000
	fit := Trajectory{X: make([]float64, 3*n), Lo: make([]float64, 3*n), Hi: make([]float64, 3*n)}
	for i := range n {
		s.T = append(s.T, 0.01*float64(i))
		for c := range 3 {
			v := math.Sin(s.T[i]/float64(c+1)) + 0.001*s.T[i]
			fit.X[3*i+c], fit.Lo[3*i+c], fit.Hi[3*i+c] = v, v-0.1, v+0.1
			s.X = append(s.X, v+0.1*rng.NormFloat64())
		}
	}
	fit.T = s.T
	d := &Data{Recordings: []Recording{{Series: s, HeldOut: n / 5, AtRows: fit.X, Fit: fit}}}
	var b bytes.Buffer
	if err := Write(&b, d); err != nil || b.Len() > 1_200_000 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	t.Log(b.Len(), "bytes")
}
