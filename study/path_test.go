package study

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// circling is to learn a rotation in 40 iterations, with every third one told.
func circling(t *testing.T) *train.Problem {
	t.Helper()
	s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	for i := range 15 {
		tm := 0.3 * float64(i)
		s.T, s.X = append(s.T, tm), append(s.X, math.Cos(tm), math.Sin(tm))
	}
	o := train.DefaultSettings()
	o.Budget, o.Path = 40, 3
	p, err := train.NewProblem([]data.Series{s}, "mlp", &field.MLP{Hidden: []int{4}, Activation: "tanh"}, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPathSurvivesAnInterruption(t *testing.T) {
	for _, method := range []string{"vanilla", "lm"} {
		whole := recorded(t, method, -1)
		if n := len(whole.K); n < 3 || whole.K[1] != 3 {
			t.Fatalf("%s: the path has the iterations %v", method, whole.K)
		}
		if cut := recorded(t, method, 4); !reflect.DeepEqual(cut, whole) {
			t.Errorf("%s: the path of an interrupted run has the iterations %v, that of a whole one %v, or other numbers", method, cut.K, whole.K)
		}
	}
}

// recorded is the path of a run that is interrupted after an iteration and
// resumed; −1: it is not.
func recorded(t *testing.T, method string, interrupt int) *Path {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	clock := func() time.Time { return time.Unix(0, 0) }
	run, err := Create(dir, noConfig, model.Provenance{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	m, err := train.Methods.Lookup(method)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	_, res, err := run.Fit(ctx, circling(t), m, func(e train.Event) {
		if e.K == interrupt {
			stop()
		}
	})
	if err == nil {
		err = run.Finish(res)
	}
	if err == nil && interrupt >= 0 {
		run.Close()
		if run, err = Open(dir, clock); err == nil {
			_, _, err = run.Fit(context.Background(), circling(t), m, nil)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPathThatWasCutShortOrDamaged(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadPath(dir); err == nil || !strings.Contains(err.Error(), "path=10") {
		t.Errorf("no path: %v", err)
	}
	rows := append(pathRow(0, []float64{1, 2}), pathRow(10, []float64{3, 4})...)
	for cut := range 33 {
		if err := os.WriteFile(filepath.Join(dir, PathFile), rows[:len(rows)-cut], 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := ReadPath(dir)
		want := 2
		if cut > 0 {
			want = 1
		}
		if err != nil || len(p.K) != want {
			t.Errorf("without its last %d bytes: %v, %v", cut, p, err)
		}
	}
	rows[7] = 0xff
	if err := os.WriteFile(filepath.Join(dir, PathFile), rows, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPath(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged path: %v", err)
	}
}
