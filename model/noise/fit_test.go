package noise

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// TestStepsOfScoringSolveTheirEquations: −info⁻¹·slope, which promises half of slope·info⁻¹·slope; nothing along what is not
// known.
func TestStepsOfScoringSolveTheirEquations(t *testing.T) {
	step, promised := scoring([]float64{1, 2, -1}, []float64{4, 1, 0.5, 1, 3, 0.2, 0.5, 0.2, 2})
	info := [3][3]float64{{4, 1, 0.5}, {1, 3, 0.2}, {0.5, 0.2, 2}}
	half := 0.0
	for i, want := range []float64{-1, -2, 1} {
		sum := 0.0
		for j, v := range info[i] {
			sum += v * step[j]
		}
		closeTo(t, "a row of info·step", sum, want, 1e-12)
		half += want * step[i] / 2
	}
	closeTo(t, "what is promised", promised, half, 1e-12)
	if step, _ = scoring([]float64{0, 3}, []float64{0, 0, 0, 2}); step[0] != 0 || math.Abs(step[1]+1.5) > 1e-12 {
		t.Errorf("a step along what is not known: %v", step)
	}
}

// TestFitsEndAtTheMaximum: the deviation of constant noise is the root mean square; of two numbers the slopes vanish.
func TestFitsEndAtTheMaximum(t *testing.T) {
	var y, mu []float64
	squares := 0.0
	for i := range 40 {
		m := 1 + 0.5*float64(i)
		e := (0.3 + 0.1*m) * normalQuantile((float64(i*17%40)+0.5)/40)
		y, mu, squares = append(y, m+e), append(mu, m), squares+e*e
	}
	own := []float64{3}
	_, info := Fit(constant{}.At, []int{0}, y, mu, own, []float64{1e-9})
	closeTo(t, "the deviation", own[0], math.Sqrt(squares/40), 1e-6)
	closeTo(t, "the information", info[0], 80, 1e-4)
	own = []float64{1, 1}
	cost, info := Fit(mixed{}.At, []int{0, 1}, y, mu, own, []float64{1e-9, 1e-9})
	if len(info) != 4 || !(info[0] > 0 && info[0]*info[3] > info[1]*info[2]) {
		t.Errorf("the information is %v", info)
	}
	for i := range own {
		for _, way := range []float64{0.97, 1.03} {
			other, sum := append([]float64{}, own...), 0.0
			other[i] *= way
			var s Score
			for k := range y {
				mixed{}.At(&s, y[k], mu[k], other)
				sum += s.Value
			}
			if !(sum > cost) {
				t.Errorf("with %v the cost is %g, with %v it is %g", own, cost, other, sum)
			}
		}
	}
}

// TestDispersionOfManyCountsIsKnownAsOfAGamma: ψ′(k) − 1/k, where there are more than would be summed, and about as well
// where they are summed.
func TestDispersionOfManyCountsIsKnownAsOfAGamma(t *testing.T) {
	for _, k := range []float64{0.3, 2, 7.5, 15} {
		const h = 1e-3
		d := func(h float64) float64 { return (mathext.Digamma(k+h) - mathext.Digamma(k-h)) / (2 * h) }
		want := (4*d(h)-d(2*h))/3 - 1/k
		got := dispersionInfo(k, 1e4)
		closeTo(t, "the information, in parts of it", got/want, 1, 1e-6)
		closeTo(t, "what is summed, in parts of it", dispersionInfo(k, 1999)/got, 1, 0.15)
	}
}

// TestTailsOfTheNormalDistribution are those of erfc as far as that has digits, and go on behind it.
func TestTailsOfTheNormalDistribution(t *testing.T) {
	for _, w := range []float64{-24, -26, -30, -37} {
		log, slope := logNormalCDF(w)
		p := math.Erfc(-w/math.Sqrt2) / 2
		closeTo(t, "the logarithm", log, math.Log(p), 1e-8)
		closeTo(t, "its slope", slope, math.Exp(-w*w/2-logRoot2Pi)/p, 1e-7)
	}
	up, _ := logNormalCDF(-100 + 1e-3)
	down, _ := logNormalCDF(-100 - 1e-3)
	_, slope := logNormalCDF(-100)
	closeTo(t, "the slope far out", slope, (up-down)/2e-3, 1e-5)
}

// TestWidthsAreThoseOfANormalDistribution.
func TestWidthsAreThoseOfANormalDistribution(t *testing.T) {
	for _, mu := range []float64{-3, 0, 7} {
		closeTo(t, "the deviation", Deviation(constant{}, mu, []float64{0.3}), 0.3, 1e-9)
	}
	nan := math.NaN()
	for _, c := range []struct {
		e    []float64
		want float64
	}{{nil, 1}, {[]float64{nan, math.Inf(1)}, 1}, {[]float64{-2, 1, nan, 3}, 2 * 1.4826}, {[]float64{0, 0, 0, -5}, 5}, {[]float64{0}, math.SmallestNonzeroFloat64}} {
		closeTo(t, "the scale", scaleOf(c.e), c.want, 1e-12*c.want)
	}
}

// TestCensoredValuesOfCauchysDistribution have the probability ½ + atan(w)/π.
func TestCensoredValuesOfCauchysDistribution(t *testing.T) {
	for _, limit := range []float64{-3, 1, 4} {
		var s Score
		student{}.Below(&s, limit, 1, []float64{1, 2})
		closeTo(t, "the cost", s.Value, -math.Log(0.5+math.Atan((limit-1)/2)/math.Pi), 1e-9)
	}
}

// TestNoiseThatWasReadHasItsNumbers.
func TestNoiseThatWasReadHasItsNumbers(t *testing.T) {
	limit, nan := 1.0, math.NaN()
	number := func(name string, v float64) Number { return Number{Name: name, Value: v} }
	for what, c := range map[string]struct {
		column Column
		ok     bool
	}{
		"right":          {Column{Kind: "mixed", Numbers: []Number{number("sd", 1), number("part", 2)}}, true},
		"with a limit":   {Column{Kind: "poisson", Limit: &limit}, true},
		"no limit":       {Column{Kind: "poisson", Limit: &nan}, false},
		"too few":        {Column{Kind: "mixed", Numbers: []Number{number("sd", 1)}}, false},
		"another name":   {Column{Kind: "mixed", Numbers: []Number{number("scale", 1), number("part", 2)}}, false},
		"zero":           {Column{Kind: "mixed", Numbers: []Number{number("sd", 0), number("part", 2)}}, false},
		"infinite first": {Column{Kind: "mixed", Numbers: []Number{number("sd", math.Inf(1)), number("part", 2)}}, false},
		"no number":      {Column{Kind: "mixed", Numbers: []Number{number("sd", 1), number("part", nan)}}, false},
		"no kind":        {Column{Kind: "grey"}, false},
	} {
		if err := c.column.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", what, err)
		}
	}
}
