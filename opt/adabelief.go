package opt

import "math"

func init() {
	Optimisers.Register("adabelief", "AdaBelief: steps scaled by how far gradients are from their running mean", func() Settings { return DefaultAdaBelief() })
}

type belief struct{ beta1, beta2, eps float64 }

// Belief replaces the gradient g by its running mean over the root of the
// running variance around that mean, so steps are long where gradients are as
// expected.
//
//	m = β1 m + (1−β1) g;  s = β2 s + (1−β2) (g − m)² + eps
//	u = m/(1−β1^(k+1)) / (√(s/(1−β2^(k+1))) + eps)
//
// k counts from 0 with a zero state. State: m, then s. A NaN in the update
// passes and leaves its moments untouched (see Guard).
// Source: Zhuang et al., NeurIPS 2020, algorithm 2.
func Belief(beta1, beta2, eps float64) Transform { return belief{beta1, beta2, eps} }

func (b belief) StateSize(n int) int { return 2 * n }

func (b belief) Apply(u, state, _ []float64, k int) {
	n := len(u)
	m, s := state[:n], state[n:2*n]
	fix1 := 1 - math.Pow(b.beta1, float64(k+1))
	root2 := math.Sqrt(1 - math.Pow(b.beta2, float64(k+1)))
	for i, g := range u {
		if g != g {
			continue
		}
		m[i] = b.beta1*m[i] + (1-b.beta1)*g
		d := g - m[i]
		s[i] = b.beta2*s[i] + (1-b.beta2)*d*d + b.eps
		u[i] = m[i] / fix1 / (math.Sqrt(s[i])/root2 + b.eps)
	}
}

// AdaBelief is Clip, Belief, Decay, Rate.
type AdaBelief struct {
	Learning `yaml:",inline"`
	Beta1    float64 `json:"beta1" yaml:"beta1"`
	Beta2    float64 `json:"beta2" yaml:"beta2"`
	Eps      float64 `json:"eps" yaml:"eps"`
	Decay    float64 `json:"decay" yaml:"decay"` // decoupled weight decay
}

// DefaultAdaBelief returns the defaults of optax.adabelief: betas 0.9 and
// 0.999, eps 1e-16, no decay; the rate is a constant 0.001.
func DefaultAdaBelief() *AdaBelief {
	return &AdaBelief{Learning: newLearning(1e-3), Beta1: 0.9, Beta2: 0.999, Eps: 1e-16}
}

// Check reports what is wrong with the settings.
func (a *AdaBelief) Check() error {
	return firstOf(a.Learning.Check(),
		within("beta1", a.Beta1, 0, 1), within("beta2", a.Beta2, 0, 1),
		notNegative("eps", a.Eps), notNegative("decay", a.Decay))
}

// Build makes the rule; see Recipe.
func (a *AdaBelief) Build(l Layout) (Transform, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	return a.build(l, a.Direction(), decayOf(a.Decay, l)), nil
}

// Direction implements Director.
func (a *AdaBelief) Direction() Transform { return Belief(a.Beta1, a.Beta2, a.Eps) }
