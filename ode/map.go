package ode

// A map takes a state from one sample to the next. With dx = (g(x) − x)/h it is
// Euler's step of size h, so that solving, adjoints and ensembles need know
// nothing of discrete time; between samples it goes on a straight line, for
// which nothing is evaluated.
func init() {
	register(&Tableau{
		Name:  "map",
		Doc:   "one Euler step a sample, straight lines between; models in discrete time take it by themselves",
		Order: 1,
		C:     []float64{0},
		A:     [][]float64{{}},
		B:     []float64{1},
		Dense: Extension{Order: 1, P: [][]float64{{1}}},
	})
}
