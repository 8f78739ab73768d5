package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/train/misfit"
)

// Settings are the choices that are common to all methods. Their JSON and
// YAML keys are what a user writes.
type Settings struct {
	Seed    uint64  `json:"seed" yaml:"seed"`       // of all random numbers
	Init    string  `json:"init" yaml:"init"`       // how networks start: entrain list initialisers
	Members int     `json:"members" yaml:"members"` // ensemble members; 0 = the method's default
	Heldout float64 `json:"heldout" yaml:"heldout"` // fraction of rows, last in time, kept from training; or recordings:0.2, windows:0.2 or folds:5, see below
	// What is held out whole, instead of last rows; heldout=recordings:0.2, windows:0.2 and folds:5 set them.
	HeldRecordings float64     `json:"held_recordings" yaml:"held_recordings"` // share of the recordings kept from training
	HeldWindows    float64     `json:"held_windows" yaml:"held_windows"`       // share of ten windows of each recording kept from training
	HeldFolds      int         `json:"held_folds" yaml:"held_folds"`           // folds of the recordings, or of the rows of one, each forecast by a model fitted without it; 0 = none
	Scale          string      `json:"scale" yaml:"scale"`                     // auto: zero mean, unit deviation, unit speed; none
	Weights        string      `json:"weights" yaml:"weights"`                 // auto: of each column by its deviation, or by its noise where a method estimates that; equal: in the columns' own units
	Initial        string      `json:"initial" yaml:"initial"`                 // learn, data or known: where trajectories start
	Start          []float64   `json:"start" yaml:"start"`                     // with initial=known: the state at the first time, user units
	Positive       string      `json:"positive" yaml:"positive"`               // auto: states that the data and the law never lead below zero stay there; no
	Hold           string      `json:"hold" yaml:"hold"`                       // inputs between rows: linear, zero (hold the last value), auto (zero for those that change in steps or pulses), impulse (amounts delivered at their rows, equations alone), or of each: dose:impulse,flow:linear
	Loss           string      `json:"loss" yaml:"loss"`                       // distance of trajectories and rows: squared, or another of entrain list losses, as in huber:2
	Keep           string      `json:"keep" yaml:"keep"`                       // saved iterate: last, best-train, best-heldout; "" = the method's default
	Budget         int         `json:"budget" yaml:"budget"`                   // iterations; 0 = the method's default
	Path           int         `json:"path" yaml:"path"`                       // iterations between two unknowns that are told of, see Event.Z; 0 = none
	Monitor        int         `json:"monitor" yaml:"monitor"`                 // iterations between two looks at what steps make of the field's modes along the rows; 0 = none
	Solver         ode.Options `json:"solver" yaml:"solver"`
	// Noise says how measured values of a column lie around what is predicted, see noise.Spec; those
	// it does not name have constant noise.
	Noise    map[string]noise.Spec `json:"noise,omitempty" yaml:"noise"`       // of each column: constant, proportional, mixed, lognormal, poisson, negative-binomial, {student: 4} or {sd: 0.1}; none named: least squares
	Censored map[string]Quantified `json:"censored,omitempty" yaml:"censored"` // of each column: {below: LIMIT}, values not above it are only known not to be
	// Constraints are inequalities that the model has to keep, see field.Limit.
	Constraints []string `json:"constraints" yaml:"constraints"` // such as "glucose >= 0" or "a + b <= 1"
}

// DefaultSettings are the choices made for someone who makes none.
func DefaultSettings() Settings {
	return Settings{Init: "torch", Heldout: 0.2, Scale: "auto", Weights: "auto", Initial: "learn", Hold: holdAuto, Positive: "auto", Loss: misfit.Default,
		Solver: ode.Options{Solver: "dopri5", RTol: 1e-6, ATol: 1e-6, MaxSteps: 20000, Memory: 64 << 20}}
}

// Problem is what a method is given: recordings split in time, an
// architecture, and the choices made. It is not changed by training.
type Problem struct {
	Settings
	Train    []data.Series // rows to train on, one Series a recording
	Held     []data.Series // rows held out, last in time; may be empty
	Apart    []data.Series // recordings held out whole; then Held is empty
	ArchName string
	Arch     field.Architecture
	Parts    *field.Parts
	// Splines smooth the training rows: Splines[r][c] is component c of
	// recording r in scaled units over scaled time.
	Splines [][]*num.Spline

	begins [][]int // rows of each recording at which segments begin, the first with row 0; nil: nothing is known of that
	// process is the noise of the law it begins at; nil: that knows of none.
	process *processNoise
	whole   bool           // recordings are fitted from one start each, however long they are
	piece   int            // rows of a segment; 0: what is usual
	pilots  []Pilot        // of init=auto
	piloted *field.Parts   // for which they were tried
	warm    *model.Model   // its members begin with these parameters and starts; nil: drawn and guessed ones
	plain   []float64      // scale of each column before it became a logarithm; nil: none has
	memo    *lawMemo       // linear laws found, which copies of the problem share
	noise   []*columnNoise // of each column; nil: least squares
	labels  *Labels        // what recordings are called; nil: nothing
	dealt   *dealt         // what folds are made of; nil: there are none
	limits  *field.Limits  // inequalities other than bounds of single parameters; nil: there are none
}

// NewProblem splits and scales the recordings, smooths them and builds the
// architecture. Its errors are for the user.
func NewProblem(series []data.Series, archName string, arch field.Architecture, s Settings) (*Problem, error) {
	if len(series) == 0 {
		return nil, fmt.Errorf("there is no recording to learn from")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	given := arch
	series, arch, labels, err := s.label(series, arch)
	if err != nil {
		return nil, err
	}
	s.FindHold(series, arch)
	if arch, err = s.WithImpulses(arch, series[0].Inputs); err != nil {
		return nil, err
	}
	if series, err = s.Filled(series, arch); err != nil {
		return nil, err
	}
	s.weigh(series)
	p := &Problem{Settings: s, ArchName: archName, Arch: arch, memo: newLawMemo(), labels: labels}
	for _, rec := range series {
		if err := fits(&rec, &series[0]); err != nil {
			return nil, err
		}
	}
	if series, err = p.divide(series, given); err != nil {
		return nil, err
	}
	if p.labels != nil {
		p.Arch = typical(p.Arch, series)
	}
	for _, rec := range series {
		train, held, err := data.Split(rec, s.Heldout)
		if err != nil {
			return nil, err
		}
		p.Train, p.Held = append(p.Train, train), append(p.Held, held)
	}
	if s.Heldout == 0 {
		p.Held = nil
	}
	if p.noise, err = p.noises(); err != nil {
		return nil, err
	}
	if err := p.prepare(); err != nil {
		return p, err
	}
	p.noteLone()
	return p, nil
}

// noteLone says that one recording tells nothing of how values of recordings lie apart.
func (p *Problem) noteLone() {
	if own := p.Parts.PerRecording; len(own) > 0 && len(p.Train) == 1 {
		p.Parts.Notes = append(slices.Clone(p.Parts.Notes), fmt.Sprintf(
			"%s: per_recording, but there is one recording: its value is found as that of any parameter, and nothing is known of how values of others lie about it; give more recordings (id=), or leave per_recording out",
			p.Parts.Frame.States[own[0].State]))
	}
}

// fits reports what keeps rec from being learnt from together with first.
func fits(rec, first *data.Series) error {
	if !slices.Equal(rec.Names, first.Names) || !slices.Equal(rec.Inputs, first.Inputs) {
		return fmt.Errorf("recording %q has the columns %v and inputs %v, but recording %q has %v and %v; all need the same",
			rec.ID, rec.Names, rec.Inputs, first.ID, first.Names, first.Inputs)
	}
	for i, v := range rec.U {
		if m := len(rec.Inputs); !isNumber(v) {
			return fmt.Errorf("input %q of recording %q has no value at time %g; fill it in, or leave it out with ignore=%s",
				rec.Inputs[i%m], rec.ID, rec.T[i/m], rec.Inputs[i%m])
		}
	}
	return nil
}

// check reports the first setting whose value has no meaning.
func (s *Settings) check() error {
	for _, c := range []struct {
		key, value string
		known      []string
	}{
		{"scale", s.Scale, []string{"auto", "none"}},
		{"weights", s.Weights, []string{"auto", "equal"}},
		{"initial", s.Initial, []string{"learn", "data", "known"}},
		{"positive", s.Positive, []string{"auto", "no"}},
		{"keep", s.Keep, []string{"last", "best-train", "best-heldout"}},
	} {
		found := c.value == "" && (c.key == "keep" || c.key == "positive" || c.key == "weights") // then it is the method's choice
		for _, k := range c.known {
			found = found || k == c.value
		}
		if !found {
			return &registry.UnknownError{Kind: c.key, Name: c.value, Known: c.known}
		}
	}
	if _, err := misfit.Parse(s.Loss); err != nil {
		return err
	}
	if err := s.checkFolds(); err != nil {
		return err
	}
	switch {
	case s.Budget < 0:
		return fmt.Errorf("budget=%d: it is a number of iterations, 1 or more", s.Budget)
	case s.Path < 0:
		return fmt.Errorf("path=%d: it is a number of iterations, 0 (off) or more", s.Path)
	case s.Monitor < 0:
		return fmt.Errorf("monitor=%d: it is a number of iterations, 0 (off) or more", s.Monitor)
	case s.Members < 0 || s.Members > 1024:
		return fmt.Errorf("members=%d: it must be between 1 and 1024", s.Members)
	case s.Initial == "known" && slices.ContainsFunc(s.Start, func(v float64) bool { return !isNumber(v) }):
		return fmt.Errorf("start=%v: every value must be a finite number", s.Start)
	case s.Keep == "best-heldout" && s.Heldout == 0 && s.HeldFolds == 0:
		return fmt.Errorf("keep=best-heldout needs rows that are held out; heldout is 0")
	}
	_, err := field.ParseInitialiser(s.Init)
	return err
}

// prepare scales the recordings, builds the architecture and smooths the columns.
func (p *Problem) prepare() error {
	frame, err := p.units()
	if err != nil {
		return err
	}
	left, err := p.readConstraints()
	if err != nil {
		return err
	}
	if err := p.build(frame); err != nil {
		return err
	}
	if err := p.delaysWithin(); err != nil {
		return err
	}
	if err := p.tellable(); err != nil {
		return err
	}
	if err := p.bounded(); err != nil {
		return err
	}
	if err := p.keepable(); err != nil {
		return err
	}
	p.settleSolver()
	if _, err := ode.NewSolver(p.Parts.NewField(1, false), p.Solver); err != nil {
		return fmt.Errorf("solver: %w", err)
	}
	if p.Splines, err = p.smooth(&p.Parts.Frame); err != nil {
		return err
	}
	if err = p.limit(left); err == nil {
		p.chooseStart()
	}
	return err
}

// units are those of training. A model in discrete time takes steps of the recordings.
func (p *Problem) units() (field.Frame, error) {
	frame, err := p.frame()
	if err != nil {
		return frame, err
	}
	if err := scalable(&frame); err != nil {
		return frame, err
	}
	if d, ok := p.Arch.(field.Discrete); ok {
		if frame.Step, err = p.sampling(d); err != nil {
			return frame, err
		}
		p.Solver = ode.Options{Solver: "map", Step: frame.Step / frame.Time, Save: "interpolate", Memory: p.Solver.Memory}
	}
	return frame, nil
}

// build makes the architecture's programs. A start that is given must have a value for each
// measured state, or for each of all; hidden states of equations have their size from it.
func (p *Problem) build(frame field.Frame) (err error) {
	if p.Parts, err = p.Arch.Build(frame); err != nil {
		return err
	}
	if err := p.haveLogarithms(); err != nil {
		return err
	}
	if p.Initial != "known" {
		return nil
	}
	measured, all := len(frame.States), len(p.Parts.Frame.States)
	p.startThroughWhatIsSeen(frame)
	if len(p.Start) == 0 {
		return fmt.Errorf("initial=known needs start=, the state at the first time")
	}
	if own := len(p.Parts.PerRecording); own > 0 && len(p.Start) == all-own && len(p.Start) > measured {
		p.Start = append(slices.Clone(p.Start), p.Parts.Start[len(p.Parts.Start)-own:]...)
	}
	if len(p.Start) != all && len(p.Start) != measured {
		return fmt.Errorf("start= has %d values, but there are %d states (%s)", len(p.Start), all-len(p.Parts.PerRecording), strings.Join(p.Parts.Frame.States[:all-len(p.Parts.PerRecording)], ", "))
	}
	if e, ok := p.Arch.(*field.Equations); ok && len(p.Start) > measured {
		p.Arch = e.WithStart(p.Parts.Frame.States, p.Start, measured)
		p.Parts, err = p.Arch.Build(frame)
	}
	return err
}

// scalable reports scales that floating-point numbers cannot hold.
func scalable(f *field.Frame) error {
	if !budget.Sizeable(f.Time) {
		return fmt.Errorf("the steps of time are too small or too large for the changes of the states; choose another unit of time")
	}
	for i, name := range f.States {
		if !budget.Sizeable(f.Scale[i]) || !isNumber(f.Shift[i]) {
			return fmt.Errorf("the values of %q are too small or too large beside its time; choose another unit, or leave the column out with ignore=%s", name, name)
		}
	}
	for i, name := range f.Inputs {
		if !budget.Sizeable(f.UScale[i]) || !isNumber(f.UShift[i]) {
			return fmt.Errorf("the values of the input %q are too large to compute with; choose another unit, or leave it out with ignore=%s", name, name)
		}
	}
	return nil
}

// frame chooses scaled units from the training rows: states with zero mean
// and unit deviation; time such that the root mean square of the scaled
// derivative (of a smoothing spline) is 1.
func (p *Problem) frame() (field.Frame, error) {
	first := &p.Train[0]
	f := field.Unscaled(first.Names, first.Inputs)
	f.TUnit = first.TUnit
	m := data.NewMoments(p.Train...)
	for i, name := range f.States {
		if m.Count[i] == 0 {
			return f, fmt.Errorf("column %q has no value in the rows to train on; leave it out with ignore=%s", name, name)
		}
	}
	f.T0 = first.T[0]
	for _, s := range p.Train {
		f.T0 = math.Min(f.T0, s.T[0])
	}
	if p.Scale == "none" {
		f.T0 = 0
		return f, nil
	}
	for i := range f.States {
		f.Shift[i] = m.Mean[i]
		if m.SD[i] > 0 {
			f.Scale[i] = m.SD[i]
		}
	}
	if p.Weights == "equal" {
		equalise(f.Scale)
	}
	p.scaleInputs(&f)
	splines, err := p.smooth(&f)
	if err != nil {
		return f, err
	}
	if speed := p.speed(splines); p.labels != nil {
		f.Time = p.labelTime()
	} else if speed > 0 {
		f.Time = 1 / speed
	}
	return f, nil
}

// equalise makes scales equal, to their root mean square: what is minimised in scaled
// units then counts all columns alike in their own.
func equalise(scales []float64) {
	square := 0.0
	for _, s := range scales {
		square += s * s
	}
	for i := range scales {
		scales[i] = math.Sqrt(square / float64(len(scales)))
	}
}

// scaleInputs gives each input zero mean and unit deviation over the training
// rows; one that never changes keeps its unit.
func (p *Problem) scaleInputs(f *field.Frame) {
	inputs := make([]data.Series, len(p.Train))
	for r, s := range p.Train {
		inputs[r] = data.Series{Names: s.Inputs, T: s.T, X: s.U}
	}
	m, doses := data.NewMoments(inputs...), doseColumns(p.Arch, f.Inputs)
	for c := range f.Inputs {
		f.UShift[c] = m.Mean[c]
		if m.SD[c] > 0 {
			f.UScale[c] = m.SD[c]
		}
		if doses != nil && doses[c] { // most rows have none
			f.UShift[c], f.UScale[c] = 0, max(m.Max[c], -m.Min[c])
			if f.UScale[c] == 0 {
				f.UScale[c] = 1
			}
		}
	}
}

// smooth fits a spline to every measured component, in the units of f, with
// the smoothing chosen by generalised cross-validation.
func (p *Problem) smooth(f *field.Frame) ([][]*num.Spline, error) {
	var all [][]*num.Spline
	for _, s := range p.Train {
		var one []*num.Spline
		for c := range s.Names {
			t, y := model.ScaledColumn(&s, c, f)
			if p.labels != nil { // nothing is to be smoothed
				t, y = []float64{t[0], t[len(t)-1]}, make([]float64, 2)
			}
			sp, err := num.SmoothSplineGCV(t, y)
			if err != nil {
				return nil, fmt.Errorf("column %q of recording %q: %w", s.Names[c], s.ID, err)
			}
			sp.Linear = true // a cubic would run away where the first or last values are missing
			one = append(one, sp)
		}
		all = append(all, one)
	}
	return all, nil
}

// speed is the root mean square of the splines' derivatives at their knots.
func (p *Problem) speed(splines [][]*num.Spline) float64 {
	n, sum := 0, 0.0
	for _, one := range splines {
		for _, sp := range one {
			for _, t := range sp.T {
				v := sp.Derivative(t)
				n, sum = n+1, sum+v*v
			}
		}
	}
	return math.Sqrt(sum / float64(max(n, 1)))
}

// NoiseEstimate is the splines' estimate of the noise of each component, in
// user units, averaged over recordings (root mean square).
func (p *Problem) NoiseEstimate() []float64 {
	out := make([]float64, len(p.Train[0].Names))
	for c := range out {
		n := 0.0
		for r := range p.Splines {
			if v := p.Splines[r][c].Sigma; !math.IsNaN(v) {
				out[c] += v * v
				n++
			}
		}
		out[c] = math.Sqrt(out[c]/max(n, 1)) * p.Parts.Frame.Scale[c]
	}
	return out
}
