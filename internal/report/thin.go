package report

import "math"

const (
	drawn      = 1.0 / 1500 // error of a thinned line, share of its height
	mostDense  = 8000       // points of a curve that are looked at one by one
	mostPoints = 2400       // points of a scatter
)

// thin returns ascending indices of the points of a curve that can be drawn
// instead of all: interpolated linearly in x, every channel stays within drawn
// of its span. A point with a missing value is kept: it breaks the line.
// Source: Douglas, Peucker, Cartographica 10 (1973) 112–122, with vertical
// distances.
func thin(x []float64, channels ...[]float64) []int {
	scales := make([]float64, len(channels))
	for c, v := range channels {
		if s := emptySpan().include(v...); !s.empty() && s.width() > 0 {
			scales[c] = 1 / (drawn * s.width())
		}
	}
	t := thinner{x, channels, scales, extremes(mostDense, x, channels...), nil}
	t.keep = make([]bool, len(t.index))
	from := 0
	for i := range t.index {
		if t.broken(i) {
			t.run(from, i-1)
			t.keep[i] = true
			from = i + 1
		}
	}
	t.run(from, len(t.index)-1)
	kept := make([]int, 0, len(t.index)/4)
	for i, k := range t.keep {
		if k {
			kept = append(kept, t.index[i])
		}
	}
	return kept
}

// thinner marks the points to keep among index.
type thinner struct {
	x        []float64
	channels [][]float64
	scales   []float64 // 1 / allowed error
	index    []int
	keep     []bool
}

func (t *thinner) broken(i int) bool {
	for _, v := range t.channels {
		if !finite(v[t.index[i]]) {
			return true
		}
	}
	return !finite(t.x[t.index[i]])
}

// run thins the unbroken stretch from a to b, both kept.
func (t *thinner) run(a, b int) {
	if a > b {
		return
	}
	t.keep[a], t.keep[b] = true, true
	stack := [][2]int{{a, b}}
	for len(stack) > 0 {
		a, b := stack[len(stack)-1][0], stack[len(stack)-1][1]
		stack = stack[:len(stack)-1]
		if m, e := t.worst(a, b); e > 1 {
			t.keep[m] = true
			stack = append(stack, [2]int{a, m}, [2]int{m, b})
		}
	}
}

// worst is the point between a and b farthest from the line that joins them.
func (t *thinner) worst(a, b int) (at int, most float64) {
	ia, ib := t.index[a], t.index[b]
	for i := a + 1; i < b; i++ {
		j := t.index[i]
		w := (t.x[j] - t.x[ia]) / (t.x[ib] - t.x[ia])
		if !finite(w) {
			w = 0
		}
		for c, v := range t.channels {
			if e := math.Abs(v[j]-v[ia]-w*(v[ib]-v[ia])) * t.scales[c]; e > most {
				at, most = i, e
			}
		}
	}
	return at, most
}

// extremes returns all indices of at most so many points; of more it returns
// the ends and the lowest and highest of every channel in each bucket.
func extremes(most int, x []float64, channels ...[]float64) []int {
	n := len(x)
	var index []int
	if n <= most {
		for i := range n {
			index = append(index, i)
		}
		return index
	}
	buckets := max(1, most/(2*max(1, len(channels))))
	marked := make([]bool, n)
	marked[0], marked[n-1] = true, true
	for b := range buckets {
		from, to := b*n/buckets, (b+1)*n/buckets
		for _, v := range channels {
			lo, hi := from, from
			for i := from; i < to; i++ {
				if !finite(v[i]) {
					continue
				}
				if !(v[lo] <= v[i]) {
					lo = i
				}
				if !(v[hi] >= v[i]) {
					hi = i
				}
			}
			marked[lo], marked[hi] = true, true
		}
	}
	for i, m := range marked {
		if m {
			index = append(index, i)
		}
	}
	return index
}

// pick is v at the indices.
func pick(v []float64, index []int) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(index))
	for i, j := range index {
		out[i] = v[j]
	}
	return out
}

// column is component c of row-major x with d columns, nil if x is nil.
func column(x []float64, d, c int) []float64 {
	if len(x) == 0 {
		return nil
	}
	out := make([]float64, len(x)/d)
	for i := range out {
		out[i] = x[i*d+c]
	}
	return out
}
