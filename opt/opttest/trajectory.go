package opttest

import (
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/opt"
)

// stages are the stages of Radau IIA of order 5 in a Trajectory's elements.
const stages = 3

var (
	root6  = math.Sqrt(6)
	radauC = [stages]float64{(4 - root6) / 10, (4 + root6) / 10, 1}
	radauA = [stages][stages]float64{
		{(88 - 7*root6) / 360, (296 - 169*root6) / 1800, (-2 + 3*root6) / 225},
		{(296 + 169*root6) / 1800, (88 + 7*root6) / 360, (-2 - 3*root6) / 225},
		{(16 - root6) / 36, (16 + root6) / 36, 1. / 9}}
)

// Trajectory is a small collocation of recordings in two states, the shape of
// program that the structured linear algebra is for: a network with one hidden
// layer, x' = W₂ tanh(W₁x + b₁) + b₂, its weights θ shared, the states at all
// nodes unknown,
//
//	minimise  mean |x − data|² + λ|θ|²
//	subject to  X_i = x₀ + h Σ_k a_ik f(X_k)   for the stages i of every element.
//
// Unknowns: θ (W₁ h×2, b₁ h, W₂ 2×h, b₂ 2, row-major), then for each recording
// its start and the stages of its elements.
type Trajectory struct {
	Hidden, Elements, Recordings int
	Step                         float64 // length of an element
	Lambda                       float64
	Data                         [][2]float64 // at every node, in the order of the unknowns
	Bound                        float64      // |x| ≤ Bound, 0 = none
}

// VanDerPol returns a program for recordings of the oscillator
// y” = (1 − y²) y' − y + force·cos t on [0, span], nodes of elements measured
// with noise, and a start: the data, and weights drawn at random.
func VanDerPol(hidden, elements, recordings int, span, force, noise float64, seed uint64) (p *Trajectory, start []float64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	p = &Trajectory{Hidden: hidden, Elements: elements, Recordings: recordings, Step: span / float64(elements), Lambda: 1e-3}
	for i := range p.weights() {
		sd := math.Sqrt(2 / float64(2+hidden))
		if i >= 2*hidden && i < 3*hidden || i >= 5*hidden {
			sd = 0.1 // biases
		}
		start = append(start, sd*rng.NormFloat64())
	}
	for r := range recordings {
		x, t := [2]float64{0.2 * float64(r), 1}, 0.0
		p.measure(x, noise, rng)
		for range elements {
			before := 0.0
			for _, c := range radauC {
				x, t = oscillate(x, t, (c-before)*p.Step, force)
				p.measure(x, noise, rng)
				before = c
			}
		}
	}
	for _, y := range p.Data {
		start = append(start, y[:]...)
	}
	return p, start
}

func (p *Trajectory) measure(x [2]float64, noise float64, rng *rand.Rand) {
	p.Data = append(p.Data, [2]float64{x[0] + noise*rng.NormFloat64(), x[1] + noise*rng.NormFloat64()})
}

// oscillate takes 20 steps of the classical Runge–Kutta method over h.
func oscillate(x [2]float64, t, h, force float64) ([2]float64, float64) {
	f := func(x [2]float64, t float64) [2]float64 {
		return [2]float64{x[1], (1-x[0]*x[0])*x[1] - x[0] + force*math.Cos(t)}
	}
	along := func(x, k [2]float64, h float64) [2]float64 { return [2]float64{x[0] + h*k[0], x[1] + h*k[1]} }
	const steps = 20
	h /= steps
	for range steps {
		k1 := f(x, t)
		k2 := f(along(x, k1, h/2), t+h/2)
		k3 := f(along(x, k2, h/2), t+h/2)
		k4 := f(along(x, k3, h), t+h)
		for i := range x {
			x[i] += h / 6 * (k1[i] + 2*k2[i] + 2*k3[i] + k4[i])
		}
		t += h
	}
	return x, t
}

func (p *Trajectory) weights() int { return 5*p.Hidden + 2 }

// nodes returns how many nodes a recording has.
func (p *Trajectory) nodes() int { return 1 + stages*p.Elements }

// place returns where the state at a node of a recording begins.
func (p *Trajectory) place(recording, node int) int {
	return p.weights() + 2*(recording*p.nodes()+node)
}

// Shape implements opt.NLP.
func (p *Trajectory) Shape() opt.Shape {
	n, m := p.place(p.Recordings, 0), 2*stages*p.Elements*p.Recordings
	theta := p.weights()
	s := opt.Shape{Low: make([]float64, n), High: make([]float64, n), Floor: make([]float64, m), Ceiling: make([]float64, m)}
	c := &opt.Chains{Groups: p.Elements * p.Recordings, Unknown: make([]int, n)}
	bound := math.Inf(1)
	if p.Bound > 0 {
		bound = p.Bound
	}
	for i := range n {
		s.Low[i], s.High[i] = -bound, bound
		if i < theta {
			s.Low[i], s.High[i] = math.Inf(-1), math.Inf(1)
			c.Unknown[i] = -1
		}
	}
	s.Hessian = append(s.Hessian, opt.Patch{Rows: theta, Cols: theta})
	row := 0
	for r := range p.Recordings {
		c.First = append(c.First, r*p.Elements)
		for node := range p.nodes() {
			x := p.place(r, node)
			group := r*p.Elements + max(0, node-1)/stages
			c.Unknown[x], c.Unknown[x+1] = group, group
			s.Hessian = append(s.Hessian, opt.Patch{Row: x, Col: x, Rows: 2, Cols: 2}, opt.Patch{Row: x, Rows: 2, Cols: theta})
		}
		for e := range p.Elements {
			const rows = 2 * stages
			s.Jacobian = append(s.Jacobian, opt.Patch{Row: row, Rows: rows, Cols: theta},
				opt.Patch{Row: row, Col: p.place(r, e*stages), Rows: rows, Cols: rows + 2})
			for range rows {
				c.Row = append(c.Row, r*p.Elements+e)
			}
			row += rows
		}
	}
	s.Chains = c
	return s
}

// f returns the network's value.
func (p *Trajectory) f(theta, x []float64) (dx [2]float64) {
	h := p.Hidden
	dx = [2]float64{theta[5*h], theta[5*h+1]}
	for k := range h {
		t := math.Tanh(theta[2*k]*x[0] + theta[2*k+1]*x[1] + theta[2*h+k])
		dx[0] += theta[3*h+k] * t
		dx[1] += theta[4*h+k] * t
	}
	return dx
}

// slopes writes ∂f/∂θ (2×θ, into rows of a given width, times by) and returns
// ∂f/∂x.
func (p *Trajectory) slopes(dst []float64, width int, by [stages]float64, theta, x []float64) (jac [2][2]float64) {
	h := p.Hidden
	for k := range h {
		t := math.Tanh(theta[2*k]*x[0] + theta[2*k+1]*x[1] + theta[2*h+k])
		d := 1 - t*t
		for s := range 2 {
			v := theta[(3+s)*h+k]
			jac[s][0] += v * d * theta[2*k]
			jac[s][1] += v * d * theta[2*k+1]
			for i, b := range by {
				row := dst[(2*i+s)*width:]
				row[2*k] += b * v * d * x[0]
				row[2*k+1] += b * v * d * x[1]
				row[2*h+k] += b * v * d
				row[(3+s)*h+k] += b * t
			}
		}
	}
	for s := range 2 {
		for i, b := range by {
			dst[(2*i+s)*width+5*h+s] += b
		}
	}
	return jac
}

// Values implements opt.NLP.
func (p *Trajectory) Values(c, x []float64) (float64, string) {
	theta, sum := x[:p.weights()], 0.0
	for _, w := range theta {
		sum += p.Lambda * w * w
	}
	for i, y := range p.Data {
		a, b := x[len(theta)+2*i]-y[0], x[len(theta)+2*i+1]-y[1]
		sum += (a*a + b*b) / float64(len(p.Data))
	}
	row := 0
	for r := range p.Recordings {
		for e := range p.Elements {
			var slope [stages][2]float64
			at := p.place(r, e*stages)
			for i := range stages {
				slope[i] = p.f(theta, x[at+2+2*i:])
			}
			for i := range stages {
				for s := range 2 {
					c[row] = x[at+2+2*i+s] - x[at+s]
					for k := range stages {
						c[row] -= p.Step * radauA[i][k] * slope[k][s]
					}
					row++
				}
			}
		}
	}
	return sum, ""
}

// Slopes implements opt.NLP.
func (p *Trajectory) Slopes(grad, jac, x []float64) string {
	theta := x[:p.weights()]
	for i, w := range theta {
		grad[i] = 2 * p.Lambda * w
	}
	for i, y := range p.Data {
		at := len(theta) + 2*i
		grad[at], grad[at+1] = 2*(x[at]-y[0])/float64(len(p.Data)), 2*(x[at+1]-y[1])/float64(len(p.Data))
	}
	clear(jac)
	const rows, width = 2 * stages, 2*stages + 2
	for r := range p.Recordings {
		for e := range p.Elements {
			at := p.place(r, e*stages)
			weights, states := jac[:rows*len(theta)], jac[rows*len(theta):]
			for i := range rows {
				states[i*width+i%2], states[i*width+2+i] = -1, 1
			}
			for k := range stages {
				var by [stages]float64
				for i := range stages {
					by[i] = -p.Step * radauA[i][k]
				}
				d := p.slopes(weights, len(theta), by, theta, x[at+2+2*k:])
				for i := range rows {
					states[i*width+2+2*k] += by[i/2] * d[i%2][0]
					states[i*width+3+2*k] += by[i/2] * d[i%2][1]
				}
			}
			jac = states[rows*width:]
		}
	}
	return ""
}

// Curvature implements opt.NLP.
func (p *Trajectory) Curvature(hess, x []float64, w float64, y []float64) string {
	theta := x[:p.weights()]
	n := len(theta)
	clear(hess)
	shared, rest := hess[:n*n], hess[n*n:]
	for i := range n {
		shared[i*n+i] = 2 * p.Lambda * w
	}
	for r := range p.Recordings {
		for node := range p.nodes() {
			states, mixed := rest[:4], rest[4:4+2*n]
			rest = rest[4+2*n:]
			states[0], states[3] = 2*w/float64(len(p.Data)), 2*w/float64(len(p.Data))
			if node == 0 {
				continue
			}
			// The slope at this stage stands in all rows of its element.
			var by [2]float64
			e, k := (node-1)/stages, (node-1)%stages
			for i := range stages {
				for s := range 2 {
					by[s] -= p.Step * radauA[i][k] * y[2*stages*(r*p.Elements+e)+2*i+s]
				}
			}
			p.bend(shared, mixed, states, by, theta, x[p.place(r, node):])
		}
	}
	return ""
}

// bend adds the second derivatives of by·f.
func (p *Trajectory) bend(shared, mixed, states []float64, by [2]float64, theta, x []float64) {
	h, n := p.Hidden, p.weights()
	for k := range h {
		w := [2]float64{theta[2*k], theta[2*k+1]}
		t := math.Tanh(w[0]*x[0] + w[1]*x[1] + theta[2*h+k])
		d := 1 - t*t
		c := by[0]*theta[3*h+k] + by[1]*theta[4*h+k]
		dd := -2 * t * d * c
		in := [3]int{2 * k, 2*k + 1, 2*h + k}
		u := [3]float64{x[0], x[1], 1}
		for i := range 3 {
			for j := range i + 1 {
				shared[in[i]*n+in[j]] += dd * u[i] * u[j]
			}
			for s := range 2 {
				shared[((3+s)*h+k)*n+in[i]] += by[s] * d * u[i]
				mixed[s*n+in[i]] += dd * u[i] * w[s]
				if i == s {
					mixed[s*n+in[i]] += c * d
				}
			}
		}
		for s := range 2 {
			for j := range 2 {
				mixed[j*n+(3+s)*h+k] += by[s] * d * w[j]
			}
			for j := range s + 1 {
				states[2*s+j] += dd * w[s] * w[j]
			}
		}
	}
}
