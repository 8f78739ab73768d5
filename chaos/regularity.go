package chaos

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// Regularity is what kind of motion one column is of, told by several tests that share
// no assumption: regular, chaotic, or noise.
type Regularity struct {
	// ZeroOne is near 0 for regular and near 1 for chaotic motion and noise; of every
	// Stride-th row.
	ZeroOne float64 `json:"zero_one"`
	Stride  int     `json:"stride"`
	// Entropy is the permutation entropy of patterns of Order rows, Stride apart,
	// divided by that of noise: between 0 and 1.
	Entropy float64 `json:"permutation_entropy"`
	Order   int     `json:"order"`
	// Surrogates are records of noise with the spectrum and the values of the rows.
	// Better is how many of them are predicted by their neighbours as well as the
	// rows are: with none, noise looks like this with probability Chance or less.
	Surrogates int     `json:"surrogates"`
	Better     int     `json:"better"`
	Chance     float64 `json:"chance"`
	// Asymmetry is the mean cube of steps over the cube of their deviation; that of
	// noise is symmetric in time. AsymmetryChance is how likely it is there.
	Asymmetry       float64 `json:"asymmetry"`
	AsymmetryChance float64 `json:"asymmetry_chance"`
	Rows            int     `json:"rows"`
	Status          Status  `json:"status"`
	Reason          string  `json:"reason"`
}

const (
	regularityRows   = 1000
	mostRegularity   = 5000
	zeroOneAngles    = 100
	permutationOrder = 5
	surrogateCount   = 39 // one test at 2.5 % a side
	surrogateRounds  = 30
	surrogateRows    = 2048
)

// AssessRegularity looks at one column of equally spaced rows.
// Status: TooShort below 1000 rows.
// Source: Gottwald, Melbourne, SIAM J. Appl. Dyn. Syst. 8 (2009) 129 (0–1 test by
// correlation, damped); Bandt, Pompe, Phys. Rev. Lett. 88 (2002) 174102 (permutation
// entropy); Schreiber, Schmitz, Phys. Rev. Lett. 77 (1996) 635 (surrogates).
func AssessRegularity(v []float64, seed uint64) (*Regularity, error) {
	r := &Regularity{Rows: len(v), Order: permutationOrder, Status: OK}
	if len(v) < regularityRows {
		r.Status, r.Reason = TooShort, fmt.Sprintf("there are %d rows; these tests need %d at least", len(v), regularityRows)
		return r, nil
	}
	z, err := standardised(v, 1)
	if err != nil {
		return nil, err
	}
	// Rows so far apart that they are not alike by nearness in time, but as many as
	// the tests need.
	memory := max(1, theilerWindow(z, 1)/3)
	r.Stride = max(1, min(memory, len(v)/regularityRows))
	if memory > 2*r.Stride {
		r.Reason = fmt.Sprintf("rows are alike for %d rows, so that only one in %d could be looked at; a longer record tells more", memory, r.Stride)
	}
	sparse := every(z, r.Stride)
	r.ZeroOne = zeroOne(sparse[:min(len(sparse), mostRegularity)], seed)
	r.Entropy = permutationEntropy(z, permutationOrder, r.Stride)
	r.surrogates(z[:min(len(z), surrogateRows)], seed)
	return r, nil
}

func every(v []float64, k int) []float64 {
	var out []float64
	for i := 0; i < len(v); i += k {
		out = append(out, v[i])
	}
	return out
}

// zeroOne is the median over angles of the correlation of the mean square displacement
// of a walk driven by the values with time.
func zeroOne(z []float64, seed uint64) float64 {
	r := num.Stream(seed, "angles")
	n, most := len(z), len(z)/10
	angles := make([]float64, zeroOneAngles)
	for k := range angles {
		angles[k] = math.Pi/5 + 3*math.Pi/5*r.Float64()
	}
	out := make([]float64, zeroOneAngles)
	mean, _ := num.MeanError(z)
	par.Map(zeroOneAngles, func(k int) {
		c := angles[k]
		p, q := make([]float64, n+1), make([]float64, n+1)
		for i, v := range z {
			sin, cos := math.Sincos(c * float64(i+1))
			p[i+1], q[i+1] = p[i]+v*cos, q[i]+v*sin
		}
		time, displacement := make([]float64, most), make([]float64, most)
		for lag := 1; lag <= most; lag++ {
			sum := 0.0
			for i := 0; i+most <= n; i++ {
				a, b := p[i+lag]-p[i], q[i+lag]-q[i]
				sum += a*a + b*b
			}
			time[lag-1] = float64(lag)
			displacement[lag-1] = sum/float64(n-most+1) - mean*mean*(1-math.Cos(c*float64(lag)))/(1-math.Cos(c))
		}
		out[k] = correlation(time, displacement)
	})
	return median(out)
}

func correlation(x, y []float64) float64 {
	mx, _ := num.MeanError(x)
	my, _ := num.MeanError(y)
	a, b, c := 0.0, 0.0, 0.0
	for i, v := range x {
		a, b, c = a+(v-mx)*(y[i]-my), b+(v-mx)*(v-mx), c+(y[i]-my)*(y[i]-my)
	}
	return a / math.Sqrt(b*c)
}

// permutationEntropy is the entropy of the orders of so many values, stride apart, over
// the logarithm of the number of orders.
func permutationEntropy(z []float64, order, stride int) float64 {
	counts := map[int]float64{}
	index := make([]int, order)
	n := len(z) - (order-1)*stride
	for i := range n {
		for k := range index {
			index[k] = k
		}
		slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(z[i+a*stride], z[i+b*stride]) })
		pattern := 0
		for _, k := range index {
			pattern = pattern*order + k
		}
		counts[pattern]++
	}
	var shares []float64
	for _, c := range counts {
		shares = append(shares, c/float64(n))
	}
	slices.Sort(shares) // sums do not depend on the order of a map
	sum, all := 0.0, 1.0
	for _, p := range shares {
		sum -= p * math.Log(p)
	}
	for k := 2; k <= order; k++ {
		all *= float64(k)
	}
	return sum / math.Log(all)
}

// surrogates compares the rows with noise of their spectrum.
func (r *Regularity) surrogates(z []float64, seed uint64) {
	z = periodicPart(z)
	memory := max(1, theilerWindow(z, 1)/3)
	own, asymmetry := neighbourError(z, memory), timeAsymmetry(z, memory)
	errs, sides := make([]float64, surrogateCount), make([]float64, surrogateCount)
	par.Map(surrogateCount, func(k int) {
		s := surrogate(z, seed, uint64(k))
		errs[k], sides[k] = neighbourError(s, memory), timeAsymmetry(s, memory)
	})
	larger := 0
	for k := range errs {
		if errs[k] <= own {
			r.Better++
		}
		if math.Abs(sides[k]) >= math.Abs(asymmetry) {
			larger++
		}
	}
	r.Surrogates, r.Asymmetry = surrogateCount, asymmetry
	r.Chance = float64(r.Better+1) / float64(surrogateCount+1)
	r.AsymmetryChance = float64(larger+1) / float64(surrogateCount+1)
}

// periodicPart is the longest part, of a length that is transformed fast, whose ends fit
// best: a jump from end to beginning would be a part of the spectrum.
func periodicPart(z []float64) []float64 {
	n := num.FastLength(len(z) * 19 / 20)
	best, at := math.Inf(1), 0
	for i := 0; i+n < len(z); i++ {
		jump, kink := z[i+n]-z[i], z[i+n]-z[i+n-1]-(z[i+1]-z[i])
		if e := jump*jump + kink*kink; e < best {
			best, at = e, i
		}
	}
	return z[at : at+n]
}

// surrogate has the values of z and nearly its spectrum, in random phases: spectrum and
// values are imposed in turn until the order of the values stays.
func surrogate(z []float64, seed, number uint64) []float64 {
	n := len(z)
	fft := fourier.NewFFT(n)
	sizes := make([]float64, n/2+1)
	for i, c := range fft.Coefficients(nil, z) {
		sizes[i] = math.Hypot(real(c), imag(c))
	}
	sorted := slices.Sorted(slices.Values(z))
	s := slices.Clone(z)
	num.Stream(seed, "surrogate", number).Shuffle(n, func(i, j int) { s[i], s[j] = s[j], s[i] })
	order, last := make([]int, n), make([]int, n)
	for range surrogateRounds {
		c := fft.Coefficients(nil, s)
		for i, v := range c {
			if size := math.Hypot(real(v), imag(v)); size > 0 {
				c[i] = v * complex(sizes[i]/size/float64(n), 0)
			}
		}
		s = fft.Sequence(nil, c)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s[a], s[b]) })
		for rank, i := range order {
			s[i] = sorted[rank]
		}
		if slices.Equal(order, last) {
			break
		}
		copy(last, order)
	}
	return s
}

// neighbourError is how badly rows are predicted by the nearest of other times, one
// memory ahead, in three dimensions.
func neighbourError(z []float64, memory int) float64 {
	const d = 3
	lag := max(1, memory/2)
	x := Embed(z[:len(z)-memory], d, lag)
	n, last := len(x)/d, (d-1)*lag
	tree := num.NewKDTree(x, d)
	refs := min(n, 500)
	sum, count := 0.0, 0.0
	for r := range refs {
		i := r * n / refs
		near := tree.Nearest(nil, x[i*d:(i+1)*d], 4, func(j int) bool { return j-i > 3*memory || i-j > 3*memory })
		if len(near) == 0 {
			continue
		}
		guess := 0.0
		for _, b := range near {
			guess += z[b.Index+last+memory] / float64(len(near))
		}
		sum += (guess - z[i+last+memory]) * (guess - z[i+last+memory])
		count++
	}
	return math.Sqrt(sum / max(count, 1))
}

// timeAsymmetry is the skewness of steps over a memory.
func timeAsymmetry(z []float64, memory int) float64 {
	square, cube, n := 0.0, 0.0, float64(len(z)-memory)
	for i := memory; i < len(z); i++ {
		s := z[i] - z[i-memory]
		square, cube = square+s*s/n, cube+s*s*s/n
	}
	return cube / math.Pow(square, 1.5)
}
