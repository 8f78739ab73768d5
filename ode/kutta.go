package ode

// Kutta's methods. Source: Kutta, Z. Math. Phys. 46 (1901) 435–453; Hairer,
// Nørsett, Wanner, Solving Ordinary Differential Equations I, 2nd ed., table
// II.1.2.
func init() {
	register(&Tableau{
		Name:  "rk3",
		Doc:   "Kutta, order 3, 3 evaluations a step",
		Order: 3,
		C:     []float64{0, 0.5, 1},
		A:     [][]float64{{}, {0.5}, {-1, 2}},
		B:     []float64{1. / 6, 4. / 6, 1. / 6},
	})
	register(&Tableau{
		Name:  "rk4",
		Doc:   "the classic Runge–Kutta method, order 4, 4 evaluations a step",
		Order: 4,
		C:     []float64{0, 0.5, 0.5, 1},
		A:     [][]float64{{}, {0.5}, {0, 0.5}, {0, 0, 1}},
		B:     []float64{1. / 6, 2. / 6, 2. / 6, 1. / 6},
	})
	register(&Tableau{
		Name:  "rk4-38",
		Doc:   "Kutta's 3/8 rule, order 4, 4 evaluations a step",
		Order: 4,
		C:     []float64{0, 1. / 3, 2. / 3, 1},
		A:     [][]float64{{}, {1. / 3}, {-1. / 3, 1}, {1, -1, 1}},
		B:     []float64{1. / 8, 3. / 8, 3. / 8, 1. / 8},
	})
}
