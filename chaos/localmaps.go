package chaos

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// LocalOptions say how exponents are estimated from rows. Zeros are chosen.
type LocalOptions struct {
	Count      int     // exponents; 0 = all
	Ahead      int     // rows that a local map goes forward; 0 = a tenth of the time in which rows stay alike
	Neighbours int     // of each row; 0 = by prediction of what was left out
	Order      int     // of the local maps: 1, 2 or 3; 0 = by prediction
	Theiler    int     // rows apart; 0 = by the autocorrelation
	Noise      float64 // of every column, in deviations; 0 = what the best local map leaves
	Raw        bool    // rows are taken as they are; otherwise finely sampled ones are smoothed
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
	// Smoothed is how far rows were moved by smoothing in time, root mean squared over
	// all, in deviations; 0: they were not.
	Smoothed float64 `json:"smoothed"`
	Rows     int     `json:"rows"`
	Status   Status  `json:"status"`
	Reason   string  `json:"reason"`
}

const (
	fewestRows = 500
	trialRows  = 200 // of which the settings are chosen
	trialLeft  = 20  // the worst one of so many does not count: rows without company
	mostOrder  = 3
	// mostFeatures of a map are affordable.
	mostFeatures = 60
	localBlock   = 6 // blocks of the standard error; short ones see the ends of their orbits
)

// LocalLyapunov estimates the largest exponents of the system that made the rows
// x, n × d, row-major, dt apart in time, from maps fitted to neighbours.
//
//	x_{j+m} − x_{i+m} ≈ A_i (x_j − x_i) + quadratic terms, j near i;  QR along A
//
// Neighbours are rows of other passages (Theiler). Their number and the order of
// the maps are those that predict rows best that were left out, so that a
// neighbourhood is as large as noise asks for and as small as curvature allows.
// Rows that change little from one to the next are smoothed first, each column by a
// spline whose stiffness cross-validation chooses: noise that differs from row to row
// is no part of the dynamics, and would lower the exponents.
// Status: TooShort below 500 rows.
// Source: Sano, Sawada, Phys. Rev. Lett. 55 (1985) 1082; Eckmann, Kamphorst,
// Ruelle, Ciliberto, Phys. Rev. A 34 (1986) 4971; quadratic terms: Brown, Bryant,
// Abarbanel, Phys. Rev. A 43 (1991) 2787.
func LocalLyapunov(x []float64, d int, dt float64, o LocalOptions) (*LocalSpectrum, error) {
	l, s, err := localFit(x, d, o)
	if err != nil || s.Status != OK {
		return s, err
	}
	s.Ahead, s.Neighbours, s.Order, s.Left = l.ahead, l.neighbours, l.order, l.left
	s.fill(l, dt, o)
	return s, nil
}

// fineRows is the memory, in rows, from which rows are fine enough to be smoothed.
const fineRows = 8

// smoothColumns replaces columns by smoothing splines and tells how far they moved and
// how much of the noise is left in them, σ√(degrees of freedom/rows).
func smoothColumns(z []float64, d int) (moved, remains float64, err error) {
	n := len(z) / d
	t := make([]float64, n)
	for i := range t {
		t[i] = float64(i)
	}
	each, rest, errs := make([]float64, d), make([]float64, d), make([]error, d)
	par.Map(d, func(k int) {
		spline, err := num.SmoothSplineGCV(t, columnOf(z, d, k))
		if err != nil {
			errs[k] = err
			return
		}
		if spline.Sigma > 0 {
			rest[k] = spline.Sigma * spline.Sigma * spline.DoF / float64(n)
		}
		for i := range t {
			v := spline.At(t[i])
			each[k] += (v - z[i*d+k]) * (v - z[i*d+k])
			z[i*d+k] = v
		}
	})
	for k, e := range errs {
		if e != nil {
			return 0, 0, fmt.Errorf("column %d cannot be smoothed: %w", k+1, e)
		}
		moved, remains = moved+each[k], remains+rest[k]
	}
	return math.Sqrt(moved / float64(len(z))), math.Sqrt(remains / float64(d)), nil
}

// localMaps predict rows from their neighbours.
type localMaps struct {
	z                 []float64
	n, d              int
	ahead, theiler    int
	neighbours, order int
	left              float64
	noise, remains    float64 // of a row; what smoothing left of it
	tree              *num.KDTree
}

// features is the number of terms of a map.
func (l *localMaps) features(order int) int {
	switch d := l.d; order {
	case 1:
		return 1 + d
	case 2:
		return 1 + d + d*(d+1)/2
	default:
		return 1 + d + d*(d+1)/2 + d*(d+1)*(d+2)/6
	}
}

// choose takes the number of neighbours and the order that predict best.
func (l *localMaps) choose(neighbours, order int) {
	best := math.Inf(1)
	for p := 1; p <= mostOrder; p++ {
		if order > 0 && p != order || p > 1 && l.features(p) > mostFeatures {
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
	slices.Sort(sums)
	sums = sums[:trial-trial/trialLeft]
	sum := 0.0
	for _, v := range sums {
		sum += v
	}
	return math.Sqrt(sum / float64(len(sums)*l.d))
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
	gram, right := make([]float64, p*p), make([]float64, p*l.d)
	phi := make([]float64, p)
	for _, b := range near {
		w := 1 - math.Sqrt(b.Square)*b.Square/(radius*radius*radius)
		w *= w * w
		l.terms(phi, b.Index, i, radius, order)
		next := l.z[(b.Index+l.ahead)*l.d:]
		for r, v := range phi {
			v *= w
			row := gram[r*p : (r+1)*p]
			for c := r; c < p; c++ {
				row[c] += v * phi[c]
			}
			for c := range l.d {
				right[r*l.d+c] += v * (next[c] - q[c])
			}
		}
	}
	for r := range p {
		gram[r*p+r] = gram[r*p+r]*(1+1e-9) + 1e-12
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(p, gram)) {
		return nil
	}
	m := &localMap{coef: mat.NewDense(p, l.d, nil), radius: radius}
	if err := chol.SolveTo(m.coef, mat.NewDense(p, l.d, right)); err != nil {
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
	at := 1 + l.d
	for a := 0; order > 1 && a < l.d; a++ {
		for b := a; b < l.d; b++ {
			phi[at] = phi[1+a] * phi[1+b]
			at++
		}
	}
	for a := 0; order > 2 && a < l.d; a++ {
		for b := a; b < l.d; b++ {
			for c := b; c < l.d; c++ {
				phi[at] = phi[1+a] * phi[1+b] * phi[1+c]
				at++
			}
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
		l.noise = max(l.left/math.Sqrt2, l.remains) // of the row and of what it becomes
	}
	maps := l.maps()
	s.Exponents, s.Errors = l.follow(maps, dt, count)
	s.Noise = l.noise
	s.Radius = l.radius(maps)
	// Maps of another order leave out other terms: what moves with it is not known,
	// though nothing left over shows it where a term looks like a direction.
	other := *l
	if other.order = l.order + 1; other.order > mostOrder || l.features(other.order) > mostFeatures {
		other.order = max(1, l.order-1)
	}
	variants := []struct {
		maps  localMaps
		share float64
	}{{*l, 0.5}, {*l, 0.5}, {other, 1}}
	variants[0].maps.neighbours = max(l.neighbours/2, l.features(l.order)*3/2)
	variants[1].maps.ahead = 2 * l.ahead
	variants[2].maps.neighbours = max(l.neighbours, 2*l.features(other.order))
	for k := range variants {
		v := &variants[k].maps
		v.tree = num.NewKDTree(v.z[:(v.n-v.ahead)*v.d], v.d)
		mean, _ := v.follow(v.maps(), dt, count)
		for j, m := range mean {
			s.Errors[j] = math.Hypot(s.Errors[j], (m-s.Exponents[j])*variants[k].share)
		}
	}
	unsure := 2 * l.left * math.Sqrt(float64(l.features(l.order))/float64(l.neighbours))
	spread := l.spreads(maps)
	for j := range count {
		v := spread[j]
		s.Errors[j] = math.Hypot(s.Errors[j], math.Log1p(l.noise*l.noise/(v*v))/(float64(l.ahead)*dt))
		time := float64(l.ahead) * dt
		s.Errors[j] = math.Hypot(s.Errors[j], math.Log1p(unsure/(v*math.Exp(s.Exponents[j]*time)))/time)
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
		m, e := num.MeanError(values)
		mean, se = append(mean, m), append(se, e)
	}
	return mean, se
}

// Two errors depend on how far the neighbours spread along a direction, v. The noise of
// the rows flattens slopes by 1/(1 + noise²/v²) (Fuller, Measurement Error Models (1987),
// section 1.1). And what a map leaves, averaged over its neighbours, is a part of them
// along each direction: a slope is wrong by their ratio.

// spreads are how far neighbours spread along their principal directions, largest first,
// median over rows: beyond what is a function, linear or of the order of the maps, of
// the directions before. Across a bent sheet that is its thickness.
func (l *localMaps) spreads(maps []*localMap) []float64 {
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
		out[j] = median(all[j])
	}
	return out
}

func (l *localMaps) spread(i, k int) []float64 {
	near := l.tree.Nearest(nil, l.z[i*l.d:(i+1)*l.d], k, func(j int) bool { return j-i > l.theiler || i-j > l.theiler })
	n := max(len(near), l.d)
	a := mat.NewDense(n, l.d, nil)
	for r, b := range near {
		for c := range l.d {
			a.Set(r, c, l.z[b.Index*l.d+c]-l.z[i*l.d+c])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThinU) {
		return make([]float64, l.d)
	}
	var u mat.Dense
	svd.UTo(&u)
	size := svd.Values(nil)
	out := make([]float64, l.d)
	terms := [][]float64{repeated(1, n)}
	for j := range l.d {
		v := make([]float64, n)
		for r := range v {
			v[r] = u.At(r, j) * size[j]
		}
		left := beyond(v, terms)
		out[j] = length(left) / math.Sqrt(float64(len(near)))
		terms = append(terms, v)
		for m := 1; l.order > 1 && m <= j+1; m++ {
			product := make([]float64, n)
			for r, x := range v {
				product[r] = x * u.At(r, m-1) * size[m-1]
			}
			terms = append(terms, product)
		}
	}
	return out
}

// beyond is what of v is no combination of the terms.
func beyond(v []float64, terms [][]float64) []float64 {
	n := len(v)
	frame := make([]float64, 0, n*(len(terms)+1))
	for _, t := range terms {
		size := length(t)
		for _, x := range t {
			frame = append(frame, x/max(size, 1e-300))
		}
	}
	frame = append(frame, v...)
	k := len(terms) + 1
	norms := repeated(1, k)
	num.Orthonormalise(frame, n, k, 1, norms, make([]float64, 2*k))
	out := make([]float64, n)
	for r := range out {
		out[r] = frame[(k-1)*n+r] * norms[k-1]
	}
	return out
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
