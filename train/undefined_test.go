package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// falling is a column that falls from 2 towards 1.
func falling() data.Series {
	s := data.Series{Names: []string{"x"}, Time: "t"}
	for i := range 40 {
		s.T = append(s.T, 0.1*float64(i))
		s.X = append(s.X, 1+math.Exp(-0.1*float64(i)))
	}
	return s
}

// A formula without a value where the fit begins is told, and no solver and no stiffness is
// blamed for it; nor are parameters said not to matter.
func TestFormulasWithoutAValueAreNotCalledStiff(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"x' = -k*(x - 3)^p", "equations, line 1, column 16: (x - 3)^p has no value at t = 0"},
		{"x' = k*log(x - 1.5 - k*0)*p", "log(x - 1.5 - k*0) has no value at t = "},
	} {
		p := mustProblem(t, []data.Series{falling()}, &field.Equations{Text: c.text, Parameters: map[string]field.Unknown{"k": {Start: 0.3}, "p": {Start: 2}}})
		if why := p.Undefined(); !strings.Contains(why, c.says) {
			t.Errorf("%s: %q; want %q", c.text, why, c.says)
		}
		r := fitted(t, defaults(t, "auto"), p)
		if err := Complete(p, r); err != nil {
			t.Fatal(err)
		}
		told := strings.Join(r.Warnings, "\n")
		for _, v := range r.Verdicts {
			told += "\n" + v.Text
		}
		if !strings.Contains(told, c.says) || strings.Contains(told, "stiff") {
			t.Errorf("%s: it is told\n%s", c.text, told)
		}
		for _, e := range r.Parameters {
			if strings.Contains(e.Note, "do not depend on it") {
				t.Errorf("%s: %+v", c.text, e)
			}
		}
	}
	fine := mustProblem(t, []data.Series{falling()}, &field.Equations{Text: "x' = -k*log(x)*p", Parameters: map[string]field.Unknown{"k": {Start: 0.3}, "p": {Start: 2}}})
	if why := fine.Undefined(); why != "" {
		t.Error(why)
	}
}

// Where a trajectory ends on the way the formula is told that it ended at.
func TestTrajectoriesSayWhichFormulaEndedThem(t *testing.T) {
	for _, c := range []struct {
		text    string
		observe map[string]string
		start   float64
		says    string
		rows    int
	}{
		{"x' = -1 - sqrt(x - 1)", nil, 2, "sqrt(x - 1) has no value at t = 0.61", 2}, // x = 1 at t = 2(1 − log 2)
		{"h' = -1", map[string]string{"x": "log(h)"}, 1, "observe: x, column 1: log(h) has no value at t = 1.5", 3},
		{"x' = x*x", nil, 2, "", 2}, // it blows up at t = 1/2, with every value defined on the way
	} {
		e := &field.Equations{Text: c.text, Observe: c.observe, Start: map[string]float64{"h": 1}}
		if c.observe == nil {
			e.Start = nil
		}
		p, err := e.Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		m := &model.Model{ArchName: "equations", Arch: e, Parts: p, Time: "t", Solver: model.Precise(), Theta: [][]float64{{}}}
		f, err := m.ForecastFrom([]float64{c.start}, 0, []float64{0, 0.4, 0.9, 1.5, 1.9, 2.5}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Failed == "" || !strings.Contains(f.Failed, c.says) || c.says == "" && strings.Contains(f.Failed, "equations") || f.Len() != c.rows {
			t.Errorf("%s: %d rows, then %q; want %d and %q", c.text, f.Len(), f.Failed, c.rows, c.says)
		}
	}
}

// A number is hardly determined where its error is no small part of it, whichever way that
// error was found.
func TestHardlyDeterminedAreOnlyNumbersWithLargeErrors(t *testing.T) {
	p := mustProblem(t, []data.Series{falling()}, &field.Equations{Text: "x' = k*(1 - x)", Parameters: map[string]field.Unknown{"k": {Start: 1}}})
	e, err := newEstimator(p, p.equationSegments(func() bool { return false }), 100, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	z := e.given()
	e.polish(z)
	u := e.uncertainty(z)
	for _, c := range []struct {
		sd     float64
		hardly bool
	}{{0.006, false}, {0.19, false}, {0.21, true}, {5, true}} {
		a := model.Estimate{Name: "k", Value: -1, SD: c.sd}
		if note := u.byCurvature(&a, 0); strings.Contains(note, "hardly") != c.hardly || !strings.Contains(note, "by curvature alone") {
			t.Errorf("an error of %g: %q", c.sd, note)
		}
	}
}
