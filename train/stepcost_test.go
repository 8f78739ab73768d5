package train

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// waves is a recording of many columns.
func waves(columns, rows int) data.Series {
	s := data.Series{Time: "t"}
	for c := range columns {
		s.Names = append(s.Names, "c"+string(rune('a'+c/26))+string(rune('a'+c%26)))
		s.Units = append(s.Units, "")
	}
	for k := range rows {
		s.T = append(s.T, 0.1*float64(k))
		for c := range columns {
			s.X = append(s.X, math.Sin(0.1*float64(k)+float64(c)))
		}
	}
	return s
}

func TestWhatIsTooLargeIsRefusedBeforeItCosts(t *testing.T) {
	if testing.Short() {
		t.Skip("too long with the race detector")
	}
	arch := &field.PolyMLP{MLP: field.MLP{Hidden: []int{16}, Activation: "tanh"}}
	p, err := NewProblem([]data.Series{waves(300, 60)}, "poly-mlp", arch, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (Auto{}).Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "300 columns") {
		t.Errorf("error %v", err)
	}
}

func TestLongRecordingsKeepTheirLastSegment(t *testing.T) {
	unhurried(t)
	p, err := NewProblem([]data.Series{waves(2, 60000)}, "mlp", &field.MLP{Hidden: []int{8}, Activation: "tanh"}, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	all := p.cut()
	part, err := p.fits(all)
	if err != nil {
		t.Fatal(err)
	}
	if len(part) >= len(all) || p.jacobian(part) > 1.1*mostResiduals {
		t.Errorf("%d of %d segments, %g entries", len(part), len(all), p.jacobian(part))
	}
	if got, want := part[len(part)-1], all[len(all)-1]; got.from != want.from || part[0].from != 0 {
		t.Errorf("from row %d to one that begins at %d, want 0 and %d", part[0].from, got.from, want.from)
	}
}

func TestLargerProblemsGetFewerSteps(t *testing.T) {
	budget := func(columns, rows int) int {
		p, err := NewProblem([]data.Series{waves(columns, rows)}, "mlp", &field.MLP{Hidden: []int{16}, Activation: "tanh"}, DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		return (&search{p: p}).budget(p)
	}
	if a, b, c := budget(2, 60), budget(3, 3000), budget(20, 60); a != autoSteps || b >= a || c >= a {
		t.Errorf("budgets %d, %d, %d", a, b, c)
	}
}

// TestStopIsHeardWithinAStep ends a search whose single step takes long.
func TestStopIsHeardWithinAStep(t *testing.T) {
	p, err := NewProblem([]data.Series{waves(3, 20000)}, "mlp", &field.MLP{Hidden: []int{16}, Activation: "tanh"}, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	r, err := newTrajectoryResidual(p, p.cut(), []float64{1, 1, 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	r.stop = func() bool { asked++; return asked > 2 }
	m, n := r.Size()
	if fail := r.Residuals(make([]float64, m), nil, append(make([]float64, 0, n), make([]float64, n)...), 0); fail == "" || asked != 3 {
		t.Errorf("fail %q after being asked %d times", fail, asked)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	p.Train[0] = p.Train[0].Slice(0, 400)
	p.Held = nil
	if res, err := (Auto{}).Fit(ctx, p, nil, nil); err != nil || res.Status == StatusFailed {
		t.Errorf("stopped search: %v, %v", res, err)
	}
}

// Derivatives of all hidden states are kept over a segment, so these count too.
func TestHiddenStatesCountAsSize(t *testing.T) {
	unhurried(t)
	large := &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh", Augment: 50}, Degree: 3}
	p, err := NewProblem([]data.Series{waves(2, 60)}, "poly-mlp", large, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.fits(p.cut()); err == nil || !strings.Contains(err.Error(), "augment=") {
		t.Errorf("%g derivatives are let in: %v", p.slopes(p.cut()), err)
	}
}
