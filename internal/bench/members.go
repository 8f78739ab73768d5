package bench

import (
	"fmt"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Members are eight networks that learn side by side, each with weights of its own
// in a lane of its own, and one of them alone: the gradient of one trajectory in
// steps of 0.1, as in G1/rk4 and with the start and the times of G2.
const membersTogether = 8

var memberProblems = []struct {
	net  net
	make func(name string, o ode.Options) (*Gradient, error)
}{
	{small, func(name string, o ode.Options) (*Gradient, error) { return lotkaVolterra(name, small.weights(), o) }},
	{large, lorenz},
}

// together makes g, which has one trajectory, that of n members. Their weights
// differ a little.
func (g *Gradient) together(n int, of net) (*Gradient, error) {
	parts, err := of.architecture()
	if err != nil {
		return nil, err
	}
	var data []float64
	rows := len(g.Starts[0])
	for k := range g.Times {
		for range n {
			data = append(data, g.Data[k*rows:(k+1)*rows]...)
		}
	}
	start := g.Starts[0]
	g.Starts, g.Data, g.ivp = nil, data, ode.IVP{}
	for range n {
		g.Starts = append(g.Starts, start)
	}
	if g, err = g.prepare(field.New(parts.Field, n, true)); err != nil {
		return nil, err
	}
	g.ivp.Theta = program.NewBatch(len(g.Weights), n)
	for i, w := range g.Weights {
		for l, row := 0, g.ivp.Theta.Row(i); l < n; l++ {
			row[l] = w * (1 + 1e-6*float64(l))
		}
	}
	g.g.Theta = program.NewBatch(len(g.Weights), n)
	return g, nil
}

func members() []Case {
	var out []Case
	for _, p := range memberProblems {
		name := "members/" + p.net.name + "/rk4"
		for _, n := range []int{1, membersTogether} {
			out = append(out, Case{Name: name, Lanes: n, Prepare: func() (*Job, error) {
				g, err := p.make(name, fixed)
				if err == nil && n > 1 {
					g, err = g.together(n, p.net)
				}
				if err != nil {
					return nil, err
				}
				return &Job{Run: g.Run, Flops: g.operations, Note: func() string {
					return fmt.Sprintf("%.4g evaluations, gradient norm %.6g", g.Evaluations(), g.Norm())
				}}, nil
			}})
		}
	}
	return out
}
