package chaos

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/model"
)

// Jacobians are the Jacobians of the law behind a recording, estimated from neighbours.
type Jacobians struct {
	Places int       `json:"places"`
	X      []float64 `json:"x"` // rows, user units
	// J holds at each place d × d numbers, row-major, per unit of time: of the map A from
	// row to row 2(A − 1)(A + 1)⁻¹/dt where rows are fine, which is off by (J·dt)²/12,
	// and (A − 1)/dt where they are not; of rows of a map that is known A itself.
	J []float64 `json:"j"`
	// Spread[j] is how far neighbours spread along their j-th principal direction beyond
	// what is a function of the others, in deviations, median over places; Doubt[j] by
	// how much the Jacobian changes along it, relative to its size, with maps of another
	// order. Known is the number of directions in which the spread is above the noise and
	// the change small: along others nothing can be known about the Jacobian.
	Spread []float64 `json:"spread"`
	Doubt  []float64 `json:"doubt"`
	Noise  float64   `json:"noise"`
	Known  int       `json:"known"`

	Neighbours int     `json:"neighbours"`
	Order      int     `json:"order"`
	Theiler    int     `json:"theiler"`
	Left       float64 `json:"left"`
	Smoothed   float64 `json:"smoothed"`

	// Compared with the law where it is known; empty otherwise. Error is the median of
	// |J − J*|/|J*| (Frobenius), ErrorLog that of its decimal logarithm; Tangent and
	// Transverse are those along the directions that are known, and across.
	Error      []float64 `json:"error"` // of every place
	Median     float64   `json:"median_error"`
	Tangent    float64   `json:"tangent_error"`
	Transverse float64   `json:"transverse_error"`

	Status Status `json:"status"`
	Reason string `json:"reason"`
}

const (
	jacobianPlaces = 1000
	// Where neighbours spread three times the noise along a direction, noise flattens
	// slopes along it by a tenth: 1/(1 + 1/9).
	knownSpread = 3
)

// LocalJacobians estimates Jacobians at some rows of a recording x, n × d, dt apart, by
// maps fitted to neighbours one row ahead. With a law, whose states must be the columns,
// it tells how far off they are.
// Status: TooShort as for LocalLyapunov.
func LocalJacobians(x []float64, d int, dt float64, o LocalOptions, law *model.Flow) (*Jacobians, error) {
	j := &Jacobians{Status: OK, Theiler: o.Theiler, Median: math.NaN(), Tangent: math.NaN(), Transverse: math.NaN()}
	if law != nil && law.Dim() != d {
		return nil, fmt.Errorf("the law has %d states, the recording %d columns", law.Dim(), d)
	}
	if o.Ahead == 0 {
		o.Ahead = 1
	}
	l, s, err := localFit(x, d, o)
	if err != nil || s.Status != OK {
		if err == nil {
			j.Status, j.Reason = s.Status, s.Reason
		}
		return j, err
	}
	j.Theiler, j.Neighbours, j.Order, j.Left, j.Smoothed = s.Theiler, l.neighbours, l.order, l.left, s.Smoothed
	j.Noise = max(l.left/math.Sqrt2, l.remains)
	_, sd, err := columnMoments(x, d)
	if err != nil {
		return nil, err
	}
	isMap := law != nil && law.IsMap()
	last := l.n - l.ahead
	places := min(last, jacobianPlaces)
	maps := make([]*localMap, places)
	par.Map(places, func(k int) { maps[k] = l.fit(k*last/places, l.neighbours, l.order) })
	var spreads [][]float64 // at some places
	for k, m := range maps {
		if m == nil {
			continue
		}
		i := k * last / places
		jac := m.jacobian(sd)
		if !isMap {
			jac = generator(jac, d, float64(l.ahead)*dt, l.theiler >= 3*fineRows)
		}
		j.X, j.J = append(j.X, x[i*d:(i+1)*d]...), append(j.J, jac...)
		if k%max(1, places/200) == 0 {
			spreads = append(spreads, l.spread(i, l.neighbours))
		}
		j.Places++
	}
	j.known(spreads, j.doubts(l, d, places, last, maps))
	if law != nil {
		j.compare(l, law, d, sd, places, last, maps)
	}
	return j, nil
}

// jacobian is that of a map, in the units of columns with the deviations sd.
func (m *localMap) jacobian(sd []float64) []float64 {
	d := len(sd)
	jac := make([]float64, d*d)
	for a := range d {
		for b := range d {
			jac[a*d+b] = m.coef.At(1+b, a) * sd[a] / sd[b]
		}
	}
	return jac
}

// generator is the Jacobian of a flow whose map over a time is a.
func generator(a []float64, d int, time float64, fine bool) []float64 {
	less, more := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
	for i := range d {
		for k := range d {
			one := 0.0
			if i == k {
				one = 1
			}
			less.Set(i, k, a[i*d+k]-one)
			more.Set(i, k, (a[i*d+k]+one)/2)
		}
	}
	var inverse, out mat.Dense
	if fine && inverse.Inverse(more) == nil {
		out.Mul(less, &inverse)
		out.Scale(1/time, &out)
		return out.RawMatrix().Data
	}
	less.Scale(1/time, less)
	return less.RawMatrix().Data
}

// doubts are relative changes along the principal directions of some places if maps have
// another order: terms that one leaves out look like a direction to it and like another to
// the next.
func (j *Jacobians) doubts(l *localMaps, d, places, last int, maps []*localMap) [][]float64 {
	other := *l
	if other.order = l.order + 1; other.order > mostOrder || l.features(other.order) > mostFeatures {
		other.order = max(1, l.order-1)
	}
	other.neighbours = max(l.neighbours, 2*l.features(other.order))
	const looks = 100
	all := make([][]float64, min(looks, places))
	par.Map(len(all), func(at int) {
		k := at * places / len(all)
		i := k * last / places
		m := other.fit(i, other.neighbours, other.order)
		if m == nil || maps[k] == nil {
			return
		}
		square := 0.0
		change := make([]float64, d*d)
		for a := range d {
			for b := range d {
				v := maps[k].coef.At(1+b, a)
				change[a*d+b] = v - m.coef.At(1+b, a)
				if a == b {
					v--
				}
				square += v * v
			}
		}
		for _, q := range l.principal(i, d) {
			sum := 0.0
			for a := range d {
				dot := 0.0
				for b, v := range q {
					dot += change[a*d+b] * v
				}
				sum += dot * dot
			}
			all[at] = append(all[at], math.Sqrt(sum/square))
		}
	})
	return all
}

// known tells how many directions can be known.
func (j *Jacobians) known(spreads, doubts [][]float64) {
	mid := func(all [][]float64, k int) float64 {
		var v []float64
		for _, s := range all {
			if k < len(s) {
				v = append(v, s[k])
			}
		}
		return median(v)
	}
	for k := range len(spreads[0]) {
		j.Spread, j.Doubt = append(j.Spread, mid(spreads, k)), append(j.Doubt, mid(doubts, k))
	}
	for k, v := range j.Spread {
		if v < knownSpread*j.Noise || !(j.Doubt[k] < knownTo) {
			break
		}
		j.Known++
	}
}

// compare measures errors against the law, all in deviations of the columns.
func (j *Jacobians) compare(l *localMaps, law *model.Flow, d int, sd []float64, places, last int, maps []*localMap) {
	truth := make([]float64, d*d)
	var tangent, transverse []float64
	at := 0
	for k, m := range maps {
		if m == nil {
			continue
		}
		i := k * last / places
		law.Jacobian(truth, law.Frame.T0, j.X[at*d:(at+1)*d])
		off, size := make([]float64, d*d), make([]float64, d*d)
		for a := range d {
			for b := range d {
				size[a*d+b] = truth[a*d+b] * sd[b] / sd[a]
				off[a*d+b] = (j.J[at*d*d+a*d+b] - truth[a*d+b]) * sd[b] / sd[a]
			}
		}
		j.Error = append(j.Error, length(off)/length(size))
		along := l.principal(i, j.Known)
		t, n := 0.0, 0.0
		for r := range d {
			square := 0.0
			for _, v := range off[r*d : (r+1)*d] {
				square += v * v
			}
			inside := 0.0
			for _, q := range along {
				dot := 0.0
				for c, v := range off[r*d : (r+1)*d] {
					dot += v * q[c]
				}
				inside += dot * dot
			}
			t, n = t+inside, n+square-inside
		}
		tangent, transverse = append(tangent, math.Sqrt(t)/length(size)), append(transverse, math.Sqrt(max(n, 0))/length(size))
		at++
	}
	j.Median, j.Tangent = median(j.Error), median(tangent)
	if j.Known < d {
		j.Transverse = median(transverse)
	}
}

// principal are the first principal directions of the neighbours of row i.
func (l *localMaps) principal(i, count int) [][]float64 {
	near := l.tree.Nearest(nil, l.z[i*l.d:(i+1)*l.d], l.neighbours, func(j int) bool { return j-i > l.theiler || i-j > l.theiler })
	a := mat.NewDense(max(len(near), l.d), l.d, nil)
	for r, b := range near {
		for c := range l.d {
			a.Set(r, c, l.z[b.Index*l.d+c]-l.z[i*l.d+c])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThinV) {
		return nil
	}
	var v mat.Dense
	svd.VTo(&v)
	out := make([][]float64, count)
	for k := range out {
		for c := range l.d {
			out[k] = append(out[k], v.At(c, k))
		}
	}
	return out
}

// localFit prepares local maps and chooses their neighbourhoods; the status of what it
// returns is not OK if that cannot be done.
func localFit(x []float64, d int, o LocalOptions) (*localMaps, *LocalSpectrum, error) {
	n := len(x) / max(d, 1)
	s := &LocalSpectrum{Rows: n, Status: OK, Theiler: o.Theiler}
	if n < fewestRows {
		s.Status, s.Reason = TooShort, fmt.Sprintf("there are %d rows; exponents and Jacobians from rows need %d at least, and 10^4 to be worth much", n, fewestRows)
		return nil, s, nil
	}
	z, err := standardised(x, d)
	if err != nil {
		return nil, nil, err
	}
	if s.Theiler == 0 {
		s.Theiler = theilerWindow(z, d)
	}
	if s.Theiler >= n/8 {
		s.Status, s.Reason = TooShort, alike(s.Theiler, n)
		return nil, s, nil
	}
	l := &localMaps{z: z, n: n, d: d, ahead: o.Ahead, theiler: s.Theiler}
	if s.Theiler >= 3*fineRows && !o.Raw {
		if s.Smoothed, l.remains, err = smoothColumns(z, d); err != nil {
			return nil, nil, err
		}
	}
	if l.ahead == 0 {
		l.ahead = max(1, s.Theiler/30)
	}
	l.tree = num.NewKDTree(z[:(n-l.ahead)*d], d)
	l.choose(o.Neighbours, o.Order)
	if l.left = l.error(l.neighbours, l.order); math.IsInf(l.left, 1) {
		s.Status, s.Reason = TooShort, "rows have too few neighbours at other times; take a longer recording"
	}
	return l, s, nil
}
