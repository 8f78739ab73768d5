package fieldtest

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// Moments are the variances of weights and of biases that an initialiser
// promises for a layer; all means are zero. An initialiser without an entry
// fails the tests, unless it looks at more than a layer.
//
// Sources: LeCun et al., Neural Networks: Tricks of the Trade (1998) §4.6;
// Glorot, Bengio, AISTATS (2010), eq. 12; He et al., ICCV (2015), eq. 10;
// a uniform number in ±a has the variance a²/3.
var Moments = map[string]func(l field.Layer) (weight, bias float64){
	"torch":      func(l field.Layer) (float64, float64) { v := 1 / (3 * float64(l.Cols)); return v, v },
	"lecun":      func(l field.Layer) (float64, float64) { return 1 / float64(l.Cols), 0 },
	"he":         func(l field.Layer) (float64, float64) { return 2 / float64(l.Cols), 0 },
	"glorot":     func(l field.Layer) (float64, float64) { return 2 / float64(l.Cols+l.Rows), 0 },
	"orthogonal": func(l field.Layer) (float64, float64) { return 1 / float64(max(l.Rows, l.Cols)), 0 },
	"small": func(l field.Layer) (float64, float64) {
		if l.Last {
			return 1e-4 / float64(l.Cols), 0
		}
		return 1 / float64(l.Cols), 0
	},
	"still": func(l field.Layer) (float64, float64) {
		if l.Last {
			return 0, 0
		}
		return 1 / float64(l.Cols), 0
	},
}

// drawn: each layer has the moments of each initialiser, over members enough
// for 2000 numbers. Libraries of terms start at zero.
func drawn(t *testing.T, p *field.Parts) {
	for _, scheme := range field.Initialisers.Names() {
		want, ok := Moments[scheme]
		if _, blind := initialiser(t, scheme).(field.LayerDraw); !ok && !blind {
			continue
		}
		if !ok {
			t.Errorf("nothing is promised of the moments of %s; say so in Moments", scheme)
			continue
		}
		for _, l := range p.Layers {
			weight, bias := want(l)
			if l.Sparse {
				weight, bias = 0, 0
			}
			w, b := draws(t, p, l, scheme)
			moments(t, scheme+", weights of "+l.Name, w, weight)
			moments(t, scheme+", biases of "+l.Name, b, bias)
		}
	}
}

func initialiser(t *testing.T, name string) field.Initialiser {
	f, err := field.Initialisers.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// draws are the weights and biases of a layer over many members.
func draws(t *testing.T, p *field.Parts, l field.Layer, scheme string) (w, b []float64) {
	const enough = 2000
	for member := 0; len(w) < enough || l.B >= 0 && len(b) < enough; member++ {
		theta, err := field.Draw(p, scheme, 5, member)
		if err != nil {
			t.Fatal(err)
		}
		w = append(w, theta[l.W:l.W+l.Rows*l.Cols]...)
		if l.B >= 0 {
			b = append(b, theta[l.B:l.B+l.Rows]...)
		}
	}
	return w, b
}

// moments checks mean and variance to five standard errors; the fourth moment
// of a normal number, 3, is the largest of those in use.
func moments(t *testing.T, what string, v []float64, variance float64) {
	sum, square, n := 0.0, 0.0, float64(len(v))
	for _, x := range v {
		sum, square = sum+x, square+x*x
	}
	if n == 0 {
		return
	}
	if mean := sum / n; math.Abs(mean) > 5*math.Sqrt(variance/n) {
		t.Errorf("%s: the mean is %.3g, not 0", what, mean)
	}
	if got := square / n; math.Abs(got-variance) > 5*variance*math.Sqrt(2/n) {
		t.Errorf("%s: the variance is %.4g, not %.4g", what, got, variance)
	}
}
