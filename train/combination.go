package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/field"
)

// undetermined begins the note on a number that is not.
const undetermined = "not determined: "

// tied says which unknowns make up for unknown j, of which the data say nothing
// by itself.
func (u *uncertainty) tied(j int) string {
	for k := range u.e.p.Parts.Named {
		q := &u.e.p.Parts.Named[k]
		if o := q.Theta; o != j && u.place[o] >= 0 && math.Abs(u.correlation(j, o)) > correlated {
			return undetermined + "the data cannot tell it from " + q.Name
		}
	}
	return undetermined + "other unknowns make up for it"
}

// combinations says which products, ratios or sums of parameters are determined where
// none of them is by itself.
func (u *uncertainty) combinations() []string {
	out := slices.Clone(u.beside)
	var loose []int // parameters that others make up for, but no single one
	for a := range u.e.p.Parts.Named {
		if !u.made(a) {
			continue
		}
		single := false
		for b := range u.e.p.Parts.Named {
			if b == a || !u.made(b) || math.Abs(u.between(a, b)) <= valleyTied {
				continue
			}
			if single = true; a < b {
				out = append(out, u.combination([]int{a, b}))
			}
		}
		if !single {
			loose = append(loose, a)
		}
	}
	if len(loose) > 2 {
		if u.across(loose)*valleyRatio < 1 {
			out = append(out, u.combination(loose))
		}
	}
	return out
}

// Numbers lie in a valley if their errors are so many times what they are with the others
// given, two of them if they are tied this closely.
const (
	valleyRatio = 20
	valleyTied  = 0.99
)

// made tells a parameter that others make up for.
func (u *uncertainty) made(a int) bool {
	i := u.e.p.Parts.Named[a].Theta
	return u.place[i] >= 0 && u.inflated(i) > valleyRatio
}

func (u *uncertainty) between(a, b int) float64 {
	named := u.e.p.Parts.Named
	return u.correlation(named[a].Theta, named[b].Theta)
}

// narrow is the combination of parameters, in their standard errors, that is known best.
func (u *uncertainty) narrow(of []int) (direction []float64, variance float64) {
	n := len(of)
	r := mat.NewSymDense(n, nil)
	for k := range n {
		for l := range k + 1 {
			v := 1.0
			if l < k {
				v = u.between(of[k], of[l])
			}
			r.SetSym(k, l, v)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(r, true) {
		return nil, math.NaN()
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	return mat.Col(nil, 0, &vectors), max(0, eigen.Values(nil)[0])
}

// across is the error of the combination that is known best, in those of its parts.
func (u *uncertainty) across(of []int) float64 {
	_, v := u.narrow(of)
	return math.Sqrt(v)
}

// joint is a combination of parameters: a product of powers or a sum of multiples.
type joint struct {
	of     []int // of Parts.Named
	value  []float64
	weight []float64 // powers, or factors; the first is 1
	sum    bool
	sd     float64 // of the product's logarithm, or of the sum
}

// joint is the combination of one kind that is known best. A logarithm moves by the
// relative error of its number.
func (u *uncertainty) joint(of []int, sum bool) *joint {
	direction, _ := u.narrow(of)
	if direction == nil {
		return nil
	}
	c := &joint{of: of, sum: sum}
	unit := make([]float64, len(of)) // standard error of each part
	for k, a := range of {
		q := &u.e.p.Parts.Named[a]
		v, _ := q.Value(u.z[q.Theta])
		unit[k] = u.user(q.Theta) * u.sd(q.Theta)
		if c.value = append(c.value, v); !sum {
			unit[k] /= v
		}
		c.weight = append(c.weight, direction[k]/unit[k])
	}
	first := c.weight[0]
	for k := range c.weight {
		if c.weight[k] /= first; math.Abs(c.weight[k]) > 0 {
			if near := math.Round(2*c.weight[k]) / 2; near != 0 && math.Abs(c.weight[k]/near-1) < nearlyOne {
				c.weight[k] = near
			}
		}
	}
	slope := func(k int) float64 {
		i := u.e.p.Parts.Named[of[k]].Theta
		return c.weight[k] * unit[k] / u.sd(i)
	}
	variance := 0.0
	for k, a := range of {
		for l, b := range of {
			variance += slope(k) * slope(l) * u.covariance(u.e.p.Parts.Named[a].Theta, u.e.p.Parts.Named[b].Theta, nullValue)
		}
	}
	c.sd = math.Sqrt(max(0, variance))
	return c
}

// rises is by how much −2 log likelihood is larger, at most, where two parts have moved by
// two errors, or are half or twice as large, and the combination is what it was; +Inf where they cannot.
func (u *uncertainty) rises(c *joint) float64 {
	most, first := 0.0, u.e.p.Parts.Named[c.of[0]].Theta
	error0 := 2 * u.sd(first) * math.Abs(u.user(first))
	for k := 1; k < len(c.of); k++ {
		for _, way := range []float64{-1, 1} {
			moved := slices.Clone(c.value)
			if c.sum {
				step := way * min(error0, math.Abs(c.value[0])/2, math.Abs(c.weight[k]*c.value[k])/2)
				moved[0], moved[k] = c.value[0]+step, c.value[k]-step/c.weight[k]
			} else {
				step := way * min(error0/math.Abs(c.value[0]), math.Ln2)
				moved[0] *= math.Exp(step)
				moved[k] *= math.Exp(-step / c.weight[k])
			}
			z := slices.Clone(u.z)
			for _, l := range []int{0, k} {
				q := &u.e.p.Parts.Named[c.of[l]]
				z[q.Theta] = q.Entry(moved[l])
			}
			w := 2 * (u.e.cost(u.e.final(), z) - u.cost)
			if !(w < math.Inf(1)) {
				return math.Inf(1)
			}
			most = max(most, w)
		}
	}
	return most
}

// combination says what the data determine of parameters that make up for each other: of a
// product and a sum, which are alike near by, the one along which they may move far.
func (u *uncertainty) combination(of []int) string {
	product, sum := u.joint(of, false), u.joint(of, true)
	if product == nil || sum == nil {
		return ""
	}
	best, rise := product, u.rises(product)
	if r := u.rises(sum); r < rise {
		best, rise = sum, r
	}
	where := ""
	if !(rise < 2*profileWorse) {
		where = ", near these values,"
	}
	return fmt.Sprintf("%s%s is determined, %s by themselves hardly", u.told(best), where, u.names(of))
}

// told is the combination with its value and error.
func (u *uncertainty) told(c *joint) string {
	text, value := "", 0.0
	for k, a := range c.of {
		name, w := u.e.p.Parts.Named[a].Name, c.weight[k]
		switch {
		case c.sum:
			value += w * c.value[k]
			text += joinedBy(k, w, " + ", " − ") + times(math.Abs(w), name)
		default:
			value += w * math.Log(math.Abs(c.value[k]))
			text += joinedBy(k, w, "·", "/") + raised(name, math.Abs(w))
		}
	}
	sd := c.sd
	if !c.sum {
		value = math.Exp(value)
		sd *= value
		for k, v := range c.value {
			if v < 0 && c.weight[k] == math.Round(c.weight[k]) && math.Mod(c.weight[k], 2) != 0 {
				value = -value
			}
		}
	}
	return fmt.Sprintf("%s = %.4g ± %.2g", text, value, sd)
}

func joinedBy(k int, w float64, with, against string) string {
	switch {
	case k == 0:
		return ""
	case w < 0:
		return against
	}
	return with
}

// names are those of parameters: a, b and c.
func (u *uncertainty) names(of []int) string {
	var all []string
	for _, a := range of {
		all = append(all, u.e.p.Parts.Named[a].Name)
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// besides notes what is determined of the unknown j, which is at its bound and may leave it, and
// another that makes up for it all the way.
func (u *uncertainty) besides(j int, points []profilePoint) {
	q := u.parameter(j)
	from, _ := q.Value(u.z[j])
	for k := range u.e.p.Parts.Named {
		other := &u.e.p.Parts.Named[k]
		i := other.Theta
		if i == j || u.place[i] < 0 {
			continue
		}
		value, _ := other.Value(u.z[i])
		least, most := math.Inf(1), math.Inf(-1)
		for _, p := range points {
			at, _ := q.Value(p.at[j])
			makes, _ := other.Value(p.at[i])
			if p.worse < profileWorse/4 && math.Abs(makes-value) > u.sd(i)*math.Abs(u.user(i)) {
				f := -(makes - value) / (at - from)
				least, most = min(least, f), max(most, f)
			}
		}
		if f := (least + most) / 2; most-least < sumsAlike*math.Abs(f) {
			c := &joint{of: []int{k, slices.IndexFunc(u.e.p.Parts.Named, func(p field.Parameter) bool { return p.Theta == j })},
				value: []float64{value, from}, weight: []float64{1, f}, sum: true, sd: u.sd(i) * math.Abs(u.user(i))}
			if near := math.Round(f); near != 0 && math.Abs(f/near-1) < sumsAlike {
				c.weight[1] = near
			}
			u.beside = append(u.beside, fmt.Sprintf("%s is determined, %s by themselves hardly", u.told(c), u.names(c.of)))
		}
	}
}

// sumsAlike is how far, in parts of it, the factor may scatter by which one number makes up for
// another.
const sumsAlike = 0.05

// nearlyOne is how near to 1 a factor or a power is left out.
const nearlyOne = 0.03

func raised(name string, power float64) string {
	if math.Abs(power-1) < nearlyOne {
		return name
	}
	return fmt.Sprintf("%s^%.2g", name, power)
}

func times(factor float64, name string) string {
	if math.Abs(factor-1) < nearlyOne {
		return name
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g·%s", factor, name))
}
