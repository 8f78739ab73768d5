package train

import (
	"bytes"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// swinging is x” = −x with x measured, and v hidden if it is not named: rows
// from phase at time 0 with noise, and an untrained model of it.
func swinging(t *testing.T, names []string, rows int, noise float64, change ...func(*Settings)) (*model.Model, data.Series) {
	t.Helper()
	s := data.Series{Names: names, Units: make([]string, len(names)), Time: "t", T: steps(rows, 0.2)}
	r := num.Stream(7, "present")
	for _, at := range s.T {
		for c := range names {
			s.X = append(s.X, math.Sin(at+0.3+float64(c)*math.Pi/2)+noise*r.NormFloat64())
		}
	}
	arch := &field.Equations{Text: "x' = v\nv' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}}
	if len(names) == 1 {
		arch.Start = map[string]float64{"v": 0.5}
	}
	p := mustProblem(t, []data.Series{s}, arch, change...)
	m := untrained(t, p, 1)
	m.ArchName = "equations"
	m.Noise = make([]float64, len(names))
	for c := range names {
		m.Noise[c] = noise
	}
	return m, s
}

func TestPresentFindsHiddenStates(t *testing.T) {
	m, s := swinging(t, []string{"x"}, 30, 0)
	end := s.T[29]
	state, cov, err := m.Present(&s, end+0.1)
	if err != nil {
		t.Fatal(err)
	}
	if len(cov) != 4 || differs(state[0], math.Sin(end+0.4), 1e-4) || differs(state[1], math.Cos(end+0.4), 1e-3) {
		t.Errorf("state %v with covariance %v, want %g %g", state, cov, math.Sin(end+0.4), math.Cos(end+0.4))
	}
}

func TestPresentKnowsThePastAlone(t *testing.T) {
	m, s := swinging(t, []string{"x", "v"}, 40, 0.05)
	before, _, err := m.Present(&s, s.T[19])
	if err != nil {
		t.Fatal(err)
	}
	for i := 20; i < 40; i++ {
		s.Row(i)[0] = 99
	}
	after, _, err := m.Present(&s, s.T[19])
	if err != nil || before[0] != after[0] || before[1] != after[1] {
		t.Errorf("%v, with other later rows %v, %v", before, after, err)
	}
	if _, _, err := m.Present(&s, s.T[0]-1); err == nil {
		t.Error("a time before the first row has a present")
	}
}

// A true model averages the noise of many rows; its errors are those it states.
func TestPresentAveragesNoiseWhereTheModelIsTrue(t *testing.T) {
	const noise = 0.1
	m, s := swinging(t, []string{"x", "v"}, 200, noise)
	m.Records = nil // no fitted trajectory helps
	square, stated, n := 0.0, 0.0, 0.0
	for k := 40; k < 200; k += 20 {
		state, cov, err := m.Present(&s, s.T[k])
		if err != nil {
			t.Fatal(err)
		}
		e := state[0] - math.Sin(s.T[k]+0.3)
		square, stated, n = square+e*e, stated+cov[0], n+1
	}
	rms := math.Sqrt(square / n)
	if sd := math.Sqrt(stated / n); !(rms < noise/2) || !(rms < 2.5*sd) || !(sd < noise/2) {
		t.Errorf("error %.3g, stated %.3g, noise %g", rms, sd, noise)
	}
}

// A wrong model does not drag the present away from the last rows.
func TestPresentOfAWrongModelStaysAtTheLastRow(t *testing.T) {
	m, s := swinging(t, []string{"x", "v"}, 60, 0.01)
	m.Theta[0][0] *= 3 // it swings too fast
	state, _, err := m.Present(&s, s.T[59])
	if err != nil {
		t.Fatal(err)
	}
	for c, v := range s.Row(59) {
		if math.Abs(state[c]-v) > 0.1 {
			t.Errorf("state %v, the last row is %v", state, s.Row(59))
		}
	}
	f, err := m.Forecast(0, []float64{s.T[59], s.T[59] + 0.001}, nil)
	if err != nil || math.Abs(f.X[2]-s.Row(59)[0]) < 0.2 {
		t.Fatalf("without a present the trajectory goes on: %v, %v", f, err)
	}
	fitted := f.X[0]
	m.Records[0].Present, _, err = m.Presents(&s, s.T[59], &m.Records[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err = m.Forecast(0, []float64{s.T[59], s.T[59] + 0.001}, nil)
	if err != nil || f.X[0] != fitted || math.Abs(f.X[2]-s.Row(59)[0]) > 0.1 {
		t.Errorf("up to the last row it is fitted (%g), then it begins at %v: %v, %v", fitted, s.Row(59), f.X, err)
	}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := model.Read(&file)
	if err != nil || again.Noise[0] != 0.01 || again.Records[0].Present[0][1] != m.Records[0].Present[0][1] {
		t.Errorf("the file says noise %v, %v", again, err)
	}
}

// Values may be missing, in the last row too.
func TestPresentTakesRowsWithMissingValues(t *testing.T) {
	m, s := swinging(t, []string{"x", "v"}, 30, 0)
	m.Records = nil
	for k := range s.X {
		if k%3 == 0 || k >= 58 {
			s.X[k] = math.NaN()
		}
	}
	state, _, err := m.Present(&s, s.T[29])
	if err != nil || differs(state[0], math.Sin(s.T[29]+0.3), 1e-3) || differs(state[1], math.Cos(s.T[29]+0.3), 1e-3) {
		t.Errorf("%v, %v", state, err)
	}
}

func TestTimesThatDifferByRoundingAreNotRefused(t *testing.T) {
	arch := &field.Equations{Text: "x' = -x + u"}
	s := single([]float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}, []float64{1, 2, 3, 4, 5, 6, 7})
	s.Inputs, s.U = []string{"u"}, []float64{1, 1, 1, 1, 1, 1, 1}
	m := untrained(t, mustProblem(t, []data.Series{s}, arch), 1)
	f, err := m.Forecast(0, []float64{0.09999999999999999, 0.2, 0.7000000000000001}, &s)
	if err != nil || f.Len() != 3 {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := m.Forecast(0, []float64{0.2, 0.70001}, &s); err == nil {
		t.Error("a time after the last input is accepted")
	}
}
