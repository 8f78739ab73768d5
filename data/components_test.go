package data

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// planes are rows in a plane of so many dimensions with noise about it.
func planes(rows, columns, dimensions int, noise float64) Series {
	r := rand.New(rand.NewPCG(3, 4))
	s := Series{}
	directions := make([]float64, dimensions*columns)
	for i := range directions {
		directions[i] = r.NormFloat64()
	}
	for c := range columns {
		s.Names = append(s.Names, "p"+strconv.Itoa(c))
	}
	for k := range rows {
		s.T = append(s.T, float64(k))
		at := len(s.X)
		for range columns {
			s.X = append(s.X, 5+noise*r.NormFloat64())
		}
		for j := range dimensions {
			v := r.NormFloat64() / float64(1+j)
			for c := range columns {
				s.X[at+c] += v * directions[j*columns+c]
			}
		}
	}
	return s
}

// TestComponentsKeepWhatColumnsHaveInCommon: orthonormal, uncorrelated, by eigenvectors as by
// iterations; rows in a plane come back exactly.
func TestComponentsKeepWhatColumnsHaveInCommon(t *testing.T) {
	for _, columns := range []int{12, 300} {
		s := planes(400, columns, 3, 0)
		c, err := NewComponents([]Series{s}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Check(); err != nil || math.Abs(c.Share-1) > 1e-9 {
			t.Errorf("%v; they keep %g", err, c.Share)
		}
		for i := range 3 {
			for j := range 3 {
				dot := 0.0
				for k := range columns {
					dot += c.Basis[i*columns+k] * c.Basis[j*columns+k]
				}
				if want := map[bool]float64{true: 1}[i == j]; math.Abs(dot-want) > 1e-9 {
					t.Errorf("%d columns: directions %d and %d have the product %g", columns, i, j, dot)
				}
			}
		}
		few, err := c.Of([]Series{s})
		if err != nil {
			t.Fatal(err)
		}
		m := NewMoments(few...)
		if !(m.SD[0] > m.SD[1] && m.SD[1] > m.SD[2]) || math.Abs(m.Mean[0]) > 1e-9 {
			t.Errorf("deviations %v, means %v", m.SD, m.Mean)
		}
		product := 0.0
		for k := range few[0].Len() {
			product += few[0].Row(k)[0] * few[0].Row(k)[1]
		}
		if math.Abs(product) > 1e-6*m.SD[0]*m.SD[1]*400 {
			t.Errorf("components are correlated: %g", product)
		}
		for i, v := range c.Show(few[0].X) {
			if math.Abs(v-s.X[i]) > 1e-8 {
				t.Fatalf("value %d comes back as %g, was %g", i, v, s.X[i])
			}
		}
	}
}

// TestComponentsKeepTheLargestVariance: that of noise is left out, and no other direction of as many
// keeps more than eigenvectors of all columns do.
func TestComponentsKeepTheLargestVariance(t *testing.T) {
	s := planes(500, 300, 2, 0.1)
	two, err := NewComponents([]Series{s}, 2)
	if err != nil {
		t.Fatal(err)
	}
	three, err := NewComponents([]Series{s}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !(two.Share > 0.98 && two.Share < 1 && three.Share > two.Share && three.Share-two.Share < 1e-3) {
		t.Errorf("two keep %g, three %g", two.Share, three.Share)
	}
	s.X[7] = math.NaN()
	few, err := two.Of([]Series{s})
	if err != nil || !math.IsNaN(few[0].Row(0)[0]) || math.IsNaN(few[0].Row(1)[0]) {
		t.Errorf("a row with a gap: %v, %v", err, few[0].Row(0))
	}
}

// TestComponentsAreRefusedInWords: more than there are, columns that never change, others.
func TestComponentsAreRefusedInWords(t *testing.T) {
	s := planes(10, 4, 2, 0.1)
	same := Series{Names: s.Names, T: s.T, X: make([]float64, len(s.X))}
	for want, got := range map[string]func() error{
		"there are 4 columns": func() error { _, err := NewComponents([]Series{s}, 4); return err },
		"from 1 to 256":       func() error { _, err := NewComponents([]Series{s}, 0); return err },
		"more rows":           func() error { _, err := NewComponents([]Series{s.Slice(0, 2)}, 2); return err },
		"never change":        func() error { _, err := NewComponents([]Series{same}, 2); return err },
		`but recording "b" has z`: func() error {
			c, _ := NewComponents([]Series{s}, 2)
			_, err := c.Of([]Series{{ID: "b", Names: []string{"z"}}})
			return err
		},
	} {
		if err := got(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
}
