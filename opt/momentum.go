package opt

type momentum struct {
	keep     float64
	nesterov bool
}

// Momentum replaces the gradient g by its accumulated velocity b = keep·b + g,
// or, with nesterov, by g + keep·b. State: b. A NaN in the update passes and
// leaves its velocity untouched (see Guard). Convention of torch.optim.SGD
// with dampening 0.
// Source: Sutskever, Martens, Dahl, Hinton, ICML 2013.
func Momentum(keep float64, nesterov bool) Transform { return momentum{keep, nesterov} }

func (m momentum) StateSize(n int) int { return n }

func (m momentum) Apply(u, b, _ []float64, _ int) {
	for i, g := range u {
		if g != g {
			continue
		}
		b[i] = m.keep*b[i] + g
		if u[i] = b[i]; m.nesterov {
			u[i] = g + m.keep*b[i]
		}
	}
}
