package opt

import "math"

// Schedule is a learning rate as a function of the iteration k = 0, 1, ….
type Schedule func(k int) float64

type rate struct{ at Schedule }

// Rate ends a rule: it multiplies the update by −at(k), so that what began as
// a gradient becomes the step to be added to z.
func Rate(at Schedule) Transform { return rate{at} }

func (r rate) StateSize(int) int { return 0 }

func (r rate) Apply(u, _, _ []float64, k int) {
	scale := -r.at(k)
	for i := range u {
		u[i] *= scale
	}
}

// ConstantRate is the same rate at every iteration.
func ConstantRate(rate float64) Schedule { return func(int) float64 { return rate } }

// StepRate multiplies rate by factor after every so many iterations.
func StepRate(rate, factor float64, every int) Schedule {
	return func(k int) float64 { return rate * math.Pow(factor, float64(k/every)) }
}

// CosineRate falls from rate to final along half a cosine over iterations
// 0 … iterations−1 and stays at final.
//
//	final + (rate − final)·(1 + cos(π k/iterations))/2
//
// Source: Loshchilov, Hutter, ICLR 2017, eq. 5, without restarts.
func CosineRate(rate, final float64, iterations int) Schedule {
	return func(k int) float64 {
		if k >= iterations {
			return final
		}
		return final + (rate-final)*(1+math.Cos(math.Pi*float64(k)/float64(iterations)))/2
	}
}

// Warmup rises linearly to the first value of then, reaching it at iteration
// steps−1, and goes on with then(k − steps).
func Warmup(steps int, then Schedule) Schedule {
	return func(k int) float64 {
		if k < steps {
			return then(0) * float64(k+1) / float64(steps)
		}
		return then(k - steps)
	}
}
