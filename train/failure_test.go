package train

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// hopeless is a model that is nowhere near defined at the data.
func hopeless(t testing.TB) *Problem {
	arch := &field.Equations{Text: "x' = k*sqrt(x - 1000)\ny' = c*y", Parameters: map[string]field.Unknown{"k": {Start: 1}, "c": {Start: 1}}}
	return mustProblem(t, gappy(2, 0, 2), arch, func(s *Settings) { s.Budget, s.Members = 30, 2 })
}

// A model that cannot be fitted is a result that says so, not a crash, and
// its events and checkpoints are still in order.
func TestHopelessModelsFailInWords(t *testing.T) {
	for _, method := range Methods.Names() {
		if method == "sindy" || method == "random-features" { // have no use for a given model
			continue
		}
		r, err := defaults(t, method).Fit(context.Background(), hopeless(t), nil, func(e Event) {
			if e.Checkpoint != nil {
				if _, err := json.Marshal(e.Checkpoint); err != nil {
					t.Errorf("%s: the checkpoint of iteration %d: %v", method, e.K, err)
				}
			}
		})
		if err != nil {
			t.Errorf("%s: %v", method, err)
			continue
		}
		if r.Status != StatusFailed || r.Model == nil || len(r.Tried) == 0 || r.Tried[0].Why == "" {
			t.Errorf("%s: %+v", method, r)
		}
		f, err := r.Model.Forecast(0, []float64{r.Model.Records[0].T0, r.Model.Records[0].End}, nil)
		if err != nil || f.Failed == "" {
			t.Errorf("%s: the forecast of a hopeless model: %v, %+v", method, err, f)
		}
	}
}

// A few iterations may be too few for all levels, but not for anything else.
func TestFewIterationsAreEnoughToEnd(t *testing.T) {
	for _, method := range Methods.Names() {
		for _, budget := range []int{1, 2, 7} {
			p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), func(s *Settings) { s.Budget, s.Members = budget, 2 })
			if r := fitted(t, defaults(t, method), p); r.Status != StatusOK || !isNumber(r.Train.MSE) {
				t.Errorf("%s: %s after %d iterations, %v", method, r.Status, r.Iterations, r.Train.MSE)
			}
		}
	}
}
