package field

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Term is one term of a library: a product of variables, and of sines and
// cosines of multiples of them.
type Term struct {
	names  []string
	powers []int // variables of the product in ascending order, repeated ones again
	waves  []wave
}

// wave is sin(k·v) or cos(k·v) of variable v.
type wave struct {
	cosine bool
	v, k   int
}

// Terms lists a library over the named variables: the monomials up to degree,
// the constant first; then sines and cosines of 1 to harmonics times each
// variable; then, if products is set, these times each variable and times those
// of another variable. Simple terms come before the ones made of them.
func Terms(names []string, degree, harmonics int, products bool) []Term {
	n := len(names)
	var list []Term
	for d := 0; d <= degree; d++ {
		for _, powers := range exponents(n, d) {
			list = append(list, Term{names: names, powers: powers})
		}
	}
	var waves []wave
	for v := range n {
		for k := 1; k <= harmonics; k++ {
			waves = append(waves, wave{false, v, k}, wave{true, v, k})
		}
	}
	for _, w := range waves {
		list = append(list, Term{names: names, waves: []wave{w}})
	}
	if !products {
		return list
	}
	for _, w := range waves {
		for v := range n {
			list = append(list, Term{names: names, powers: []int{v}, waves: []wave{w}})
		}
	}
	for i, w := range waves {
		for _, u := range waves[i+1:] {
			if u.v != w.v {
				list = append(list, Term{names: names, waves: []wave{w, u}})
			}
		}
	}
	return list
}

// CountTerms is the length of the list of Terms over n variables; a large
// number if it is out of reach.
func CountTerms(n, degree, harmonics int, products bool) int {
	const far = 1 << 20
	if degree > far || harmonics > far {
		return huge
	}
	waves := 2 * n * harmonics
	count := waves
	for d := 0; d <= degree && count < far; d++ {
		count += choose(n, d)
	}
	if count >= far {
		return min(count, huge)
	}
	if products {
		count += waves*n + 2*harmonics*2*harmonics*n*(n-1)/2
	}
	return count
}

// At is the value of the term where the variables are x.
func (t *Term) At(x []float64) float64 {
	y := 1.0
	for _, v := range t.powers {
		y *= x[v]
	}
	for _, w := range t.waves {
		angle := float64(w.k) * x[w.v]
		if w.cosine {
			y *= math.Cos(angle)
		} else {
			y *= math.Sin(angle)
		}
	}
	return y
}

// Degree is the number of variables that are multiplied.
func (t *Term) Degree() int { return len(t.powers) }

// String writes the term as program.ParseExpr reads it.
func (t *Term) String() string {
	var factors []string
	for at := 0; at < len(t.powers); {
		v, n := t.powers[at], 1
		for at+n < len(t.powers) && t.powers[at+n] == v {
			n++
		}
		factor := t.names[v]
		if n > 1 {
			factor += fmt.Sprintf("^%d", n)
		}
		factors, at = append(factors, factor), at+n
	}
	for _, w := range t.waves {
		name, of := "sin", t.names[w.v]
		if w.cosine {
			name = "cos"
		}
		if w.k > 1 {
			of = fmt.Sprintf("%d*%s", w.k, of)
		}
		factors = append(factors, name+"("+of+")")
	}
	if len(factors) == 0 {
		return "1"
	}
	return strings.Join(factors, "*")
}

// SumOfTerms writes Σ coefficient·term, "0" if there is none.
func SumOfTerms(coefficients []string, terms []Term) string {
	var parts []string
	for i := range terms {
		if text := terms[i].String(); text == "1" {
			parts = append(parts, coefficients[i])
		} else {
			parts = append(parts, coefficients[i]+"*"+text)
		}
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(slices.Clip(parts), " + ")
}
