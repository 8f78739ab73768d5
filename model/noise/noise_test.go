package noise

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// cases are predictions, values and own numbers to try each kind with.
var cases = map[string][]struct {
	y, mu float64
	own   []float64
}{
	"constant":          {{1.3, 1, []float64{0.2}}, {-4, 2, []float64{3}}},
	"proportional":      {{1.3, 1, []float64{0.2}}, {-40, -55, []float64{0.1}}, {2, 0.5, []float64{1}}},
	"mixed":             {{1.3, 1, []float64{0.1, 0.2}}, {-40, -55, []float64{3, 0.1}}, {0, 0, []float64{0.1, 0.4}}},
	"lognormal":         {{1.3, 1, []float64{0.2}}, {40, 90, []float64{0.7}}},
	"student":           {{1.3, 1, []float64{4, 0.2}}, {-4, 2, []float64{2.5, 1}}},
	"poisson":           {{0, 0.7, nil}, {3, 1.5, nil}, {120, 99, nil}},
	"negative-binomial": {{0, 0.7, []float64{0.5}}, {3, 1.5, []float64{2}}, {120, 99, []float64{0.2}}, {5, 5, []float64{0.01}}},
}

// slopes by differences of the value, in the prediction and the logarithms of own numbers.
func byDifferences(at func(s *Score, mu float64, own []float64), mu float64, own []float64) []float64 {
	value := func(i int, h float64) float64 {
		var s Score
		m, changed := mu, append([]float64{}, own...)
		if i == 0 {
			m += h
		} else {
			changed[i-1] *= math.Exp(h)
		}
		at(&s, m, changed)
		return s.Value
	}
	var out []float64
	for i := range len(own) + 1 {
		h := 1e-4
		if i == 0 {
			h *= max(0.1, math.Abs(mu))
		}
		out = append(out, (8*(value(i, h)-value(i, -h))-(value(i, 2*h)-value(i, -2*h)))/(12*h))
	}
	return out
}

func sameSlopes(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(got[i] - want[i]); !(d <= 1e-7*(1+math.Abs(want[i]))) {
			t.Errorf("%s: slope %d is %.9g, by differences %.9g", what, i, got[i], want[i])
		}
	}
}

func TestSlopesAreThoseOfDifferences(t *testing.T) {
	for _, name := range Kinds.Names() {
		k, _ := Kinds.Lookup(name)
		if len(cases[name]) == 0 {
			t.Errorf("%s is not tried", name)
		}
		for _, c := range cases[name] {
			var s Score
			k.At(&s, c.y, c.mu, c.own)
			sameSlopes(t, name, s.Slope, byDifferences(func(s *Score, mu float64, own []float64) { k.At(s, c.y, mu, own) }, c.mu, c.own))
			if l, ok := k.(Censoring); ok {
				l.Below(&s, c.y, c.mu, c.own)
				got := append([]float64{}, s.Slope...)
				want := byDifferences(func(s *Score, mu float64, own []float64) { l.Below(s, c.y, mu, own) }, c.mu, c.own)
				if name == "student" { // the freedom is given
					got[1], want[1] = 0, 0
				}
				sameSlopes(t, name+" below", got, want)
			}
		}
	}
}

// Predictions that a search passes and no noise allows have a finite cost, which leads back.
func TestPredictionsBelowZeroLeadBack(t *testing.T) {
	for _, name := range []string{"lognormal", "poisson", "negative-binomial"} {
		k, _ := Kinds.Lookup(name)
		for _, mu := range []float64{-1e-4, -0.1, -3} {
			var s Score
			k.At(&s, 2, mu, []float64{0.5})
			if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) || s.Slope[0] >= 0 || !(s.Info[0] > 0) {
				t.Errorf("%s at %g: %+v", name, mu, s)
			}
		}
	}
}

// values are those that a kind may have, in order, each with the width of what it stands for: 1 of
// counts; finer near the median, as tails are long.
func values(k Kind, mu float64, own []float64) (y, width []float64) {
	const tail, steps = 1e-9, 20000
	lo, hi := k.Quantile(tail, mu, own), k.Quantile(1-tail, mu, own)
	if k.Check(0.5) != "" {
		for v := lo; v <= hi; v++ {
			y, width = append(y, v), append(width, 1)
		}
		return y, width
	}
	mid := k.Quantile(0.5, mu, own)
	for i := range steps {
		a, b := 2*float64(i)/steps-1, 2*float64(i+1)/steps-1
		half := hi - mid
		if a < 0 {
			half = mid - lo
		}
		from, to := mid+half*a*a*a, mid+half*b*b*b
		y, width = append(y, (from+to)/2), append(width, to-from)
	}
	return y, width
}

// The likelihood is a probability up to each quantile; the mean of the slopes is zero and that of
// their squares the information.
func TestLikelihoodsAreThoseOfQuantiles(t *testing.T) {
	for _, name := range Kinds.Names() {
		k, _ := Kinds.Lookup(name)
		for _, c := range cases[name] {
			if c.mu == 0 {
				continue
			}
			n := len(c.own) + 1
			total, mean, info := 0.0, make([]float64, n), make([]float64, n*n)
			var s, fisher Score
			k.At(&fisher, c.mu, c.mu, c.own)
			quantiles := []float64{0.05, 0.3, 0.95}
			y, width := values(k, c.mu, c.own)
			for i := range y {
				k.At(&s, y[i], c.mu, c.own)
				w := math.Exp(-s.Value) * width[i]
				total += w
				for ; len(quantiles) > 0 && total >= quantiles[0]; quantiles = quantiles[1:] {
					if q := k.Quantile(quantiles[0], c.mu, c.own); !(math.Abs(q-y[i]) <= width[i]*(1-1e-9)) {
						t.Errorf("%s of %g: the quantile at %g is %g, by the likelihood %g", name, c.mu, quantiles[0], q, y[i])
					}
				}
				for a := range n {
					mean[a] += w * s.Slope[a]
					for b := range n {
						info[a*n+b] += w * s.Slope[a] * s.Slope[b]
					}
				}
			}
			if !(math.Abs(total-1) <= 1e-6) {
				t.Errorf("%s of %g: the likelihood is %.8f in all", name, c.mu, total)
			}
			sameMoments(t, name, mean, info, fisher.Info)
		}
	}
}

func sameMoments(t *testing.T, name string, mean, info, want []float64) {
	t.Helper()
	n := len(mean)
	for a := range n {
		for b := range n {
			if name == "student" && (a == 1 || b == 1) {
				continue // the freedom is given
			}
			size := math.Sqrt(want[a*n+a] * want[b*n+b])
			if math.Abs(info[a*n+b]-want[a*n+b]) > 1e-3*size || math.Abs(mean[a]) > 1e-3*math.Sqrt(want[a*n+a]) {
				t.Errorf("%s: mean slope %d is %.2g, information %d,%d %.6g, by the slopes %.6g", name, a, mean[a], a, b, want[a*n+b], info[a*n+b])
			}
		}
	}
}

// Rows of a factor give back the information and the slope, also where it is singular.
func TestFactorsAreSquareRootsOfTheInformation(t *testing.T) {
	for _, name := range Kinds.Names() {
		k, _ := Kinds.Lookup(name)
		for _, c := range cases[name] {
			var s Score
			k.At(&s, c.y, c.mu, c.own)
			n := len(s.Slope)
			if name == "student" {
				s.Slope[1] = 0
			}
			rows, r := make([]float64, n*n), make([]float64, n)
			s.Factor(rows, r)
			for i := range n {
				slope := 0.0
				for q := range n {
					slope += rows[q*n+i] * r[q]
				}
				if !(math.Abs(slope-s.Slope[i]) <= 1e-9*(1+math.Abs(s.Slope[i]))) {
					t.Errorf("%s: slope %d is %g, by its factor %g", name, i, s.Slope[i], slope)
				}
				for j := range n {
					v := 0.0
					for q := range n {
						v += rows[q*n+i] * rows[q*n+j]
					}
					if !(math.Abs(v-s.Info[i*n+j]) <= 1e-9*(1+math.Abs(s.Info[i*n+j]))) {
						t.Errorf("%s: information %d,%d is %g, by its factor %g", name, i, j, s.Info[i*n+j], v)
					}
				}
			}
		}
	}
}

// What values below a limit say and what those above it do is the information of both, which is
// less than that of values that are all known.
func TestInformationOfCensoredValues(t *testing.T) {
	k := constant{}
	l := &Limited{Kind: k, Limit: 0.4}
	var s Score
	mu, own := 0.5, []float64{0.2}
	// Tobit's information, in closed form.
	z := (l.Limit - mu) / own[0]
	phi, cdf := math.Exp(-z*z/2)/math.Sqrt(2*math.Pi), math.Erfc(-z/math.Sqrt2)/2
	want := (1 - cdf + z*phi + phi*phi/cdf) / (own[0] * own[0])
	for _, y := range []float64{0.1, 0.7} {
		l.At(&s, y, mu, own)
		if !(math.Abs(s.Info[0]/want-1) <= 0.01) {
			t.Errorf("information %g, want %g", s.Info[0], want)
		}
	}
	var all Score
	k.At(&all, 5, 5, own)
	if l.At(&s, 5, 5, own); math.Abs(s.Info[0]/all.Info[0]-1) > 1e-9 || s.Slope[1] != all.Slope[1] {
		t.Errorf("a value far above: %+v, want %+v", s, all)
	}
	if l.At(&s, 0.1, mu, own); !(math.Abs(s.Value+math.Log(cdf)) <= 1e-12) {
		t.Errorf("a value below costs %g, want %g", s.Value, -math.Log(cdf))
	}
	for _, w := range []float64{-24.9, -25.1, -40} { // the series takes over without a step
		a, sa := logNormalCDF(w)
		b, _ := logNormalCDF(w + 1e-5)
		if !(math.Abs((b-a)/1e-5-sa) <= 1e-3) {
			t.Errorf("at %g: slope %g, by differences %g", w, sa, (b-a)/1e-5)
		}
	}
}

func TestWhatPeopleWriteOfNoise(t *testing.T) {
	for text, want := range map[string]string{
		`"proportional"`:           "proportional (part learnt)",
		`{"student": 4}`:           "student (freedom 4, given; scale learnt)",
		`{"sd": 0.1}`:              "constant (sd 0.1, given)",
		`0.1`:                      "constant (sd 0.1, given)",
		`{"mixed": {}}`:            "mixed (sd learnt; part learnt)",
		`{"mixed": {"part": 0.2}}`: "mixed (sd learnt; part 0.2, given)",
		`"mixed:0.1,0.2"`:          "mixed (sd 0.1, given; part 0.2, given)",
		`{"poisson": null}`:        "poisson",
	} {
		var s Spec
		err := json.Unmarshal([]byte(text), &s)
		if err == nil {
			var c *Column
			if c, err = s.Parse(); err == nil && c.String() != want {
				t.Errorf("%s is %s, want %s", text, c, want)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, say := range map[string]string{
		`"proportionl"`:              "did you mean",
		`"student"`:                  "needs its freedom",
		`"student:-1"`:               "above 0",
		`"student:1e15"`:             "freedom is 1e+15; it is from 0.1 to 1e+06",
		`{"student": 0.01}`:          "freedom is 0.01",
		`"poisson:3"`:                "takes no number",
		`{"mixed": {"width": 1}}`:    "it has sd, part",
		`{"mixed": {"sd": "wide"}}`:  "not a number",
		`{"sd": 1, "poisson": null}`: "one kind of noise",
		`[1]`:                        "such as proportional",
		`{"mixed": [1]}`:             "not a number",
	} {
		var s Spec
		err := json.Unmarshal([]byte(text), &s)
		if err == nil {
			_, err = s.Parse()
		}
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, it should say %q", text, err, say)
		}
	}
}

// All that can be written of Student's noise can be computed: its value is that of the logarithm of its
// density, and no probability leaves [0, 1], down to tails that are zero.
func TestStudentsNoiseIsNumbersForAllFreedom(t *testing.T) {
	for n := leastFreedom; n <= mostFreedom; n *= 10 {
		l := &Limited{Kind: student{}, Limit: 1}
		for _, u := range []float64{0, 1e-9, 0.5, 3, 40, 1e6, 1e30} {
			for _, sign := range []float64{-1, 1} {
				var s Score
				for _, y := range []float64{0.5, 1 + u} {
					l.At(&s, y, 1+sign*u, []float64{n, 1})
					for _, v := range append(append([]float64{s.Value}, s.Slope...), s.Info...) {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Fatalf("freedom %g, %g units off: value %g, slopes %v, information %v", n, sign*u, s.Value, s.Slope, s.Info)
						}
					}
				}
			}
		}
		var s Score
		student{}.At(&s, 1, 1.3, []float64{n, 1})
		density := distuv.StudentsT{Mu: 1.3, Sigma: 1, Nu: n}
		if want := -density.LogProb(1); math.Abs(s.Value-want) > 1e-8 {
			t.Errorf("freedom %g: −log of the density is %g, want %g", n, s.Value, want)
		}
	}
	var s Score
	student{}.At(&s, 1, 1.3, []float64{mostFreedom, 1})
	if normal := math.Log(2*math.Pi)/2 + 0.3*0.3/2; math.Abs(s.Value-normal) > 1e-5 {
		t.Errorf("with the most freedom it is %g, of normal noise %g", s.Value, normal)
	}
}

func TestValuesThatCannotHaveTheirNoise(t *testing.T) {
	for name, bad := range map[string]float64{"poisson": -1, "negative-binomial": 1.5, "lognormal": 0, "proportional": 0} {
		k, _ := Kinds.Lookup(name)
		if k.Check(bad) == "" || k.Check(3) != "" {
			t.Errorf("%s: %q of %g, %q of 3", name, k.Check(bad), bad, k.Check(3))
		}
	}
}

// Numbers that are guessed are near those that made the values.
func TestBeginsAreNear(t *testing.T) {
	for name, own := range map[string][]float64{"constant": {0.3}, "proportional": {0.1}, "lognormal": {0.4}, "student": {4, 0.3}, "negative-binomial": {0.5}} {
		k, _ := Kinds.Lookup(name)
		var y, mu []float64
		for i := range 400 {
			m := 1 + float64(i%20)
			y, mu = append(y, k.Quantile((float64(i*7%400)+0.5)/400, m, own)), append(mu, m)
		}
		got := k.Begin(y, mu)
		if last := len(own) - 1; !(math.Abs(math.Log(got[last]/own[last])) <= 0.4) {
			t.Errorf("%s: %v, made with %v", name, got, own)
		}
	}
}
