package cli

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// ownTolerance is that of equations of one's own, whose stiffness nobody knows:
// solver=auto finds out.
const ownTolerance = 1e-8

// isOwn tells that a file has equations of one's own.
func isOwn(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}

// simulateOwn integrates the equations in a YAML file, with its parameters as they
// begin and its start. Nothing is learnt and no data are read.
func (a *app) simulateOwn(path string, set map[string]string, f *simulateFlags) (*model.Forecast, error) {
	text, err := a.readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(path, text, nil, 1)
	if err != nil {
		return nil, err
	}
	s, err := ownSystem(path, c)
	if err != nil {
		return nil, err
	}
	solver := solverOfOwn(c, s)
	if err := setSystem(s, &solver, set); err != nil {
		return nil, err
	}
	if f.times == "" {
		return nil, fmt.Errorf("%s says nothing of times; give them with --t start:end:step", path)
	}
	if len(s.Start) == 0 {
		return nil, fmt.Errorf("%s has no start; add \"start: {%s: 1, …}\", or give start=… with a number for each of %s", path, s.States[len(s.Observe)], statesOf(s))
	}
	m, err := model.Known(s)
	if err != nil {
		return nil, err // it names the file
	}
	m.Solver = solver
	times, err := f.grid(0, 0, 0)
	if err != nil {
		return nil, err
	}
	if err := a.tooMany(m, len(times)); err != nil {
		return nil, err
	}
	fc, err := m.ForecastFrom(s.Start, times[0], times, nil)
	if err == nil {
		following(fc, m.Parts, s)
	}
	return a.disturbed(m, s, fc, times, err, f)
}

// solverOfOwn is the one that the configuration names, else one that can follow the system.
func solverOfOwn(c *config.Config, s *field.System) ode.Options {
	solver := c.Solver
	if !c.Gives("solver") {
		solver = ode.Options{Solver: "auto", MaxSteps: model.Precise().MaxSteps}
		switch {
		case s.Algebraic != nil:
			solver.Solver = "radau5"
		case looksBack(s):
			solver.Solver = "dop853"
		}
	}
	if !c.Gives("rtol") && !c.Gives("atol") {
		solver.RTol, solver.ATol = ownTolerance, ownTolerance/100
	}
	return solver
}

// looksBack tells that the equations of a system know states of earlier times, which not every
// solver does.
func looksBack(s *field.System) bool {
	p, err := s.Architecture().Build(field.Unscaled(s.States, nil)) // it may have no start yet
	return err == nil && p.Delays != nil
}

// following notes which states do not begin where the start says, because equations determine
// them.
func following(fc *model.Forecast, p *field.Parts, s *field.System) {
	var notes []string
	for _, r := range p.Reduced {
		i := slices.Index(fc.Names, r.Follows)
		if i < 0 || fc.Len() == 0 {
			continue
		}
		if at := fc.X[i]; !(math.Abs(at-s.Start[i]) <= 1e-6*math.Abs(at)) {
			notes = append(notes, fmt.Sprintf("%s follows from line %d: it begins at %.6g, not at %.6g", r.Follows, r.Line, at, s.Start[i]))
		}
	}
	if fc.Note != "" {
		notes = append(notes, fc.Note)
	}
	fc.Note = strings.Join(notes, "; ")
}

// ownSystem is what the configuration says of the system. States come in the order of
// their equations.
func ownSystem(path string, c *config.Config) (*field.System, error) {
	e, ok := c.Model.(*field.Equations)
	if !ok || e.Text == "" {
		return nil, fmt.Errorf("%s has no equations; add \"equations: |\" with a line such as x' = -a*x for each state", path)
	}
	if doses := e.DoseColumns(); len(doses) > 0 {
		return nil, fmt.Errorf("%s: the doses are in the data column %s, and simulate reads no data; give them under events: with their times", path, doses[0])
	}
	seen := slices.Sorted(maps.Keys(e.Observe))
	parts, err := e.Build(field.Unscaled(seen, nil))
	if err != nil {
		return nil, c.Explain(err)
	}
	if len(parts.Layers) > 0 {
		return nil, fmt.Errorf("%s has networks, which know nothing before a fit; try: entrain fit %s", path, path)
	}
	s := &field.System{Name: path, States: parts.Frame.States, Equations: e.Text, Parameters: map[string]float64{}, Algebraic: e.Algebraic, Observe: e.Observe, Events: e.Events, History: e.History}
	for name, u := range e.Parameters {
		s.Parameters[name] = u.Start
	}
	switch start := withColumns(s, c.Start); {
	case len(c.Start) > 0 && len(start) != len(s.States):
		return nil, fmt.Errorf("%s: start has %s for %s", path, words.Several(len(c.Start), "number"), statesOf(s))
	case len(c.Start) > 0:
		s.Start = start
	case len(e.Start) > 0:
		for _, name := range s.States {
			v, given := e.Start[name]
			if guess, ok := e.Algebraic[name]; ok && !given {
				v = guess
			}
			s.Start = append(s.Start, v)
		}
	}
	return s, tooLarge(path, s)
}

// tooLarge reports numbers of a system that nobody computes with.
func tooLarge(path string, s *field.System) error {
	for name, v := range s.Parameters {
		if math.Abs(v) > budget.Theta {
			return fmt.Errorf("%s: parameter %s is %g; numbers up to %g are taken", path, budget.Quote(name), v, budget.Theta)
		}
	}
	for i, v := range s.Start {
		if math.Abs(v) > budget.Theta {
			return fmt.Errorf("%s: the start of %s is %g; numbers up to %g are taken", path, s.States[i], v, budget.Theta)
		}
	}
	return nil
}
