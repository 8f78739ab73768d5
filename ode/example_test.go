package ode_test

import (
	"fmt"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

func ExampleSolve() {
	p := &ode.IVP{
		Field: odetest.LotkaVolterra(1),
		X0:    field.Batch{V: []float64{1, 1}, Rows: 2, Lanes: 1},
		Theta: field.Batch{V: []float64{1.3, 0.9, 0.8, 1.8}, Rows: 4, Lanes: 1},
		T0:    []float64{0},
		Times: []float64{1, 2},
	}
	tr, err := ode.Solve(p, ode.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f; %v\n", tr.X, tr.Status[0])
	// Output: [1.9925 0.5025 4.2240 0.9664]; the integration reached its end
}

func ExampleDiscrete() {
	p := &ode.IVP{
		Field: odetest.LotkaVolterra(1),
		X0:    field.Batch{V: []float64{1, 1}, Rows: 2, Lanes: 1},
		Theta: field.Batch{V: []float64{1.3, 0.9, 0.8, 1.8}, Rows: 4, Lanes: 1},
		T0:    []float64{0},
		Times: []float64{2},
	}
	d, err := ode.NewDiscrete(p.Field, ode.Options{Solver: "rk4", Step: 0.01})
	if err != nil {
		fmt.Println(err)
		return
	}
	tr, c := ode.NewTrajectory(1, 2, 1), ode.NewTrajectory(1, 2, 1)
	d.Solve(tr, p)
	c.X[0] = 1 // the derivative of the prey at t = 2 …
	g := field.Point{Theta: field.Batch{V: make([]float64, 4), Rows: 4, Lanes: 1}}
	d.Pull(&g, c)
	fmt.Printf("%.4f\n", g.Theta.V) // … by the four rates
	fmt.Println(d.Plan())
	// Output:
	// [3.6389 -2.2529 -5.9365 3.1562]
	// the stages of all 200 steps are kept (14.27 KiB)
}
