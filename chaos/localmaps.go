package chaos

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// LocalOptions say how exponents are estimated from rows. Zeros are chosen.
type LocalOptions struct {
	Count      int     // exponents; 0 = all
	Ahead      int     // rows that a local map goes forward; 0 = a tenth of the time in which rows stay alike
	Neighbours int     // of each row; 0 = by prediction of what was left out
	Order      int     // of the local maps: 1 or 2; 0 = by prediction
	Theiler    int     // rows apart; 0 = by the autocorrelation
	Noise      float64 // of every column, in deviations; 0 = what the best local map leaves
}

// LocalSpectrum is a Lyapunov spectrum estimated from a recording alone.
type LocalSpectrum struct {
	Exponents []float64 `json:"exponents"` // per unit of time; the first Supported mean something
	Errors    []float64 `json:"errors"`    // from blocks of the recording, and from what other neighbourhoods say

	// Supported is how many exponents the rows can tell: those before the
	// first whose error is a fifth of its size or more.
	Supported  int     `json:"supported"`
	Ahead      int     `json:"ahead"`
	Neighbours int     `json:"neighbours"`
	Order      int     `json:"order"`
	Theiler    int     `json:"theiler"`
	Left       float64 `json:"left"`   // root mean square error of predicting left-out rows, in deviations
	Radius     float64 `json:"radius"` // median distance of the farthest neighbour, in deviations
	Noise      float64 `json:"noise"`  // of a row, in deviations
	Rows       int     `json:"rows"`
	Status     Status  `json:"status"`
	Reason     string  `json:"reason"`
}

const (
	fewestRows = 500
	trialRows  = 400 // of which the settings are chosen
	localBlock = 20  // blocks of the standard error
)

// LocalLyapunov estimates the largest exponents of the system that made the rows
// x, n × d, row-major, dt apart in time, from maps fitted to neighbours.
//
//	x_{j+m} − x_{i+m} ≈ A_i (x_j − x_i) + quadratic terms, j near i;  QR along A
//
// Neighbours are rows of other passages (Theiler). Their number and the order of
// the maps are those that predict rows best that were left out, so that a
// neighbourhood is as large as noise asks for and as small as curvature allows.
// Status: TooShort below 500 rows.
// Source: Sano, Sawada, Phys. Rev. Lett. 55 (1985) 1082; Eckmann, Kamphorst,
// Ruelle, Ciliberto, Phys. Rev. A 34 (1986) 4971; quadratic terms: Brown, Bryant,
// Abarbanel, Phys. Rev. A 43 (1991) 2787.
func LocalLyapunov(x []float64, d int, dt float64, o LocalOptions) (*LocalSpectrum, error) {
	n := len(x) / max(d, 1)
	s := &LocalSpectrum{Rows: n, Status: OK, Theiler: o.Theiler}
	if n < fewestRows {
		s.Status, s.Reason = TooShort, fmt.Sprintf("there are %d rows; exponents from rows need %d at least, and 10^4 to be worth much", n, fewestRows)
		return s, nil
	}
	z, err := standardised(x, d)
	if err != nil {
		return nil, err
	}
	if s.Theiler == 0 {
		s.Theiler = theilerWindow(z, d)
	}
	if s.Theiler >= n/8 {
		s.Status, s.Reason = TooShort, fmt.Sprintf("rows are alike for %d rows, of %d there are; take a longer recording", s.Theiler, n)
		return s, nil
	}
	l := &localMaps{z: z, n: n, d: d, ahead: o.Ahead, theiler: s.Theiler}
	if l.ahead == 0 {
		l.ahead = max(1, s.Theiler/30)
	}
	l.tree = num.NewKDTree(z[:(n-l.ahead)*d], d)
	l.choose(o.Neighbours, o.Order)
	if l.left = l.error(l.neighbours, l.order); math.IsInf(l.left, 1) {
		s.Status, s.Reason = TooShort, "rows have too few neighbours at other times; take a longer recording"
		return s, nil
	}
	s.Ahead, s.Neighbours, s.Order, s.Left = l.ahead, l.neighbours, l.order, l.left
	s.fill(l, dt, o)
	return s, nil
}

// localMaps predict rows from their neighbours.
type localMaps struct {
	z                 []float64
	n, d              int
	ahead, theiler    int
	neighbours, order int
	left              float64
	noise             float64
	tree              *num.KDTree
}

// features is the number of terms of a map.
func (l *localMaps) features(order int) int {
	if order == 1 {
		return 1 + l.d
	}
	return 1 + l.d + l.d*(l.d+1)/2
}

// choose takes the number of neighbours and the order that predict best.
func (l *localMaps) choose(neighbours, order int) {
	best := math.Inf(1)
	for _, p := range []int{1, 2} {
		if order > 0 && p != order || p == 2 && l.features(2) > 120 {
			continue
		}
		for k := 2 * l.features(p); k <= l.n/8; k = k*3/2 + 1 {
			if neighbours > 0 {
				k = max(neighbours, l.features(p)+1)
			}
			if e := l.error(k, p); e < best || l.neighbours == 0 {
				best, l.neighbours, l.order = e, k, p
			}
			if neighbours > 0 {
				break
			}
		}
	}
}

// error is the root mean square error of predicting trial rows.
func (l *localMaps) error(k, order int) float64 {
	trial := min(trialRows, l.n-l.ahead)
	sums := make([]float64, trial)
	par.Map(trial, func(at int) {
		i := at * (l.n - l.ahead) / trial
		m := l.fit(i, k, order)
		if m == nil {
			sums[at] = math.Inf(1)
			return
		}
		for c := range l.d {
			e := m.coef.At(0, c) + l.z[i*l.d+c] - l.z[(i+l.ahead)*l.d+c]
			sums[at] += e * e
		}
	})
	sum := 0.0
	for _, v := range sums {
		sum += v
	}
	return math.Sqrt(sum / float64(trial*l.d))
}

// localMap is what became of displacements from a row; the constant is the move
// of the row itself, as its neighbours have it.
type localMap struct {
	coef   *mat.Dense // features × d
	radius float64
}

// fit is the map around row i, nil if it has too few neighbours. Far neighbours
// count less (tricube weights). A little ridge keeps directions without spread.
func (l *localMaps) fit(i, k, order int) *localMap {
	q := l.z[i*l.d : (i+1)*l.d]
	near := l.tree.Nearest(make([]num.Neighbour, 0, k+1), q, k, func(j int) bool { return j-i > l.theiler || i-j > l.theiler })
	p := l.features(order)
	if len(near) <= p {
		return nil
	}
	radius := math.Sqrt(near[len(near)-1].Square) * (1 + 1e-9)
	if radius == 0 {
		return nil
	}
	gram, right := mat.NewSymDense(p, nil), mat.NewDense(p, l.d, nil)
	phi := make([]float64, p)
	for _, b := range near {
		w := 1 - math.Pow(math.Sqrt(b.Square)/radius, 3)
		w *= w * w
		l.terms(phi, b.Index, i, radius, order)
		for r := range p {
			for c := r; c < p; c++ {
				gram.SetSym(r, c, gram.At(r, c)+w*phi[r]*phi[c])
			}
			for c := range l.d {
				right.Set(r, c, right.At(r, c)+w*phi[r]*(l.z[(b.Index+l.ahead)*l.d+c]-q[c]))
			}
		}
	}
	for r := range p {
		gram.SetSym(r, r, gram.At(r, r)*(1+1e-9)+1e-12)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil
	}
	m := &localMap{coef: mat.NewDense(p, l.d, nil), radius: radius}
	if err := chol.SolveTo(m.coef, right); err != nil {
		return nil
	}
	for r := 1; r <= l.d; r++ { // back to units of the rows
		for c := range l.d {
			m.coef.Set(r, c, m.coef.At(r, c)/radius)
		}
	}
	return m
}

// terms are 1, the displacement of row j from row i over the radius, and its
// products.
func (l *localMaps) terms(phi []float64, j, i int, radius float64, order int) {
	phi[0] = 1
	for c := range l.d {
		phi[1+c] = (l.z[j*l.d+c] - l.z[i*l.d+c]) / radius
	}
	if order == 1 {
		return
	}
	at := 1 + l.d
	for a := range l.d {
		for b := a; b < l.d; b++ {
			phi[at] = phi[1+a] * phi[1+b]
			at++
		}
	}
}

// follow takes tangents along the maps.
func (l *localMaps) follow(maps []*localMap, dt float64, count int) (mean, se []float64) {
	steps := len(maps)
	frame, norms, work := make([]float64, l.d*count), make([]float64, count), make([]float64, 2*count)
	for j := range count {
		frame[j*l.d+j] = 1
	}
	settle := min(steps/10, 50)
	logs := make([][]float64, 0, steps)
	next := make([]float64, len(frame))
	for k, m := range maps {
		if m == nil {
			continue
		}
		for j := range count {
			for c := range l.d {
				sum := 0.0
				for r := range l.d {
					sum += m.coef.At(1+r, c) * frame[j*l.d+r]
				}
				next[j*l.d+c] = sum
			}
			norms[j] = 1
		}
		copy(frame, next)
		num.Orthonormalise(frame, l.d, count, 1, norms, work)
		if k < settle {
			continue
		}
		one := make([]float64, count)
		for j, v := range norms {
			one[j] = math.Log(v) / (float64(l.ahead) * dt)
		}
		logs = append(logs, one)
	}
	return blockMeans(logs, count)
}

// fill estimates with the chosen maps and with others as good as they: what moves
// with the choice is no knowledge of the system.
func (s *LocalSpectrum) fill(l *localMaps, dt float64, o LocalOptions) {
	count := o.Count
	if count == 0 || count > l.d {
		count = l.d
	}
	l.noise = o.Noise
	if l.noise == 0 {
		l.noise = l.left / math.Sqrt2 // of the row and of what it becomes
	}
	maps := l.maps()
	s.Exponents, s.Errors = l.follow(maps, dt, count)
	s.Noise = l.noise
	s.Radius = l.radius(maps)
	for _, other := range []localMaps{{ahead: l.ahead, neighbours: l.neighbours / 2}, {ahead: 2 * l.ahead, neighbours: l.neighbours}} {
		v := *l
		v.ahead, v.neighbours = other.ahead, other.neighbours
		if v.neighbours <= v.features(v.order) {
			v.order = 1
		}
		v.tree = num.NewKDTree(v.z[:(v.n-v.ahead)*v.d], v.d)
		mean, _ := v.follow(v.maps(), dt, count)
		for j, m := range mean {
			s.Errors[j] = math.Hypot(s.Errors[j], (m-s.Exponents[j])/2)
		}
	}
	for j, v := range l.flattened(maps, dt)[:count] {
		s.Errors[j] = math.Hypot(s.Errors[j], v)
	}
	s.judge()
}

// maps are those along the recording, one after the other.
func (l *localMaps) maps() []*localMap {
	out := make([]*localMap, (l.n-1)/l.ahead)
	par.Map(len(out), func(k int) { out[k] = l.fit(k*l.ahead, l.neighbours, l.order) })
	return out
}

func (l *localMaps) radius(maps []*localMap) float64 {
	var radii []float64
	for _, m := range maps {
		if m != nil {
			radii = append(radii, m.radius)
		}
	}
	return median(radii)
}

// blockMeans are the mean of every column and its standard error from blocks.
func blockMeans(logs [][]float64, count int) (mean, se []float64) {
	for j := range count {
		var values []float64
		for b := range localBlock {
			lo, hi := b*len(logs)/localBlock, (b+1)*len(logs)/localBlock
			sum := 0.0
			for _, v := range logs[lo:hi] {
				sum += v[j]
			}
			values = append(values, sum/float64(max(1, hi-lo)))
		}
		m, e := meanError(values)
		mean, se = append(mean, m), append(se, e)
	}
	return mean, se
}

// flattened is how much the noise of neighbours lowers each exponent: a map's
// slope along a direction in which they spread by v becomes 1/(1 + noise²/v²) of
// what it should be. Median over rows.
//
// Source: Fuller, Measurement Error Models (1987), section 1.1.
func (l *localMaps) flattened(maps []*localMap, dt float64) []float64 {
	all, out := make([][]float64, l.d), make([]float64, l.d)
	for at := 0; at < len(maps); at += max(1, len(maps)/trialRows) {
		if maps[at] == nil {
			continue
		}
		for j, v := range l.spread(at*l.ahead, l.neighbours) {
			all[j] = append(all[j], v)
		}
	}
	for j := range out {
		v := median(all[j])
		out[j] = math.Log1p(l.noise*l.noise/(v*v)) / (float64(l.ahead) * dt)
	}
	return out
}

// spread are the deviations of the neighbours of row i along their principal
// directions, largest first.
func (l *localMaps) spread(i, k int) []float64 {
	near := l.tree.Nearest(nil, l.z[i*l.d:(i+1)*l.d], k, func(j int) bool { return j-i > l.theiler || i-j > l.theiler })
	a := mat.NewDense(max(len(near), l.d), l.d, nil)
	for r, b := range near {
		for c := range l.d {
			a.Set(r, c, l.z[b.Index*l.d+c]-l.z[i*l.d+c])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDNone) {
		return make([]float64, l.d)
	}
	v := svd.Values(nil)
	for j := range v {
		v[j] /= math.Sqrt(float64(len(near)))
	}
	return v
}

// An exponent means something if its error is below this share of its size, or of
// the leading one, which a zero exponent is measured by.
const knownTo = 0.2

// judge says what the numbers are worth.
func (s *LocalSpectrum) judge() {
	for j, v := range s.Exponents {
		if math.IsNaN(v) || math.IsInf(v, 0) || !(s.Errors[j] < knownTo*max(math.Abs(v), math.Abs(s.Exponents[0]))) {
			break
		}
		s.Supported = j + 1
	}
	switch {
	case s.Supported == 0:
		s.Status, s.Reason = NotConverged, "the rows cannot tell any exponent: other neighbourhoods as good as these give other numbers, or the noise is as large as they are"
	case s.Supported < len(s.Exponents):
		s.Reason = fmt.Sprintf("the rows support %d of %d exponents: the others move with the choice of neighbourhoods, or drown in the noise", s.Supported, len(s.Exponents))
	}
}
