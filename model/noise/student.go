package noise

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func init() {
	Kinds.Register("student", "Student's distribution with so many degrees of freedom, as in {student: 4}: values far off matter little", func() Kind { return student{} })
}

// student is μ + scale·t with t of Student's distribution.
//
// Source: Lange, Little, Taylor, J. Am. Stat. Assoc. 84 (1989) 881, also for the information.
type student struct{}

// Own implements Kind.
func (student) Own() []string { return []string{freedom, "scale"} }

// Required implements requiring.
func (student) Required() int { return 1 }

// Begin implements Kind.
func (student) Begin(y, mu []float64) []float64 {
	return []float64{4, constant{}.Begin(y, mu)[0]}
}

// At implements Kind.
func (student) At(s *Score, y, mu float64, own []float64) {
	s.room(2)
	n, scale := own[0], own[1]
	u := (mu - y) / scale
	a, _ := math.Lgamma(n / 2)
	b, _ := math.Lgamma((n + 1) / 2)
	s.Value = (n+1)/2*math.Log1p(u*u/n) + math.Log(scale) + a - b + math.Log(math.Pi*n)/2
	w := (n + 1) / (n + u*u)
	s.Slope[0], s.Slope[2] = w*u/scale, 1-w*u*u
	v := u * u / n // the derivative by log n, which only tests ask for: the number is given
	s.Slope[1] = n/2*math.Log1p(v) - (n+1)/2*v/(1+v) + n/2*(mathext.Digamma(n/2)-mathext.Digamma((n+1)/2)) + 0.5
	s.Info[0], s.Info[8] = (n+1)/((n+3)*scale*scale), 2*n/(n+3)
}

// Quantile implements Kind.
func (student) Quantile(p, mu float64, own []float64) float64 {
	return distuv.StudentsT{Mu: mu, Sigma: own[1], Nu: own[0]}.Quantile(p)
}

// Check implements Kind.
func (student) Check(y float64) string { return finite(y) }

// Below implements Censoring.
func (student) Below(s *Score, limit, mu float64, own []float64) {
	t := distuv.StudentsT{Sigma: 1, Nu: own[0]}
	w := (limit - mu) / own[1]
	p := max(t.CDF(w), math.SmallestNonzeroFloat64)
	s.below(w, math.Log(p), t.Prob(w)/p, 1/own[1], 0, 0, 1)
}
