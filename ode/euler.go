package ode

// Euler's method; for tests and for teaching.
func init() {
	register(&Tableau{
		Name:  "euler",
		Doc:   "Euler, order 1, 1 evaluation a step",
		Order: 1,
		C:     []float64{0},
		A:     [][]float64{{}},
		B:     []float64{1},
	})
}
