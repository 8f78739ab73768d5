package ode

// Methods of order 2. Source: Hairer, Nørsett, Wanner, Solving Ordinary
// Differential Equations I, 2nd ed., table II.1.1.
func init() {
	register(&Tableau{
		Name:  "midpoint",
		Doc:   "explicit midpoint rule (Runge), order 2, 2 evaluations a step",
		Order: 2,
		C:     []float64{0, 0.5},
		A:     [][]float64{{}, {0.5}},
		B:     []float64{0, 1},
	})
	register(&Tableau{
		Name:  "heun",
		Doc:   "Heun's trapezoidal rule with an embedded Euler step, order 2(1), 2 evaluations a step",
		Order: 2,
		C:     []float64{0, 1},
		A:     [][]float64{{}, {1}},
		B:     []float64{0.5, 0.5},
		E:     []float64{-0.5, 0.5},
	})
}
