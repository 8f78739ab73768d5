package noise

import "math"

// Scorer sets s to what a value costs, as Kind.At and Limited.At do.
type Scorer func(s *Score, y, mu float64, own []float64)

// Fit maximises the likelihood of values around given predictions over those own numbers that are
// listed in learn, which it changes, from where they are, by Fisher's scoring in their logarithms,
// not below least. It returns the cost and, row by row, the information about those logarithms.
func Fit(at Scorer, learn []int, y, mu, own, least []float64) (cost float64, info []float64) {
	const most, longest, settled = 60, 2, 1e-12
	n := len(learn)
	slope, info := make([]float64, n), make([]float64, n*n)
	var s Score
	sum := func() (cost float64) {
		clear(slope)
		clear(info)
		for i := range y {
			at(&s, y[i], mu[i], own)
			cost += s.Value
			for a, p := range learn {
				slope[a] += s.Slope[1+p]
				for b, q := range learn {
					info[a*n+b] += s.Info[(1+p)*len(s.Slope)+1+q]
				}
			}
		}
		return cost
	}
	cost = sum()
	for range most {
		if n == 0 || math.IsNaN(cost) || math.IsInf(cost, 0) {
			break
		}
		step, promised := scoring(slope, info)
		if !(promised > settled*float64(1+len(y))) {
			break
		}
		before, from, part := cost, pick(own, learn), 1.0
		for ; part > 1e-6; part /= 2 {
			for a, p := range learn {
				own[p] = max(least[a], from[a]*math.Exp(part*max(-longest, min(step[a], longest))))
			}
			if cost = sum(); cost < before {
				break
			}
		}
		if !(cost < before) {
			for a, p := range learn {
				own[p] = from[a]
			}
			cost = sum()
			break
		}
	}
	return cost, info
}

func pick(own []float64, learn []int) (out []float64) {
	for _, p := range learn {
		out = append(out, own[p])
	}
	return out
}

// scoring is the step −info⁻¹·slope, zero along what nothing is known of, and what it promises.
func scoring(slope, info []float64) (step []float64, promised float64) {
	n := len(slope)
	rows, r := make([]float64, n*n), make([]float64, n)
	sum := Score{Slope: slope, Info: info}
	sum.Factor(rows, r)
	step = make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		if rows[i*n+i] == 0 {
			continue
		}
		v := -r[i]
		for j := i + 1; j < n; j++ {
			v -= rows[i*n+j] * step[j]
		}
		step[i] = v / rows[i*n+i]
		promised += r[i] * r[i] / 2
	}
	return step, promised
}
