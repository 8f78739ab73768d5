package study

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
)

// Source says where the recording of a trial comes from, and which of its rows
// the fit does not see. Its keys are those of a study file.
type Source struct {
	Simulate *Simulation `yaml:"simulate"`  // nil: the recording is read, or a teacher makes it
	Teacher  *Teacher    `yaml:"teacher"`   // a drawn network that makes the recording, and another trajectory for the test
	Rows     int         `yaml:"rows"`      // trained on; 0 = all
	Test     int         `yaml:"test"`      // rows after these, on which the fit is tested
	Exponent float64     `yaml:"exponent"`  // largest Lyapunov exponent of a chaotic system; 0 = times stay in their unit
	Windows  int         `yaml:"windows"`   // rows of the forecasts that begin at each row of the test and are scored; 0 = none
	Dynamics bool        `yaml:"dynamics"`  // compare the model with the system that was simulated: Jacobians, exponents, long runs
	LongRows int         `yaml:"long_rows"` // of long runs of both, for d_stsp; 0 = 100 000
}

// Simulation is how a known system is sampled and disturbed.
type Simulation struct {
	System     string             `json:"name" yaml:"name"`                       // as entrain list systems shows them, or what Equations are to be called
	Equations  string             `json:"equations,omitempty" yaml:"equations"`   // of a system that is not listed; Start and Step are needed then
	States     []string           `json:"states,omitempty" yaml:"states"`         // of Equations, in the order of Start
	Parameters map[string]float64 `json:"parameters,omitempty" yaml:"parameters"` // those that differ from the system's
	Start      []float64          `json:"start,omitempty" yaml:"start"`           // empty = the system's
	Step       float64            `json:"step,omitempty" yaml:"step"`             // time between rows; 0 = the system's
	Noise      string             `json:"noise,omitempty" yaml:"noise"`           // a standard deviation, or 5% of the mean magnitude of the rows trained on
	// Process is noise that drives the states, a standard deviation for a unit of time or 5% of the mean
	// magnitude that the rows trained on have without it.
	Process string `json:"process_noise,omitempty" yaml:"process-noise"`
	RNG     string `json:"rng,omitempty" yaml:"rng"` // random stream of the noise: pcg or torch
	Seed    uint64 `json:"seed" yaml:"seed"`         // of the noise
}

// Split returns the rows of a measured recording that are trained on, and
// those behind them for the test; nil if the source asks for none.
func (s *Source) Split(measured *data.Series) (data.Series, *Test, error) {
	n, want := s.Rows, s.Rows+s.Test
	if n == 0 {
		n, want = measured.Len()-s.Test, measured.Len()
	}
	if n < 1 || want > measured.Len() {
		return data.Series{}, nil, fmt.Errorf("the recording has %d rows; rows=%d and test=%d ask for more", measured.Len(), s.Rows, s.Test)
	}
	if s.Test == 0 {
		return measured.Slice(0, n), nil, nil
	}
	return measured.Slice(0, n), &Test{Rows: measured.Slice(0, want), Trained: n, Exponent: s.Exponent, Ahead: s.Windows}, nil
}

// Make simulates the recording that is trained on and what the fit is tested
// against. The noise of the rows to train on depends on them alone; that of
// the others has the same deviation and a stream of its own.
func (s *Source) Make() (data.Series, *Test, error) {
	if s.Teacher != nil {
		return s.taught()
	}
	truth, err := s.truth()
	if err != nil {
		return data.Series{}, nil, err
	}
	noise, err := s.Simulate.noise()
	if err != nil {
		return data.Series{}, nil, err
	}
	clean := truth.Slice(0, s.Rows)
	seen, err := data.AddNoise(&clean, noise, s.Simulate.Seed)
	if err != nil {
		return data.Series{}, nil, err
	}
	rows, d := truth, len(truth.Names)
	rows.X = append(slices.Clone(seen.X), truth.X[len(seen.X):]...)
	for c, sd := range noise.SD(&clean) {
		z := num.Stream(s.Simulate.Seed, "test noise", uint64(c))
		for i := s.Rows; i < truth.Len(); i++ {
			rows.X[i*d+c] += sd * z.NormFloat64()
		}
	}
	t := &Test{Rows: rows, Truth: truth.X, Trained: s.Rows, Exponent: s.Exponent, Ahead: s.Windows}
	if s.Dynamics {
		t.System, t.LongRows = s.Simulate, s.LongRows
	}
	return seen, t, nil
}

// truth is the trajectory of the system at all rows.
func (s *Source) truth() (data.Series, error) {
	sys, err := s.Simulate.system()
	if err != nil {
		return data.Series{}, err
	}
	switch {
	case s.Rows < 2:
		return data.Series{}, fmt.Errorf("rows=%d: a simulation needs the number of rows to train on, 2 or more", s.Rows)
	case s.Test < 0:
		return data.Series{}, fmt.Errorf("test=%d: it is a number of rows", s.Test)
	}
	times, err := data.NewGrid(0, float64(s.Rows+s.Test-1)*sys.Step, sys.Step)
	if err != nil {
		return data.Series{}, err
	}
	f, err := s.Simulate.Truth(times)
	if err != nil {
		return data.Series{}, err
	}
	if f.Failed != "" {
		return data.Series{}, fmt.Errorf("the simulation of %s ends early: %s", sys.Name, f.Failed)
	}
	if s.Simulate.Process == "" {
		return f.Series, nil
	}
	return s.Simulate.driven(sys, &f.Series, s.Rows)
}

// driven is the trajectory of the system with noise that drives it, at the times of the one without,
// of which the first rows are trained on. Rows behind them change nothing in them.
func (s *Simulation) driven(sys *field.System, calm *data.Series, rows int) (data.Series, error) {
	level, err := data.ParseNoise(s.Process)
	if err != nil {
		return data.Series{}, err
	}
	m, err := model.Known(sys)
	if err != nil {
		return data.Series{}, err
	}
	seen := calm.Slice(0, rows)
	out := *calm
	var failed string
	if out.X, failed, err = m.Disturbed(context.Background(), sys.Start, calm.T, level.SD(&seen), s.Seed); err != nil {
		return data.Series{}, fmt.Errorf("process-noise: %w", err)
	}
	if failed != "" {
		return data.Series{}, fmt.Errorf("the simulation of %s ends early with process-noise %s: %s", sys.Name, s.Process, failed)
	}
	return out, nil
}

// Truth is the trajectory of the system without noise at ascending times from
// 0 on.
func (s *Simulation) Truth(times []float64) (*model.Forecast, error) {
	sys, err := s.system()
	if err != nil {
		return nil, err
	}
	m, err := model.Known(sys)
	if err != nil {
		return nil, err
	}
	return m.ForecastFrom(sys.Start, 0, times, nil)
}

// system is the known system with the settings of the simulation.
func (s *Simulation) system() (*field.System, error) {
	if s.Equations != "" {
		return s.written()
	}
	sys, err := field.Systems.Lookup(s.System)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		if _, ok := sys.Parameters[name]; !ok {
			return nil, &registry.UnknownError{Kind: "parameter of " + sys.Name, Name: name, Known: slices.Sorted(maps.Keys(sys.Parameters))}
		}
		sys.Parameters[name] = s.Parameters[name]
	}
	if len(s.Start) > 0 {
		sys.Start = s.Start
	}
	switch {
	case len(sys.Start) != len(sys.States):
		return nil, fmt.Errorf("start has %d values, but %s has %d states", len(sys.Start), sys.Name, len(sys.States))
	case s.Step < 0 || math.IsInf(s.Step, 0):
		return nil, fmt.Errorf("step=%g: the time between rows is positive", s.Step)
	case s.Step > 0:
		sys.Step = s.Step
	}
	return sys, nil
}

// written is the system that the simulation brings its own equations of.
func (s *Simulation) written() (*field.System, error) {
	sys := &field.System{Name: s.System, States: s.States, Equations: s.Equations, Parameters: s.Parameters, Start: s.Start, Step: s.Step}
	if sys.Name == "" {
		sys.Name = "equations"
	}
	switch {
	case len(s.States) == 0 || len(s.States) != len(s.Start):
		return nil, fmt.Errorf("%s: equations to simulate need states and as many values of start; there are %d and %d", sys.Name, len(s.States), len(s.Start))
	case !(s.Step > 0) || math.IsInf(s.Step, 0):
		return nil, fmt.Errorf("%s: equations to simulate need a step, the time between rows, above 0", sys.Name)
	}
	_, err := sys.Build()
	return sys, err
}

func (s *Simulation) noise() (data.Noise, error) {
	if s.RNG != "" && s.RNG != "pcg" && s.RNG != "torch" {
		return data.Noise{}, &registry.UnknownError{Kind: "rng", Name: s.RNG, Known: []string{"pcg", "torch"}}
	}
	if s.Noise == "" {
		return data.Noise{}, nil
	}
	n, err := data.ParseNoise(s.Noise)
	n.Torch = s.RNG == "torch"
	return n, err
}

// Rows that long runs may have.
const (
	fewestLong = 10_000
	mostLong   = 20_000_000
)

// Made tells that the recording is simulated, not read.
func (s *Source) Made() bool { return s.Simulate != nil || s.Teacher != nil }

// Check reports what is wrong with a source before anything is simulated.
func (s *Source) Check() error {
	switch {
	case s.Rows < 0:
		return fmt.Errorf("rows=%d: it is a number of rows", s.Rows)
	case s.Test < 0:
		return fmt.Errorf("test=%d: it is a number of rows", s.Test)
	case !(s.Exponent >= 0):
		return fmt.Errorf("exponent=%g: that of a chaotic system is positive", s.Exponent)
	case s.Windows < 0 || s.Windows > 0 && s.Windows >= s.Test:
		return fmt.Errorf("windows=%d: it is a number of rows, less than test=%d", s.Windows, s.Test)
	case s.Simulate != nil && s.Teacher != nil:
		return fmt.Errorf("a trial has both simulate and teacher; leave one of the two out")
	case s.LongRows != 0 && (s.LongRows < fewestLong || s.LongRows > mostLong):
		return fmt.Errorf("long_rows=%d: long runs that are compared have %d to %d rows", s.LongRows, fewestLong, mostLong)
	case s.LongRows != 0 && !s.Dynamics:
		return fmt.Errorf("long_rows=%d is the length of runs that dynamics: true compares; add that", s.LongRows)
	case s.Simulate == nil && s.Dynamics:
		return fmt.Errorf("dynamics: only a system that is simulated can be compared with the model")
	case !s.Made():
		return nil
	case s.Rows < 2:
		return fmt.Errorf("rows=%d: a simulation needs the number of rows to train on, 2 or more", s.Rows)
	case s.Rows > budget.Rows || s.Test > budget.Rows-s.Rows:
		return fmt.Errorf("rows=%d, test=%d: a simulation has %d rows at most", s.Rows, s.Test, budget.Rows)
	}
	if s.Teacher != nil {
		return s.Teacher.check()
	}
	if _, err := s.Simulate.system(); err != nil {
		return err
	}
	if s.Simulate.Process != "" {
		if _, err := data.ParseNoise(s.Simulate.Process); err != nil {
			return fmt.Errorf("process-noise: %w", err)
		}
	}
	_, err := s.Simulate.noise()
	return err
}
