package ode

// Source: Bogacki, Shampine, Appl. Math. Lett. 2 (1989) 321–325.
func init() {
	register(&Tableau{
		Name:  "bosh3",
		Doc:   "Bogacki–Shampine, order 3(2), 3 evaluations a step; for loose tolerances",
		Order: 3,
		C:     []float64{0, 1. / 2, 3. / 4, 1},
		A: [][]float64{
			{},
			{1. / 2},
			{0, 3. / 4},
			{2. / 9, 1. / 3, 4. / 9},
		},
		B:    []float64{2. / 9, 1. / 3, 4. / 9, 0},
		E:    []float64{2./9 - 7./24, 1./3 - 1./4, 4./9 - 1./3, -1. / 8},
		FSAL: true,
	})
}
