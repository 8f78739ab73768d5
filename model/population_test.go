package model

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func correlated() *Model {
	return &Model{Population: []Common{
		{State: 1, Value: 2, SD: 0.3, With: []Correlated{{State: 2, R: 0.6}, {State: 3, R: -0.2}}},
		{State: 2, Value: 1, SD: 0.4, Error: 0.3, With: []Correlated{{State: 1, R: 0.6}, {State: 3, R: 0.3}}},
		{State: 3, Value: 1, SD: 0.1, With: []Correlated{{State: 1, R: -0.2}, {State: 2, R: 0.3}}},
		{State: 4, Value: 5, SD: 1},
	}}
}

// Squares of the independent deviations of related values are the quadratic form of the inverse of
// their correlations, and derivatives those of differences.
func TestDeviationsOfRelatedValuesAreIndependent(t *testing.T) {
	m := correlated()
	all := m.relations()
	if len(all) != 1 || len(all[0].states) != 3 {
		t.Fatalf("%+v", all)
	}
	const n = 5
	off, jac := []float64{0.5, 1, -2, 0.3, 7}, make([]float64, n*n)
	for i := range n {
		jac[i*n+i] = 1
	}
	got := append([]float64{}, off...)
	all[0].whiten(got, jac, n)
	var inverse mat.Dense
	if err := inverse.Inverse(m.correlations([]int{1, 2, 3})); err != nil {
		t.Fatal(err)
	}
	sum, want := 0.0, 0.0
	for i := range 3 {
		sum += got[1+i] * got[1+i]
		for j := range 3 {
			want += off[1+i] * off[1+j] * inverse.At(i, j)
		}
	}
	if math.Abs(sum-want) > 1e-12 {
		t.Errorf("%v, want %v", sum, want)
	}
	if got[0] != off[0] || got[4] != off[4] {
		t.Errorf("others are changed: %v", got)
	}
	for i := range n {
		for j := range n {
			v := 0.0
			for k := range n {
				v += jac[i*n+k] * off[k]
			}
			if math.Abs(v-got[i]) > 1e-12 {
				t.Errorf("row %d, %d: %v, want %v", i, j, v, got[i])
			}
		}
	}
	if got, want := m.Population[0].Covariance(&m.Population[1]), 0.6*0.3*0.5; math.Abs(got-want) > 1e-15 {
		t.Errorf("covariance %v, want %v", got, want)
	}
}

func TestCorrelationsThatAreNoneAreRefused(t *testing.T) {
	if err := checkPopulation(correlated().Population, 5); err != nil {
		t.Error(err)
	}
	for _, w := range []Correlated{{State: 1, R: 0.5}, {State: 2, R: 1}, {State: 0, R: 0.5}, {State: 2, R: math.NaN()}} {
		if err := checkPopulation([]Common{{State: 1, SD: 1, With: []Correlated{w}}, {State: 2, SD: 1}}, 5); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
}
