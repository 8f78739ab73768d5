package opt

import "math"

type adam struct{ beta1, beta2, eps float64 }

// Adam replaces the gradient g by the ratio of its running moments.
//
//	m = β1 m + (1−β1) g;  v = β2 v + (1−β2) g²
//	u = m/(1−β1^(k+1)) / (√(v/(1−β2^(k+1))) + eps)
//
// k counts from 0 with a zero state. State: m, then v. A NaN in the update
// passes and leaves its moments untouched (see Guard).
// Source: Kingma, Ba, ICLR 2015, algorithm 1 (ε outside the root, as PyTorch).
func Adam(beta1, beta2, eps float64) Transform { return adam{beta1, beta2, eps} }

func (a adam) StateSize(n int) int { return 2 * n }

func (a adam) Apply(u, state, _ []float64, k int) {
	n := len(u)
	m, v := state[:n], state[n:2*n]
	fix1 := 1 - math.Pow(a.beta1, float64(k+1))
	root2 := math.Sqrt(1 - math.Pow(a.beta2, float64(k+1)))
	for i, g := range u {
		if g != g {
			continue
		}
		m[i] = a.beta1*m[i] + (1-a.beta1)*g
		v[i] = a.beta2*v[i] + (1-a.beta2)*g*g
		u[i] = m[i] / fix1 / (math.Sqrt(v[i])/root2 + a.eps)
	}
}
