package bench

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// Training is a network fitted to trajectories by a rule for gradients: each
// iteration takes some trajectories, whose initial states are known, and the
// gradient of their mean squared error at the saved times.
type Training struct {
	Name    string
	Sizes   []int       // units of the layers
	Start   []float64   // weights it begins with
	Starts  [][]float64 // one initial state a trajectory
	Times   []float64   // saved times, the first is the start
	Data    []float64   // times × trajectories × states
	Stages  []Stage     // in each the rule begins anew
	Batches [][]int     // trajectories of each iteration
	Rule    string      // name of an optimiser
	Rate    float64
	Options ode.Options

	Weights []float64 // after the last Run
	Losses  []float64 // before each iteration of the last Run
	flops   float64   // of one evaluation
	work    float64   // operations of the last Run
	program func() (*program.Program, error)
}

// Stage is a number of iterations on the first so many of the times.
type Stage struct{ Steps, Points int }

// Run prepares everything and trains: nothing is kept of the Run before.
func (t *Training) Run() error {
	t.Weights = slices.Clone(t.Start)
	t.Losses, t.work = t.Losses[:0], 0
	for i := range t.Stages {
		s, err := t.Step(i)
		if err != nil {
			return err
		}
		for k := range t.Stages[i].Steps {
			if err := s.iterate(t.Batches[len(t.Losses)], k); err != nil {
				return err
			}
			t.Losses = append(t.Losses, s.g.Loss())
			t.work += s.g.operations()
		}
	}
	return nil
}

// Mean is the mean loss of the iterations from one to before another.
func (t *Training) Mean(from, to int) float64 {
	s := 0.0
	for _, v := range t.Losses[from:to] {
		s += v
	}
	return s / float64(to-from)
}

// Last is the mean loss of the last 50 iterations.
func (t *Training) Last() float64 { return t.Mean(len(t.Losses)-50, len(t.Losses)) }

// TrainingStep makes iterations of one stage on the Weights of a Training.
type TrainingStep struct {
	t     *Training
	g     *Gradient
	rule  opt.Transform
	state []float64
	spare []float64 // weights that First changes
}

// Step prepares the iterations of a stage.
func (t *Training) Step(stage int) (*TrainingStep, error) {
	settings, err := opt.Optimisers.Lookup(t.Rule)
	if err != nil {
		return nil, err
	}
	switch a := settings.(type) {
	case *opt.AdamW:
		a.Rate, a.Decay = t.Rate, 0
	case *opt.AdaBelief:
		a.Rate = t.Rate
	}
	rule, err := settings.(opt.Recipe).Build(opt.Layout{})
	if err != nil {
		return nil, err
	}
	g, err := t.gradient(stage)
	return &TrainingStep{t: t, g: g, rule: rule, state: make([]float64, rule.StateSize(len(t.Weights)))}, err
}

// gradient allocates for one batch of a stage; its weights are those of t.
func (t *Training) gradient(stage int) (*Gradient, error) {
	p, err := t.program()
	if err != nil {
		return nil, err
	}
	points, lanes, rows := t.Stages[stage].Points, len(t.Batches[0]), len(t.Starts[0])
	g := &Gradient{Name: t.Name, Weights: t.Weights, Starts: t.Starts[:lanes], Times: t.Times[:points],
		Data: make([]float64, points*lanes*rows), Options: t.Options, Sizes: t.Sizes, flops: t.flops}
	return g.prepare(field.New(p, lanes, false))
}

// iterate is iteration k of the stage.
func (s *TrainingStep) iterate(batch []int, k int) error {
	s.load(batch)
	if err := s.g.Run(); err != nil {
		return err
	}
	u := s.g.Theta()
	s.rule.Apply(u, s.state, s.t.Weights, k)
	for i := range u {
		s.t.Weights[i] += u[i]
	}
	return nil
}

// load makes the trajectories of a batch those of the gradient, and the
// weights as they are now its weights.
func (s *TrainingStep) load(batch []int) {
	s.g.ivp.Theta.V = s.t.Weights
	g, lanes, all, rows := s.g, len(batch), len(s.t.Starts), len(s.t.Starts[0])
	for l, trajectory := range batch {
		g.ivp.X0.SetLane(l, s.t.Starts[trajectory])
		for k := range g.Times {
			from := (k*all + trajectory) * rows
			for i, v := range s.t.Data[from : from+rows] {
				g.target[(k*rows+i)*lanes+l] = v
			}
		}
	}
}

// First is the first iteration from the Weights, which it leaves as they are.
func (s *TrainingStep) First() error {
	before := s.t.Weights
	s.t.Weights = append(s.spare[:0], before...)
	s.spare = s.t.Weights
	clear(s.state)
	err := s.iterate(s.t.Batches[0], 0)
	s.t.Weights = before
	return err
}

// Figures are the loss and the norm of the gradient at the first iteration.
func (s *TrainingStep) Figures() (loss, norm float64, err error) {
	s.load(s.t.Batches[0])
	err = s.g.Run()
	return s.g.Loss(), s.g.Norm(), err
}

func trainings() []Case {
	return []Case{
		trainingCase("G4", 32, NewOscillators),
		{Name: "G4/step", Lanes: 32, Prepare: func() (*Job, error) {
			_, s, err := NewOscillatorsStep()
			if err != nil {
				return nil, err
			}
			return &Job{Run: s.First, Flops: s.g.operations, Note: func() string {
				return fmt.Sprintf("%.4g evaluations, mean squared error %.3g", s.g.Evaluations(), s.g.Loss())
			}}, nil
		}},
		trainingCase("G5", 1, NewSpiral),
	}
}

func trainingCase(name string, lanes int, prepare func() (*Training, error)) Case {
	return Case{Name: name, Lanes: lanes, Heavy: name == "G4", Prepare: func() (*Job, error) {
		t, err := prepare()
		if err != nil {
			return nil, err
		}
		return &Job{Run: t.Run, Flops: func() float64 { return t.work }, Note: func() string {
			return fmt.Sprintf("%d iterations, mean squared error %.3g over the last 50", len(t.Losses), t.Last())
		}}, nil
	}}
}
