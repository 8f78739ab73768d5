package train

import (
	"fmt"
	"math"
	"strings"
)

// tied says which unknowns make up for unknown j, of which the data say nothing
// by itself.
func (u *uncertainty) tied(j int) string {
	for k := range u.e.p.Parts.Named {
		q := &u.e.p.Parts.Named[k]
		if o := q.Theta; o != j && u.place[o] >= 0 && math.Abs(u.correlation(j, o)) > correlated {
			return "not determined: the data cannot tell it from " + q.Name
		}
	}
	return "not determined: other unknowns make up for it"
}

// combinations says which sums, products or ratios of two parameters are
// determined where neither is by itself.
func (u *uncertainty) combinations() []string {
	var out []string
	named := u.e.p.Parts.Named
	for a := range named {
		for b := a + 1; b < len(named); b++ {
			i, j := named[a].Theta, named[b].Theta
			if u.place[i] < 0 || u.place[j] < 0 || !(u.inflated(i) > valleyRatio && u.inflated(j) > valleyRatio) {
				continue
			}
			if c := u.correlation(i, j); math.Abs(c) > valleyTied {
				out = append(out, u.combination(a, b, c))
			}
		}
	}
	return out
}

// Two numbers lie in a valley if either error is so many times what it is with
// the other given, and they are tied this closely.
const (
	valleyRatio = 20
	valleyTied  = 0.99
)

// combination describes what the data determine of two tied parameters: across
// the valley, which runs along the ratio of their standard errors.
func (u *uncertainty) combination(a, b int, c float64) string {
	p, q := &u.e.p.Parts.Named[a], &u.e.p.Parts.Named[b]
	i, j := p.Theta, q.Theta
	positive := func(min, max *float64) bool { return min != nil && *min == 0 && max == nil }
	if positive(p.Min, p.Max) && positive(q.Min, q.Max) {
		power := u.sd(i) / u.sd(j) // log p moves so much as log q
		op := "/"
		if c < 0 {
			op = "·"
		}
		text := p.Name + op + raised(q.Name, power)
		return fmt.Sprintf("%s is determined (± %.2g %%), %s and %s by themselves hardly", text, 100*u.across(i, j, -math.Copysign(power, c)), p.Name, q.Name)
	}
	vp, vq := u.user(i)*u.sd(i), u.user(j)*u.sd(j)
	factor := math.Abs(vp / vq)
	op := " − "
	if c*vp*vq < 0 {
		op = " + "
	}
	text := p.Name + op + times(factor, q.Name)
	return fmt.Sprintf("%s is determined (± %.2g), %s and %s by themselves hardly", text, math.Abs(u.user(i))*u.across(i, j, -c/math.Abs(c)*u.sd(i)/u.sd(j)), p.Name, q.Name)
}

// across is the standard error of q_i + f·q_j.
func (u *uncertainty) across(i, j int, f float64) float64 {
	v := u.covariance(i, i, nullValue) + 2*f*u.covariance(i, j, nullValue) + f*f*u.covariance(j, j, nullValue)
	return math.Sqrt(max(0, v))
}

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
