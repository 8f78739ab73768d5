package chaos

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// Embedding is how one measured column is made into states: so many values, so many
// rows apart.
type Embedding struct {
	Lag       int `json:"lag"`       // rows
	Dimension int `json:"dimension"` // 0: none is enough
	// Information[k] is the mutual information of values k+1 rows apart, nats.
	Information []float64 `json:"information"`
	FirstFall   bool      `json:"first_fall"` // Lag is the first minimum of it; else the memory
	// False[m] is the share of neighbours in m+1 dimensions that are none in m+2, E1
	// and E2 are Cao's quantities: E1 no longer changes when the dimension is enough,
	// E2 is 1 in all dimensions of noise.
	False   []float64 `json:"false_neighbours"`
	E1      []float64 `json:"e1"`
	E2      []float64 `json:"e2"`
	Theiler int       `json:"theiler"`
	Rows    int       `json:"rows"`
	Status  Status    `json:"status"`
	Reason  string    `json:"reason"`
}

const (
	fewestEmbedded = 500
	mostDimension  = 10
	embedRefs      = 2000
	falseShare     = 0.01 // of neighbours, below which a dimension is enough
	falseRatio     = 15   // a neighbour whose new distance is so many times the old one is false
	falseSize      = 2    // … or larger than so many deviations
	mostBins       = 32
)

// ChooseEmbedding finds lag and dimension of a delay embedding of the values v: the lag
// is the first minimum of the mutual information, the dimension the smallest in which less
// than one neighbour of a hundred is false.
// Status: TooShort below 500 rows, NotConverged if ten dimensions are not enough: noise,
// or too few rows.
// Source: Fraser, Swinney, Phys. Rev. A 33 (1986) 1134; Kennel, Brown, Abarbanel, Phys.
// Rev. A 45 (1992) 3403; Cao, Physica D 110 (1997) 43.
func ChooseEmbedding(v []float64) (*Embedding, error) {
	e := &Embedding{Rows: len(v), Status: OK}
	if len(v) < fewestEmbedded {
		e.Status, e.Reason = TooShort, fmt.Sprintf("there are %d rows; an embedding needs %d at least", len(v), fewestEmbedded)
		return e, nil
	}
	z, err := standardised(v, 1)
	if err != nil {
		return nil, err
	}
	e.Theiler = theilerWindow(z, 1)
	if e.Theiler*4 >= len(v) {
		e.Status, e.Reason = TooShort, alike(e.Theiler, len(v))
		return e, nil
	}
	e.lag(z)
	e.dimension(z)
	return e, nil
}

// lag looks for the first minimum of the mutual information that is one among its
// neighbours, too.
func (e *Embedding) lag(z []float64) {
	most := min(len(z)/10, max(20, 2*e.Theiler))
	bins := max(4, min(mostBins, int(math.Cbrt(float64(len(z))/2))))
	rank := ranks(z, bins)
	e.Information = make([]float64, most)
	par.Map(most, func(k int) { e.Information[k] = mutualInformation(rank, bins, k+1) })
	for k := 1; k+1 < most; k++ {
		if v := e.Information[k]; v < e.Information[k-1] && v <= slices.Min(e.Information[k:min(most, k+1+max(1, k/4))]) {
			e.Lag, e.FirstFall = k+1, true
			return
		}
	}
	e.Lag = max(1, memory(z))
}

// ranks puts values into bins of equal count.
func ranks(z []float64, bins int) []int {
	order := make([]int, len(z))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case z[a] < z[b]:
			return -1
		case z[a] > z[b]:
			return 1
		}
		return 0
	})
	out := make([]int, len(z))
	for r, i := range order {
		out[i] = r * bins / len(z)
	}
	return out
}

// mutualInformation of values so many rows apart, nats, less the bias of empty cells
// (Miller, Madow): (b − 1)²/2n.
func mutualInformation(rank []int, bins, lag int) float64 {
	n := len(rank) - lag
	joint, one, two := make([]float64, bins*bins), make([]float64, bins), make([]float64, bins)
	for i := range n {
		a, b := rank[i], rank[i+lag]
		joint[a*bins+b]++
		one[a]++
		two[b]++
	}
	sum := 0.0
	for c, p := range joint {
		if p > 0 {
			sum += p * math.Log(p*float64(n)/(one[c/bins]*two[c%bins]))
		}
	}
	return sum/float64(n) - float64((bins-1)*(bins-1))/(2*float64(n))
}

// Embed is the delay embedding of values: rows of d values, lag apart, the latest last.
func Embed(v []float64, d, lag int) []float64 {
	n := len(v) - (d-1)*lag
	out := make([]float64, 0, max(n, 0)*d)
	for i := range max(n, 0) {
		for k := range d {
			out = append(out, v[i+k*lag])
		}
	}
	return out
}

// dimension counts false neighbours and Cao's quantities.
func (e *Embedding) dimension(z []float64) {
	var mean, star []float64 // of Cao
	for d := 1; d <= mostDimension; d++ {
		n := len(z) - d*e.Lag
		if n < 4*e.Theiler {
			break
		}
		share, a, b := e.neighbours(z, d, n)
		e.False, mean, star = append(e.False, share), append(mean, a), append(star, b)
		if d > 1 {
			e.E1, e.E2 = append(e.E1, mean[d-1]/mean[d-2]), append(e.E2, star[d-1]/star[d-2])
		}
		if e.Dimension == 0 && share < falseShare {
			e.Dimension = d
		}
		if e.Dimension > 0 && d >= e.Dimension+2 {
			break
		}
	}
	if e.Dimension == 0 {
		e.Status, e.Reason = NotConverged, fmt.Sprintf("neighbours are false in all dimensions up to %d: noise, or more dimensions than the rows can fill", len(e.False))
	}
}

// neighbours compares nearest neighbours in d dimensions with what they are in one more.
func (e *Embedding) neighbours(z []float64, d, n int) (share, mean, star float64) {
	x := Embed(z[:n+(d-1)*e.Lag], d, e.Lag)
	tree := num.NewKDTree(x, d)
	refs := min(n, embedRefs)
	type found struct {
		ok          bool
		ratio, step float64
	}
	all := make([]found, refs)
	par.Map(refs, func(r int) {
		i := r * n / refs
		near := tree.Nearest(nil, x[i*d:(i+1)*d], 1, func(j int) bool { return j-i > e.Theiler || i-j > e.Theiler })
		if len(near) == 0 || near[0].Square == 0 {
			return
		}
		all[r] = found{true, math.Sqrt(near[0].Square), math.Abs(z[i+d*e.Lag] - z[near[0].Index+d*e.Lag])}
	})
	count := 0.0
	for _, f := range all {
		if !f.ok {
			continue
		}
		count++
		both := math.Hypot(f.ratio, f.step)
		if f.step > falseRatio*f.ratio || both > falseSize {
			share++
		}
		mean += both / f.ratio
		star += f.step
	}
	count = max(count, 1)
	return share / count, mean / count, star / count
}
