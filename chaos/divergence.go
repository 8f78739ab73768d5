package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// Divergence is how fast neighbours in a recording part: the leading exponent by the
// methods that look at nothing else.
type Divergence struct {
	Time []float64 `json:"time"`
	// Rosenstein is the mean logarithm of the distance of nearest neighbours, Kantz the
	// mean over places of the logarithm of the mean distance of all within a radius; in
	// deviations.
	Rosenstein []float64 `json:"rosenstein"`
	Kantz      []float64 `json:"kantz"`
	// Slopes are those of the straight stretch, NaN if there is none, with standard
	// errors from blocks of places and from the halves of the stretch.
	RosensteinSlope Slope   `json:"rosenstein_slope"`
	KantzSlope      Slope   `json:"kantz_slope"`
	Radius          float64 `json:"radius"` // of Kantz, deviations
	Theiler         int     `json:"theiler"`
	Status          Status  `json:"status"`
	Reason          string  `json:"reason"`
}

// Slope is a slope between two times.
type Slope struct {
	Value float64 `json:"value"`
	Error float64 `json:"error"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
}

const (
	divergenceRefs   = 3000
	divergenceBlocks = 10
	kantzNeighbours  = 20
	kantzMost        = 100
	// The stretch lies between these shares of the rise of the curve and is riseLeast
	// of it at least; the slopes of its halves may differ by halvesApart of the slope.
	riseFrom, riseTo, riseLeast = 0.1, 0.8, 0.3
	halvesApart                 = 0.25
	leastRise                   = 1.5 // nats
	bendFloor                   = 0.05
	// Finite distances grow at other rates than infinitely small ones; over the stretch
	// of known systems by about this share.
	systematic = 0.07
)

// NeighbourDivergence estimates the leading exponent from rows x, n × d, row-major, dt
// apart, by how fast neighbours at other times part.
// Status: TooShort below 500 rows; NotConverged if neither curve has a straight stretch.
// Source: Rosenstein, Collins, De Luca, Physica D 65 (1993) 117; Kantz, Phys. Lett. A 185
// (1994) 77, whose average is of logarithms of means.
func NeighbourDivergence(x []float64, d int, dt float64) (*Divergence, error) {
	n := len(x) / max(d, 1)
	v := &Divergence{Status: OK}
	if n < fewestRows {
		v.Status, v.Reason = TooShort, fmt.Sprintf("there are %d rows; how fast neighbours part needs %d at least", n, fewestRows)
		return v, nil
	}
	z, err := standardised(x, d)
	if err != nil {
		return nil, err
	}
	v.Theiler = theilerWindow(z, d)
	if v.Theiler*8 >= n {
		v.Status, v.Reason = TooShort, alike(v.Theiler, n)
		return v, nil
	}
	ahead := min(n/4, 12*v.Theiler)
	w := &parting{z: z, d: d, n: n - ahead, ahead: ahead, theiler: v.Theiler}
	w.tree = num.NewKDTree(z[:w.n*d], d)
	w.run()
	for k := range ahead + 1 {
		v.Time = append(v.Time, float64(k)*dt)
	}
	v.Radius = w.radius
	v.Rosenstein, v.RosensteinSlope = w.slope(w.nearest, v.Time)
	v.Kantz, v.KantzSlope = w.slope(w.ball, v.Time)
	if math.IsNaN(v.RosensteinSlope.Value) && math.IsNaN(v.KantzSlope.Value) {
		v.Status, v.Reason = NotConverged, "the logarithm of the distance of neighbours grows along no straight line: noise, regular motion, or too few rows"
	}
	return v, nil
}

// parting follows neighbours; curves are sums and counts, a block of places each.
type parting struct {
	z                    []float64
	d, n, ahead, theiler int
	tree                 *num.KDTree
	radius               float64
	nearest, ball        [divergenceBlocks]curveSum
}

type curveSum struct {
	sum, count []float64
}

func (w *parting) run() {
	refs := min(w.n, divergenceRefs)
	apart := func(i int) func(int) bool {
		return func(j int) bool { return j-i > w.theiler || i-j > w.theiler }
	}
	row := func(i int) []float64 { return w.z[i*w.d : (i+1)*w.d] }
	// The radius that holds some neighbours at most places.
	probe := make([]float64, min(refs, 200))
	par.Map(len(probe), func(r int) {
		i := r * w.n / len(probe)
		near := w.tree.Nearest(nil, row(i), kantzNeighbours, apart(i))
		if probe[r] = math.Inf(1); len(near) > 0 {
			probe[r] = math.Sqrt(near[len(near)-1].Square)
		}
	})
	w.radius = median(probe)
	par.Map(divergenceBlocks, func(b int) {
		a, k := &w.nearest[b], &w.ball[b]
		for _, c := range []*curveSum{a, k} {
			c.sum, c.count = make([]float64, w.ahead+1), make([]float64, w.ahead+1)
		}
		mean, many := make([]float64, w.ahead+1), make([]float64, w.ahead+1)
		for r := b * refs / divergenceBlocks; r < (b+1)*refs/divergenceBlocks; r++ {
			i := r * w.n / refs
			clear(mean)
			clear(many)
			near := w.tree.Nearest(nil, row(i), kantzMost, apart(i))
			for m, j := range near {
				if m > 0 && j.Square > w.radius*w.radius {
					break
				}
				for s := range w.ahead + 1 {
					dist := math.Sqrt(num.Square(row(i+s), row(j.Index+s)))
					if dist == 0 {
						continue
					}
					if m == 0 {
						a.sum[s] += math.Log(dist)
						a.count[s]++
					}
					mean[s] += dist
					many[s]++
				}
			}
			for s, c := range many {
				if c >= 5 {
					k.sum[s] += math.Log(mean[s] / c)
					k.count[s]++
				}
			}
		}
	})
}

// slope is the mean curve, and the slope of its straight stretch.
func (w *parting) slope(blocks [divergenceBlocks]curveSum, time []float64) ([]float64, Slope) {
	none := Slope{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	curve := make([]float64, len(time))
	for s := range curve {
		sum, count := 0.0, 0.0
		for _, b := range blocks {
			sum, count = sum+b.sum[s], count+b.count[s]
		}
		curve[s] = sum / count
	}
	// The end of the rise is the mean of the last quarter.
	top, _ := num.MeanError(curve[3*len(curve)/4:])
	rise := top - curve[0]
	if !(rise > leastRise) {
		return curve, none
	}
	at := func(share float64) int {
		for k, v := range curve {
			if v >= curve[0]+share*rise {
				return k
			}
		}
		return len(curve)
	}
	best, lo, hi := math.Inf(1), 0, 0
	for from := riseFrom; from+riseLeast <= riseTo+1e-9; from += 0.05 {
		for to := from + riseLeast; to <= riseTo+1e-9; to += 0.05 {
			a, b := at(from), at(to)
			if b-a < 6 {
				continue
			}
			// Of stretches about as straight the longer is the better.
			if bend := (bent(time[a:b], curve[a:b]) + bendFloor) * (1.5 - (to - from)); bend < best {
				best, lo, hi = bend, a, b
			}
		}
	}
	if hi == lo || !(bent(time[lo:hi], curve[lo:hi]) < halvesApart) {
		return curve, none
	}
	var each []float64
	for _, b := range blocks {
		one := make([]float64, hi-lo)
		for s := range one {
			one[s] = b.sum[lo+s] / b.count[lo+s]
		}
		each = append(each, lineSlope(time[lo:hi], one))
	}
	_, se := num.MeanError(each)
	all := lineSlope(time[lo:hi], curve[lo:hi])
	return curve, Slope{all, math.Hypot(se, systematic*all), time[lo], time[hi-1]}
}

// bent is how much the slopes of the halves of a stretch differ, over its slope.
func bent(x, y []float64) float64 {
	mid := len(x) / 2
	all := lineSlope(x, y)
	if !(all > 0) {
		return math.Inf(1)
	}
	return math.Abs(lineSlope(x[:mid], y[:mid])-lineSlope(x[mid:], y[mid:])) / all
}

// lineSlope is the slope of the least-squares line.
func lineSlope(x, y []float64) float64 {
	mx, _ := num.MeanError(x)
	my, _ := num.MeanError(y)
	a, b := 0.0, 0.0
	for i, v := range x {
		a, b = a+(v-mx)*(y[i]-my), b+(v-mx)*(v-mx)
	}
	return a / b
}
