package train

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

func writtenAndRead(t testing.TB, m *model.Model) *model.Model {
	t.Helper()
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := model.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// An ensemble fitted in segments, with hidden states and inputs, is the same
// after it was a file: what it knows, and every bit of what it says.
func TestEnsemblesInSegmentsSurviveTheFile(t *testing.T) {
	for name, p := range variants(t) {
		m := untrained(t, p, 3)
		m.Epoch = time.Date(2024, 2, 29, 12, 0, 0, 500, time.UTC)
		n := len(p.Parts.Frame.States)
		for rec := range m.Records {
			r := &m.Records[rec]
			for i := range 2 {
				a := model.Anchor{T: r.T0 + (r.End-r.T0)*float64(i+1)/3}
				for j := range 3 {
					a.State = append(a.State, slices.Repeat([]float64{0.1 * float64(i+j+1)}, n))
				}
				r.Anchors = append(r.Anchors, a)
			}
		}
		again := writtenAndRead(t, m)
		if !again.Epoch.Equal(m.Epoch) || again.Hold != m.Hold || again.Solver != m.Solver || !reflect.DeepEqual(again.Theta, m.Theta) {
			t.Errorf("%s: something is lost", name)
		}
		for rec := range m.Records {
			a, b := again.Records[rec], m.Records[rec]
			a.U, b.U = data.Series{}, data.Series{}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s: recording %d\n%+v, was\n%+v", name, rec, a, b)
			}
			s := p.rows(true)[rec]
			got, err := again.Forecast(rec, s.T, &again.Records[rec].U)
			if err != nil {
				t.Fatal(err)
			}
			want, err := m.Forecast(rec, s.T, &s)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.X, want.X) || !slices.Equal(got.Lo, want.Lo) || !slices.Equal(got.Hi, want.Hi) || got.Len() != s.Len() {
				t.Errorf("%s: recording %d has another forecast", name, rec)
			}
		}
	}
}

// A recording longer than a segment is fitted in several; its model's
// forecast begins each where the fit does.
func TestLongRecordingsAreFittedInSegments(t *testing.T) {
	p := mustProblem(t, gappy(2, 1, 3), tinyNet(0, false), fixedSteps)
	b, err := newBayes(p, halves(p), p.Parts.Theta0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.z {
		b.z[i] += 0.01 * float64(i%7)
	}
	m := (&candidate{name: "test", p: p, b: b}).model(b.z)
	m = writtenAndRead(t, m)
	r := b.free
	size, _ := r.Size()
	res := make([]float64, size)
	if fail := r.Residuals(res, nil, b.z, 0); fail != "" {
		t.Fatal(fail)
	}
	for _, s := range r.segs {
		times := p.Train[s.rec].T[s.from:s.to]
		f, err := m.Forecast(s.rec, times, &p.Train[s.rec])
		if err != nil {
			t.Fatal(err)
		}
		frame := &p.Parts.Frame
		for i, v := range f.X {
			c := i % r.columns
			if want := frame.Shift[c] + frame.Scale[c]*s.tr.X[i]; differs(v, want, 1e-9) {
				t.Fatalf("recording %d, value %d of the segment from row %d: forecast %g, fitted %g", s.rec, i, s.from, v, want)
			}
		}
	}
}
