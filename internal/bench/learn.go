package bench

import (
	"context"
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// publishedError is the mean squared error to the noise-free Lotka–Volterra
// orbit, at the 61 times of the data, that the published homotopy training
// reached. Source: Ko et al., Homotopy-based training of NeuralODEs (2023).
const publishedError = 2.8e-3

// learning are ways from the noisy recording, whose start is not known, to a
// model that is at least as good as that.
func learning() []Case {
	var out []Case
	for _, name := range []string{"G8", "G8/lm"} {
		out = append(out, Case{Name: name, Lanes: 1, Heavy: true, Prepare: func() (*Job, error) {
			job, _, err := prepareLearn(name)
			return job, err
		}})
	}
	return out
}

// prepareLearn returns the job and the model of its last run: G8 lets Entrain
// choose everything, G8/lm fits the network of G1 by least squares.
func prepareLearn(name string) (*Job, func() *model.Model, error) {
	method := "auto"
	if name == "G8/lm" {
		method = "lm"
	}
	series, clean := recording()
	s := train.DefaultSettings()
	s.Heldout, s.Seed = 0, 10
	var result *train.Result
	run := func() error {
		m, err := train.Methods.Lookup(method)
		if err != nil {
			return err
		}
		p, err := train.NewProblem(series, "mlp", &field.MLP{Hidden: small.hidden, Activation: "gelu"}, s)
		if err != nil {
			return err
		}
		result, err = m.Fit(context.Background(), p, nil, nil)
		return err
	}
	note := func() string {
		mse, err := distanceTo(clean, result.Model, series[0].T)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("mean squared error to the noise-free orbit %.2g (published: %.2g), %d iterations", mse, publishedError, result.Iterations)
	}
	return &Job{Run: run, Flops: uncounted, Note: note}, func() *model.Model { return result.Model }, nil
}

// recording is the noisy Lotka–Volterra recording (5 % noise, seed 10) and its
// noise-free states.
func recording() (noisy []data.Series, clean [][]float64) {
	var r struct {
		T            []float64
		Clean, Noisy [][]float64
	}
	mustDecode(noisyLV, &r)
	s := data.Series{Names: small.states, Units: make([]string, 2), Time: "t", T: r.T}
	for _, row := range r.Noisy {
		s.X = append(s.X, row...)
	}
	return []data.Series{s}, r.Clean
}

// distanceTo is the mean squared error of a model to the noise-free states.
func distanceTo(clean [][]float64, m *model.Model, times []float64) (float64, error) {
	f, err := m.Forecast(0, times, nil)
	if err != nil {
		return 0, err
	}
	s := 0.0
	for k, row := range clean {
		for i, v := range row {
			d := f.Row(k)[i] - v
			s += d * d
		}
	}
	return s / float64(2*len(clean)), nil
}
