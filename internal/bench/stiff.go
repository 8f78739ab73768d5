package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/entrain-dev/entrain/internal/stiff"
	"github.com/entrain-dev/entrain/ode"
)

// wantedDigits are how many digits of a stiff problem's end are to be correct.
var wantedDigits = []float64{3, 5, 7}

// Stiff is a stiff problem integrated to its end with the solver, and at the
// loosest tolerance, that reaches so many Digits most quickly.
type Stiff struct {
	Name    string
	Problem stiff.Problem
	Digits  float64
	Options ode.Options

	solver *ode.Solver
	ivp    *ode.IVP
	tr     *ode.Trajectory
}

// StiffNames are the names of all such problems.
func StiffNames() (names []string) {
	for _, p := range stiff.Problems() {
		for _, d := range wantedDigits {
			names = append(names, fmt.Sprintf("C6/%s/%g", p.Name, d))
		}
	}
	return names
}

// NewStiff prepares the problem of that name.
func NewStiff(name string) (*Stiff, error) {
	for _, p := range stiff.Problems() {
		for _, d := range wantedDigits {
			if s := (&Stiff{Name: fmt.Sprintf("C6/%s/%g", p.Name, d), Problem: p, Digits: d}); s.Name == name {
				return s, s.prepare()
			}
		}
	}
	return nil, errors.New("there is no stiff problem " + name)
}

// prepare tries all solvers that can.
func (s *Stiff) prepare() (err error) {
	if s.ivp, err = s.Problem.IVP(1, s.Problem.Span); err != nil {
		return err
	}
	s.tr = ode.NewTrajectory(1, len(s.Problem.Start), 1)
	best := math.Inf(1)
	for _, name := range ode.Methods() {
		m, _ := ode.Method(name)
		if !m.Implicit || !m.Adaptive() || name == "auto" || s.Problem.Algebraic != nil && !m.Algebraic {
			continue
		}
		o, err := s.loosest(name)
		if err != nil {
			continue // it never comes to so many digits
		}
		if took := s.seconds(); took < best {
			best, s.Options = took, o
		}
	}
	if math.IsInf(best, 1) {
		return fmt.Errorf("%s: no solver comes to %g digits", s.Name, s.Digits)
	}
	s.solver, err = ode.NewSolver(s.ivp.Field, s.Options)
	return err
}

// LoosestHalf is where tolerances begin, in halves of powers of ten.
const LoosestHalf = 4

// loosest is the loosest tolerance, in halves of powers of ten, with which a
// solver reaches the digits; it is left ready to run.
func (s *Stiff) loosest(name string) (o ode.Options, err error) {
	for k := LoosestHalf; k < 27; k++ {
		rtol := math.Pow(10, -float64(k)/2)
		o = ode.Options{Solver: name, RTol: rtol, ATol: rtol * s.Problem.ATol}
		if s.solver, err = ode.NewSolver(s.ivp.Field, o); err != nil {
			return o, err
		}
		if s.Run() == nil && s.Problem.Correct(s.tr.X, o.ATol) >= s.Digits {
			return o, nil
		}
	}
	return o, errors.New("not at any tolerance")
}

// seconds is the least time of some runs, among which others on the machine leave one alone.
func (s *Stiff) seconds() float64 {
	least := math.Inf(1)
	for range 40 {
		begun := time.Now()
		_ = s.Run() // it ran before
		least = min(least, time.Since(begun).Seconds())
	}
	return least
}

// Run integrates once.
func (s *Stiff) Run() error {
	s.solver.Solve(s.tr, s.ivp)
	if !s.tr.OK() {
		return errors.New(s.Name + ": " + s.tr.Status[0].String())
	}
	return nil
}

// Error is the largest relative error of the components that count.
func (s *Stiff) Error() float64 {
	return math.Pow(10, -s.Problem.Correct(s.tr.X, s.Options.ATol))
}

// Evaluations of the right-hand side in the last Run.
func (s *Stiff) Evaluations() float64 { return float64(s.tr.Stats.Evals[0]) }

// Note says with what it was integrated.
func (s *Stiff) Note() string {
	return fmt.Sprintf("%s, rtol %.0e, %d steps, %d factorisations, %.1f digits", s.Options.Solver, s.Options.RTol,
		s.tr.Stats.Accepted[0], s.tr.Stats.Factors[0], -math.Log10(s.Error()))
}

func stiffs() []Case {
	var out []Case
	for _, name := range StiffNames() {
		out = append(out, Case{Name: name, Lanes: 1, Prepare: func() (*Job, error) {
			s, err := NewStiff(name)
			if err != nil {
				return nil, err
			}
			return &Job{Run: s.Run, Flops: uncounted, Note: s.Note}, nil
		}})
	}
	return out
}

// Start has the states with derivatives first, as peers want them.
func (s *Stiff) Start() []float64 { return s.derivativesFirst(s.Problem.Start) }

// End is in the same order.
func (s *Stiff) End() []float64 { return s.derivativesFirst(s.Problem.End) }

func (s *Stiff) derivativesFirst(x []float64) []float64 {
	var first, last []float64
	for i, name := range s.Problem.States {
		if slices.Contains(s.Problem.Algebraic, name) {
			last = append(last, x[i])
		} else {
			first = append(first, x[i])
		}
	}
	return append(first, last...)
}
