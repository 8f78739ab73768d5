package cli

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/scenes"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// simulateFlags say how a system is sampled and disturbed.
type simulateFlags struct {
	times, noise, rng string
	process           string // noise that drives it
	seed              uint64
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	c := &cobra.Command{
		Use: "simulate SYSTEM|FILE.yaml|-|RUN|MODEL [param=value…] [start=…]", Short: "Make data from a known system, equations or a learnt model",
		Long: `Integrate a known system (entrain list systems), the equations of a YAML file (- is
standard input) with their parameters and start, or a learnt model, and print CSV. What
cannot be followed to the end is written as far as it goes, with exit code 1.

param=value changes a parameter of a system, start=1,2 where it begins; solver=,
rtol= and atol= how it is integrated, limit= how long that may take. --noise 0.25 adds white noise of
that standard deviation to what is measured, --noise 5% of each component's mean magnitude.
--process-noise 0.25 drives the states themselves of a known system or of equations: over a short time
Δ each changes by a normal number of standard deviation 0.25·√Δ beside its equation, over a step of a
map by 0.25; 5% is that of its mean magnitude without noise.

spring-mass-frames, double-pendulum-frames and two-body-frames are films: recordings= (100) of rows=
(70) frames of 32 × 32 pixels, 0.1 apart, drawn from the equations, each from another start.`,
		Example: "  entrain simulate lorenz --t 0:50:0.01 --noise 0.25 --seed 10 > lorenz.csv\n" +
			"  entrain simulate lotka-volterra a=1.5 start=1,1\n" +
			"  entrain simulate my.yaml solver=radau5 --t 0:40:0.5",
		Args: arguments(1, -1, "a system, a YAML file with equations, a run folder or a model file, then settings"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return field.Systems.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.simulate(args[0], args[1:], &f) },
	}
	c.Flags().StringVar(&f.times, "t", "", "times as start:end:step (default: the system's own)")
	c.Flags().StringVar(&f.noise, "noise", "", "standard deviation of white noise, or 5% of the mean magnitude")
	c.Flags().StringVar(&f.process, "process-noise", "", "standard deviation of noise that drives the states, for a unit of time; or 5% of their mean magnitude")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of the noise")
	c.Flags().StringVar(&f.rng, "rng", "pcg", "random stream of the noise: pcg or torch")
	return c
}

func (a *app) simulate(name string, args []string, f *simulateFlags) error {
	noise, err := f.parse()
	if err != nil {
		return err
	}
	set, err := assignments(args)
	if err != nil {
		return err
	}
	if slices.Contains(scenes.Names, name) {
		return a.simulateScene(name, set, f)
	}
	if err := a.limited(set); err != nil {
		return err
	}
	fc, err := a.trajectory(name, set, f)
	if err != nil {
		return err
	}
	if fc.Note != "" {
		fmt.Fprintf(a.Stderr, "note: %s\n", fc.Note)
	}
	if fc.Failed != "" && fc.Len() < 2 {
		return failed(fmt.Errorf("nothing can be simulated: from its start on the trajectory cannot be followed: %s", fc.Failed))
	}
	if fc.Series, err = data.AddNoise(&fc.Series, noise, f.seed); err != nil {
		return err
	}
	fc.Lo, fc.Hi = nil, nil
	all := []model.Forecast{*fc}
	if a.json {
		err = a.printJSON(newTrajectories(all))
	} else {
		err = failed(data.Write(a.Stdout, []data.Series{fc.Series}, data.WriteOptions{}))
	}
	if err != nil {
		return err
	}
	return short(all)
}

// trajectory is that of what the name stands for.
func (a *app) trajectory(name string, set map[string]string, f *simulateFlags) (*model.Forecast, error) {
	switch {
	case name == config.StandardInput || exists(name) && isOwn(name):
		return a.simulateOwn(name, set, f)
	case !exists(name):
		return a.simulateSystem(name, set, f)
	case f.process != "":
		return nil, fmt.Errorf("--process-noise drives known systems and equations, not learnt models; of a model, forecast has the band of what its noise may do")
	}
	return a.simulateModel(name, set, f)
}

// parse reads the noise that is measured, and checks the one that drives.
func (f *simulateFlags) parse() (data.Noise, error) {
	if f.process != "" {
		if _, err := data.ParseNoise(f.process); err != nil {
			return data.Noise{}, fmt.Errorf("--process-noise: %w", err)
		}
	}
	if f.rng != "pcg" && f.rng != "torch" {
		return data.Noise{}, &registry.UnknownError{Kind: "rng", Name: f.rng, Known: []string{"pcg", "torch"}}
	}
	if f.noise == "" {
		return data.Noise{}, nil
	}
	n, err := data.ParseNoise(f.noise)
	if err != nil {
		return n, fmt.Errorf("--noise: %w", err)
	}
	n.Torch = f.rng == "torch"
	return n, nil
}

// assignments reads name=value; value is one number, several separated by
// commas, or a word.
func assignments(args []string) (map[string]string, error) {
	set := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not a setting; write name=value", arg)
		}
		if strings.TrimSpace(value) == "" {
			return nil, fmt.Errorf("%q has no value; write one behind the equals sign, or leave %s= out", arg, name)
		}
		if _, twice := set[name]; twice {
			return nil, fmt.Errorf("%s= is given twice; leave one of them out", name)
		}
		set[name] = value
	}
	return set, nil
}

// limited takes limit= from the settings and keeps to it.
func (a *app) limited(set map[string]string) error {
	text, ok := set["limit"]
	if !ok {
		return nil
	}
	delete(set, "limit")
	limit, err := time.ParseDuration(text)
	if err != nil || limit <= 0 {
		return fmt.Errorf("limit=%s is no time; write it as 30s, 5m or 1h", budget.Cut(text))
	}
	a.deadline(limit)
	return nil
}

// simulateSystem integrates a known system.
func (a *app) simulateSystem(name string, set map[string]string, f *simulateFlags) (*model.Forecast, error) {
	s, err := field.Systems.Lookup(name)
	if err != nil {
		var unknown *registry.UnknownError
		if errors.As(err, &unknown) && strings.ContainsAny(name, "/.") {
			return nil, missing(name)
		}
		return nil, err
	}
	solver := model.SolverOf(s)
	if err := setSystem(s, &solver, set); err != nil {
		return nil, err
	}
	m, err := model.Known(s)
	if err != nil {
		return nil, err
	}
	m.Solver = solver
	times, err := f.grid(0, s.Span, s.Step)
	if err != nil {
		return nil, err
	}
	if err := a.tooMany(m, len(times)); err != nil {
		return nil, err
	}
	var fc *model.Forecast
	if set["solver"] != "" || s.Map {
		fc, err = m.ForecastFrom(s.Start, times[0], times, nil)
	} else {
		fc, err = followed(m, s.Start, times)
	}
	return a.disturbed(m, s, fc, times, err, f)
}

// disturbed follows a system along times while noise drives it, if that is wanted; fc is what it does
// without, and err why there is none.
func (a *app) disturbed(m *model.Model, s *field.System, fc *model.Forecast, times []float64, err error, f *simulateFlags) (*model.Forecast, error) {
	if err != nil || f.process == "" {
		return fc, err
	}
	level, err := data.ParseNoise(f.process)
	if err != nil {
		return nil, err
	}
	if level.Relative && fc.Failed != "" {
		return nil, fmt.Errorf("--process-noise %s: without noise the trajectory cannot be followed to its end (%s), so that it has no mean magnitude; give a number", f.process, fc.Failed)
	}
	out := *fc
	out.X, out.Failed, err = m.Disturbed(a.ctx, s.Start, times, level.SD(&fc.Series), f.seed)
	switch {
	case errors.Is(err, train.ErrLimit): // what is there is written
		out.Failed = err.Error() + "; give a longer one, or fewer times: where the law changes fast, noise has to come often"
	case err != nil:
		return nil, fmt.Errorf("--process-noise: %w", err)
	}
	out.T = times[:len(out.X)/len(out.Names)]
	return &out, nil
}

// triedSteps is how many steps of the explicit solver are taken before it is asked whether the
// problem is stiff.
const triedSteps = 100_000

// followed follows a system whose solver nobody chose: by the model's own, or where that turns out
// to be kept short by stiffness by one for stiff problems.
func followed(m *model.Model, start, times []float64) (*model.Forecast, error) {
	all := m.Solver.MaxSteps
	m.Solver.MaxSteps = min(all, triedSteps)
	fc, err := m.ForecastFrom(start, times[0], times, nil)
	if err != nil || fc.Failed == "" {
		return fc, err
	}
	m.Solver.MaxSteps = all
	if fc.Failed != ode.StatusStiff.String() {
		return m.ForecastFrom(start, times[0], times, nil)
	}
	const stiff = "radau5"
	m.Solver.Solver = stiff
	if fc, err = m.ForecastFrom(start, times[0], times, nil); err == nil {
		fc.Note = "the problem is stiff: " + stiff + " follows it; solver= chooses another one"
	}
	return fc, err
}

// statesOf counts and names the states of s that have a start.
func statesOf(s *field.System) string {
	names := s.States[len(s.Observe):] // what only shows states stands before them
	return fmt.Sprintf("%s (%s)", words.Several(len(names), "state"), strings.Join(names, ", "))
}

// withColumns is a start of all states of s but the columns that only show others, with places
// for these; another one stays as it is.
func withColumns(s *field.System, start []float64) []float64 {
	if n := len(s.Observe); n > 0 && len(start) == len(s.States)-n {
		return slices.Concat(make([]float64, n), start)
	}
	return start
}

func setSystem(s *field.System, solver *ode.Options, set map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value := set[name]
		_, isParameter := s.Parameters[name]
		switch {
		case name == "start":
			v, err := numbers(name, value)
			if err != nil {
				return err
			}
			v = withColumns(s, v)
			if len(v) != len(s.States) {
				return fmt.Errorf("start=%s: %s has %s", value, s.Name, statesOf(s))
			}
			s.Start = v
		case isParameter:
			v, err := numbers(name, value)
			if err != nil {
				return err
			}
			if len(v) != 1 {
				return fmt.Errorf("%s=%s: a parameter is one number", name, value)
			}
			s.Parameters[name] = v[0]
		default:
			known := append(slices.Sorted(maps.Keys(s.Parameters)), "start")
			if ok, err := setSolver(solver, name, value); ok || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			return &registry.UnknownError{Kind: "parameter of " + s.Name, Name: name, Known: known}
		}
	}
	return nil
}

// setSolver sets an option of the solver and tells whether it is one.
func setSolver(o *ode.Options, name, value string) (bool, error) {
	name = strings.TrimPrefix(name, "solver.")
	if name == "solver" {
		_, err := ode.Method(value)
		o.Solver = value
		return true, err
	}
	to, ok := map[string]*float64{"rtol": &o.RTol, "atol": &o.ATol, "step": &o.Step}[name]
	if !ok {
		return false, nil
	}
	v, err := numbers(name, value)
	if err == nil && (len(v) != 1 || v[0] < 0) {
		err = fmt.Errorf("%s=%s: it is one number, 0 or more", name, value)
	}
	if err == nil {
		*to = v[0]
	}
	return true, err
}

// oneNumber reads a number with which one can reckon: NaN, infinities and what leaves the
// numbers when it is squared are none.
func oneNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(v):
		return 0, fmt.Errorf("%s is not a number", budget.Quote(text))
	case math.Abs(v) > budget.Theta:
		return 0, fmt.Errorf("%s is too large; numbers up to %g are taken", budget.Cut(text), budget.Theta)
	}
	return v, nil
}

func numbers(name, text string) ([]float64, error) {
	var out []float64
	for part := range strings.SplitSeq(text, ",") {
		v, err := oneNumber(part)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", name, budget.Cut(text), err)
		}
		out = append(out, v)
	}
	return out, nil
}

// grid is the times asked for, else span long from start on.
func (f *simulateFlags) grid(start, span, step float64) ([]float64, error) {
	if f.times != "" {
		t, err := data.Grid(f.times)
		if err != nil {
			return nil, fmt.Errorf("--t: %w", err)
		}
		return t, nil
	}
	return data.NewGrid(start, start+span, step)
}

// simulateModel follows a learnt model from its first recording's start, or
// from start=.
func (a *app) simulateModel(path string, set map[string]string, f *simulateFlags) (*model.Forecast, error) {
	m, err := a.readModel(path)
	if err != nil {
		return nil, err
	}
	a.doubt(path)
	if err := noTrajectory(m, path, "makes no recordings"); err != nil {
		return nil, err
	}
	if len(m.Records) == 0 && f.times == "" {
		return nil, fmt.Errorf("the model knows no recording; give the times with --t")
	}
	r := model.Record{Step: 1, End: 1}
	if len(m.Records) > 0 {
		r = m.Records[0]
	}
	times, err := f.grid(r.T0, r.End-r.T0, study.Tidy(r.Step, r.End))
	if err != nil {
		return nil, err
	}
	if err := a.tooMany(m, len(times)); err != nil {
		return nil, err
	}
	start := ""
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if name == "start" {
			start = set[name]
			continue
		}
		if ok, err := setSolver(&m.Solver, name, set[name]); err != nil {
			return nil, err
		} else if !ok {
			return nil, &registry.UnknownError{Kind: "setting of a model", Name: name, Known: []string{"atol", "rtol", "solver", "start", "step"}}
		}
	}
	inputs := joined(m, &r.U, nil)
	if start == "" {
		fc, err := m.Forecast(0, times, inputs)
		return fc, futureAdvice(m, err)
	}
	x0, err := numbers("start", start)
	if err != nil {
		return nil, err
	}
	fc, err := m.ForecastFrom(x0, times[0], times, inputs)
	return fc, futureAdvice(m, err)
}

// futureAdvice names the command that takes the inputs of the future.
func futureAdvice(m *model.Model, err error) error {
	if err == nil || len(m.Parts.Frame.Inputs) == 0 {
		return err
	}
	return fmt.Errorf("%w (entrain forecast --inputs FILE takes them)", err)
}
