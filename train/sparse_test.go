package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// libraryOf prepares the candidate of the given problem that is a sparse library.
func libraryOf(t *testing.T, rec data.Series) *candidate {
	t.Helper()
	p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range beginAtSlopes(t, p) {
		if c.sparse {
			if err := c.prepare(phaseMatch, 100); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatal("no sparse candidate")
	return nil
}

// TestTermsThatNoDataTellApartAreLeftOut: of two inputs whose squares add to
// one, and of nothing where there is no such relation.
func TestTermsThatNoDataTellApartAreLeftOut(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	rec, _ := s.draw(1)
	if off := libraryOf(t, rec).b.librarySlopes().redundant(); len(off) > 0 {
		t.Errorf("without inputs %v are left out", off)
	}
	rec.Inputs = []string{"c", "s"}
	for _, v := range rec.T {
		rec.U = append(rec.U, math.Cos(2*v), math.Sin(2*v))
	}
	c := libraryOf(t, rec)
	slopes := c.b.librarySlopes()
	off := slopes.redundant()
	// Of each state: s², and s² times each of the four variables.
	if len(off) != 2*5 {
		t.Errorf("%d terms are left out: %v", len(off), off)
	}
	for i, kept := range off {
		if parts := slopes.combination(i, kept); len(parts) == 0 || len(parts) > 2 {
			t.Errorf("term %d is made of %v", i, slopes.combination(i, kept))
		}
	}
	if text := c.redundantText(slopes, off); !strings.HasPrefix(text, "in these rows the term s^2 is made of 1 and c^2") || !strings.HasSuffix(text, "4 more such terms") {
		t.Errorf("%q", text)
	}
	c.begin()
	for i := range off {
		if c.b.prec[i] < precisionOff || c.b.z[i] != 0 {
			t.Errorf("term %d is not switched off", i)
		}
	}
}

// TestSlopesOfCleanDataSayWhichTermsThereAre finds the four of Lotka–Volterra.
func TestSlopesOfCleanDataSayWhichTermsThereAre(t *testing.T) {
	s := lotkaVolterra()
	s.noise = 0
	s.rows, s.dt = 121, 0.05
	rec, _ := s.draw(1)
	l := libraryOf(t, rec).b.librarySlopes()
	mean, prec, ok := l.sparse(nil)
	if !ok {
		t.Fatal("no answer")
	}
	large := 0
	for k := range mean {
		if prec[k] < precisionOff && math.Abs(mean[k]) > 0.05 {
			large++
		}
	}
	if large != 4 {
		t.Errorf("%d terms are large: %.3g", large, mean)
	}
}

// TestLibrariesThatAreNotLinearHaveNoSlopes: waves of a kinetic energy act
// through its inverse, and must not be left out for what they do at zero.
func TestLibrariesThatAreNotLinearHaveNoSlopes(t *testing.T) {
	s := others()[3]
	rec, _ := s.draw(1)
	p, err := NewProblem([]data.Series{rec}, "lagrangian", &field.Lagrangian{Activation: "gelu", Harmonics: 2}, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBayes(p, p.cut(), p.Parts.Theta0)
	if err != nil {
		t.Fatal(err)
	}
	if b.librarySlopes() != nil {
		t.Error("a Lagrangian is taken for linear")
	}
}

// TestConditionedUnknownsAreThoseOfTheSmallerProblem compares with the inverse
// of the precision without the unknown that was set to zero.
func TestConditionedUnknownsAreThoseOfTheSmallerProblem(t *testing.T) {
	const n, at = 5, 2
	r := num.Stream(1, "conditioned")
	a := mat.NewDense(2*n, n, nil)
	y := mat.NewVecDense(2*n, nil)
	for i := range 2 * n {
		y.SetVec(i, r.NormFloat64())
		for j := range n {
			a.Set(i, j, r.NormFloat64())
		}
	}
	solve := func(a *mat.Dense) (*mat.SymDense, []float64) {
		var h mat.SymDense
		h.SymOuterK(1, a.T())
		var c mat.Cholesky
		c.Factorize(&h)
		var inv mat.SymDense
		if err := c.InverseTo(&inv); err != nil {
			t.Fatal(err)
		}
		var rhs, z mat.VecDense
		rhs.MulVec(a.T(), y)
		z.MulVec(&inv, &rhs)
		return &inv, z.RawVector().Data
	}
	cov, z := solve(a)
	use := []int{0, 1, 2, 3, 4}
	condition(z, use, cov, at)
	rest := mat.NewDense(2*n, n-1, nil)
	left := slices.Delete(slices.Clone(use), at, at+1)
	for j, k := range left {
		rest.SetCol(j, mat.Col(nil, k, a))
	}
	want, w := solve(rest)
	for j, k := range left {
		if math.Abs(z[k]-w[j]) > 1e-12 || math.Abs(cov.At(k, k)-want.At(j, j)) > 1e-12 {
			t.Errorf("unknown %d is %g ± %g, want %g ± %g", k, z[k], cov.At(k, k), w[j], want.At(j, j))
		}
	}
}

// TestPruningInBatchesLeavesTheLawAlone: the sparse candidate ends with the
// four terms of Lotka–Volterra.
func TestPruningInBatchesLeavesTheLawAlone(t *testing.T) {
	unhurried(t)
	s := lotkaVolterra()
	rec, _ := s.draw(3)
	c := libraryOf(t, rec)
	if err := c.prepare(phaseMatch, 500); err != nil {
		t.Fatal(err)
	}
	for c.phase < phases {
		if err := c.run(); err != nil {
			t.Fatal(err)
		}
	}
	if left, all := c.b.terms(); left > 6 || left < 4 || all != 20 {
		t.Errorf("%d of %d terms are left", left, all)
	}
}

// Where every unknown is switched off there is nothing to drop, and no matrix.
func TestNothingIsPrunedOfNothing(t *testing.T) {
	s := lotkaVolterra()
	rec, _ := s.draw(1)
	b := libraryOf(t, rec).b
	for i := range b.prec {
		b.prec[i] = precisionOff
	}
	if drop, _ := b.droppable(5); len(drop) != 0 {
		t.Errorf("%v are dropped", drop)
	}
}
