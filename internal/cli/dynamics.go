package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/study"
)

// dynamicsFlags are those of analyses of the dynamics.
type dynamicsFlags struct {
	span, transient, interval, accuracy float64
	count, theiler, points              int
	column, gain, against               string
	at, longest, horizon                float64
	down, decibel                       bool
}

// register adds them to the flags of analyse.
func (f *dynamicsFlags) register(s *pflag.FlagSet) {
	wholeVar(s, &f.count, "count", "", 0, 0, budget.States, "lyapunov: exponents, largest first; 0: all")
	realVar(s, &f.span, "span", 0, 0, mostReal, "lyapunov: time to average over; 0: until the error is small")
	realVar(s, &f.transient, "transient", 0, 0, mostReal, "time that is let pass first; 0: chosen")
	realVar(s, &f.interval, "interval", 0, 0, mostReal, "lyapunov: time between orthonormalisations; 0: chosen")
	realVar(s, &f.accuracy, "accuracy", 0, 0, mostReal, "lyapunov: relative standard error wanted; 0: 0.005")
	wholeVar(s, &f.theiler, "theiler", "", 0, 0, mostCount, "dimension: rows that two points must be apart; 0: chosen")
	wholeVar(s, &f.points, "states", "", 0, 0, mostCount, "states of an orbit, crossings, places, or points of a diagram; 0: chosen")
	s.StringVar(&f.column, "column", "", "poincare, bifurcation, embedding, regularity: the state that is looked at; the first, or all, without it")
	realVar(s, &f.at, "at", noMark, -mostReal, mostReal, "poincare: its value at the plane; its mean without it")
	s.BoolVar(&f.down, "down", false, "poincare: crossings while it falls")
	realVar(s, &f.longest, "longest", 0, 0, mostReal, "orbits: longest period; 0: chosen")
	realVar(s, &f.horizon, "horizon", 0, 0, mostReal, "growth: time over which errors grow; 0: chosen")
	s.BoolVar(&f.decibel, "decibel", false, "response: draw gains in decibels")
	s.StringVar(&f.against, "against", "", "jacobian: the known system that the rows are of")
	s.StringVar(&f.gain, "gain", "", "conditional: coupling per unit of time, a number for all states or x:3,z:1")
}

// dynamics are the analyses of what a system does, by name.
var dynamics = map[string]func(*dynamic) (*dynamicResult, error){
	"lyapunov":  (*dynamic).lyapunov,
	"dimension": (*dynamic).dimension,
	"attractor": (*dynamic).attractor,

	"equilibria":  (*dynamic).equilibria,
	"orbits":      (*dynamic).orbits,
	"poincare":    (*dynamic).poincare,
	"bifurcation": (*dynamic).bifurcation,
	"growth":      (*dynamic).growth,
	"covariant":   (*dynamic).covariant,
	"conditional": (*dynamic).conditional,

	"embedding":  (*dynamic).embedding,
	"divergence": (*dynamic).divergence,
	"regularity": (*dynamic).regularity,
	"recurrence": (*dynamic).recurrence,
	"jacobian":   (*dynamic).jacobian,

	"response": (*dynamic).response,
}

// dynamic is one analysis of a system or of a recording.
type dynamic struct {
	*app
	ctx     context.Context
	flags   *analyseFlags
	name    string
	title   string
	command string
	dir     string                                                // run folder; "" for anything else
	flow    *model.Flow                                           // nil: a recording
	series  *data.Series                                          // nil: a flow
	model   *model.Model                                          // of response alone; nil: anything else
	inputs  []float64                                             // about which it is linearised; nil: their means
	unit    string                                                // of time
	finer   float64                                               // divides the step of states taken from a flow; 0: 1
	with    func(name string, value float64) (*model.Flow, error) // another parameter; nil: none can be changed
	sampled float64                                               // time between states that cloud last took from a flow
}

// dynamicResult is what an analysis has to show.
type dynamicResult struct {
	Value    any // for JSON
	Head     []string
	Rows     [][]string
	Words    []string // sentences under the table
	Warnings []string
	Sections []report.Section
	Table    func(io.Writer) error // the numbers of the charts
	Failed   string                // why there is no result
}

// analyseDynamics runs an analysis of the dynamics and writes its files.
func (a *app) analyseDynamics(ctx context.Context, args []string, f *analyseFlags) error {
	if f.out != "" {
		if err := study.CheckPlace(f.out); err != nil {
			return err
		}
	}
	d := &dynamic{app: a, ctx: ctx, flags: f, name: args[1], command: dynamicsCommand(args, f)}
	if err := d.subject(args[0], args[2:]); err != nil {
		return err
	}
	if err := d.affordable(); err != nil {
		return err
	}
	found, err := dynamics[args[1]](d)
	if errors.Is(err, chaos.ErrOrbit) { // what was asked for is good, the law does not bear it
		return failed(err)
	}
	if err != nil {
		return err
	}
	return d.write(found)
}

// mostStates are followed without a limit of time: some minutes.
const mostStates = 1_000_000

// affordable refuses what would take hours, or more memory than there is.
func (d *dynamic) affordable() error {
	n := d.flags.dynamics.points
	if d.flow == nil || n == 0 {
		return nil
	}
	if each := d.flow.Dim(); n > d.values/each {
		return fmt.Errorf("--states %d of %s are %.0f numbers; %d is the limit: take fewer (%s)", n, words.Several(each, "number"),
			float64(n)*float64(each), d.values, budget.Hint("values", int64(n)*int64(each)))
	}
	if n > mostStates && d.limit == 0 {
		return fmt.Errorf("--states %d: more than %d take long; say how long they may, such as --limit 10m", n, mostStates)
	}
	return nil
}

// dynamicsCommand is the command as it was given.
func dynamicsCommand(args []string, f *analyseFlags) string {
	parts := []string{"entrain analyse"}
	for _, arg := range args {
		parts = append(parts, words.Quoted(arg))
	}
	return strings.Join(append(parts, f.given...), " ")
}

// subject reads what the first argument names: a known system with its
// parameters, a run or model, or a recording.
func (d *dynamic) subject(name string, settings []string) error {
	if name == config.StandardInput {
		return d.recording(name, settings)
	}
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() && isOwn(name) {
		return d.own(name, settings)
	}
	if err == nil && !info.IsDir() && !strings.HasSuffix(name, ".safetensors") {
		return d.recording(name, settings)
	}
	set, err := assignments(settings)
	if err == nil {
		err = d.limited(set)
	}
	if err != nil {
		return err
	}
	if exists(name) {
		d.title = filepath.Base(filepath.Clean(name))
		if info.IsDir() {
			d.dir = name
		}
		return d.learnt(name, set)
	}
	s, err := field.Systems.Lookup(name)
	if err != nil {
		var unknown *registry.UnknownError
		if errors.As(err, &unknown) && strings.ContainsAny(name, "/.") {
			return missing(name)
		}
		return err
	}
	return d.known(name, s, model.SolverOf(s), set)
}

// known is a system with its parameters, and a way to change one of them.
func (d *dynamic) known(title string, s *field.System, solver ode.Options, set map[string]string) error {
	if err := setSystem(s, &solver, set); err != nil {
		return err
	}
	if len(s.Start) == 0 {
		return fmt.Errorf("%s has no start; add \"start: {%s: 1, …}\", or give start=… with %s (%s)", title, s.States[0],
			words.Several(len(s.States), "number"), strings.Join(s.States, ", "))
	}
	of := func() (*model.Flow, error) {
		f, err := model.OfSystem(s)
		if err == nil {
			f.Solver = solver
		}
		return f, err
	}
	d.title = title
	d.with = func(name string, value float64) (*model.Flow, error) {
		if _, ok := s.Parameters[name]; !ok {
			return nil, &registry.UnknownError{Kind: "parameter of " + title, Name: name, Known: slices.Sorted(maps.Keys(s.Parameters))}
		}
		s.Parameters[name] = value
		return of()
	}
	var err error
	d.flow, err = of()
	return err
}

// own is the system of a file of equations.
func (d *dynamic) own(path string, settings []string) error {
	set, err := assignments(settings)
	if err == nil {
		err = d.limited(set)
	}
	if err != nil {
		return err
	}
	text, err := d.readFile(path)
	if err != nil {
		return err
	}
	c, err := config.Load(path, text, nil, 1)
	if err != nil {
		return err
	}
	s, err := ownSystem(path, c)
	if err != nil {
		return err
	}
	solver := c.Solver
	if !c.Gives("solver") {
		solver = model.Precise()
	}
	if err := d.known(path, s, solver, set); err != nil {
		return c.Explain(err)
	}
	return nil
}

// learnt is the flow of a trained model, from where its first recording ends.
func (d *dynamic) learnt(path string, set map[string]string) error {
	m, err := d.readModel(path)
	if err != nil {
		return err
	}
	if err := noTrajectory(m, path, "is driven by recordings and has no dynamics of its own"); err != nil {
		return err
	}
	if d.name == "response" {
		return d.driven(m, set)
	}
	solver := m.Solver
	for name, value := range set {
		if ok, err := setSolver(&solver, name, value); err != nil {
			return err
		} else if !ok && name != "start" {
			return &registry.UnknownError{Kind: "setting of a model", Name: name, Known: []string{"atol", "rtol", "solver", "start", "step"}}
		}
	}
	start, err := startOf(m, set["start"])
	if err != nil {
		return err
	}
	d.unit = m.TUnit
	d.flow, err = model.NewFlow(m.Parts, m.Theta[0], start, solver)
	return err
}

// startOf is the state to begin from in user units: the one given, or the start
// of the first recording.
func startOf(m *model.Model, given string) ([]float64, error) {
	if given != "" {
		return numbers("start", given)
	}
	if len(m.Records) == 0 {
		return nil, fmt.Errorf("the model knows no recording; give a state with start=")
	}
	f := &m.Parts.Frame
	x := make([]float64, len(f.States))
	for i, z := range m.Records[0].Start[0] {
		x[i] = f.User(i, z)
	}
	return x, nil
}

// recording reads rows; the first recording of a file that has several.
func (d *dynamic) recording(path string, settings []string) error {
	c, err := d.configure(append([]string{path}, settings...))
	if err != nil {
		return err
	}
	d.begin(c)
	series, _, err := d.readData(c.Data, c.Columns())
	if err != nil {
		return err
	}
	d.title, d.series, d.unit = filepath.Base(path), &series[0], series[0].TUnit
	if len(series) > 1 {
		fmt.Fprintf(d.Stderr, "warning: of %d recordings the first is looked at\n", len(series))
	}
	return nil
}

// perTime is a unit of rates for people.
func (d *dynamic) perTime() string {
	switch {
	case d.flow != nil && d.flow.IsMap():
		return "per iteration"
	case d.unit != "":
		return "per " + d.unit
	}
	return "per unit of time"
}

// write prints what was found and writes its files.
func (d *dynamic) write(f *dynamicResult) error {
	dir := d.flags.out
	if dir == "" {
		dir = filepath.Join(d.dir, page.AnalysisFolder)
	}
	file := func(ext string) string { return filepath.Join(dir, d.name+ext) }
	page := &report.Analysis{Title: d.name + " of " + d.title, About: strings.Join(f.Words, " "), Command: d.command, Version: version(),
		Warnings: f.Warnings, Head: f.Head, Rows: f.Rows, Sections: f.Sections}
	told := struct {
		Analysis string   `json:"analysis"`
		Of       string   `json:"of"`
		Unit     string   `json:"rates"`
		Warnings []string `json:"warnings"`
		Result   any      `json:"result"`
		Files    []string `json:"files"`
	}{d.name, d.title, d.perTime(), append([]string{}, f.Warnings...), finiteJSON(f.Value), []string{file(".html"), file(".json"), file(".csv")}}
	if f.Failed != "" { // no page of nothing takes the place of a good one
		told.Files = []string{}
	} else if err := writeAnalysis(dir, d.name, page, told, f.Table); err != nil {
		return err
	}
	if d.json {
		if err := d.printJSON(told); err != nil {
			return err
		}
	} else if err := d.show(f, file(".html")); err != nil {
		return failed(err)
	}
	if f.Failed != "" {
		return failed(errors.New(f.Failed))
	}
	return nil
}

// show prints the table of figures and what they mean.
func (d *dynamic) show(f *dynamicResult, path string) error {
	for _, text := range f.Warnings {
		fmt.Fprintf(d.Stderr, "warning: %s\n", text)
	}
	if len(f.Rows) > 0 {
		if err := printTable(d.Stdout, append([][]string{f.Head}, f.Rows...)); err != nil {
			return err
		}
	}
	for _, text := range f.Words {
		fmt.Fprintln(d.Stdout, text)
	}
	if f.Failed == "" {
		fmt.Fprintf(d.Stderr, "written: %s\n", path)
	}
	return nil
}

// lyapunov is the spectrum of a flow.
func (d *dynamic) lyapunov() (*dynamicResult, error) {
	if d.flow == nil {
		return d.lyapunovOfRows()
	}
	o := &d.flags.dynamics
	s, err := chaos.LyapunovSpectrum(d.ctx, d.flow, chaos.SpectrumOptions{Count: o.count, Interval: o.interval, Transient: o.transient, Span: o.span, Error: o.accuracy})
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: s, Head: []string{"", "exponent", "±"}}
	f.exponents(s)
	if len(s.Exponents) == 0 {
		f.Failed = s.Reason
		return f, nil
	}
	f.Words = append(f.Words, d.character(s))
	if !math.IsNaN(s.Dimension) {
		f.Words = append(f.Words, fmt.Sprintf("The Kaplan–Yorke dimension is %s.", words.Short(s.Dimension)))
	}
	f.Words = append(f.Words, fmt.Sprintf("Averaged over a time of %s after %s, %d blocks.", words.Short(s.Span), words.Short(s.Transient), s.Blocks))
	if s.Status != chaos.OK {
		f.Warnings = append(f.Warnings, s.Reason)
	}
	for _, c := range s.Checks {
		if !c.Met {
			f.Warnings = append(f.Warnings, "a check fails: "+c.Text)
		}
	}
	if len(s.CourseTime) > 1 {
		curves := &report.Curves{Title: "Running averages", XName: "time averaged over, logarithm to base 10", YName: "exponent " + d.perTime(), Mark: noMark, Y: s.Course}
		for _, t := range s.CourseTime {
			curves.X = append(curves.X, math.Log10(t))
		}
		for i := range s.Course {
			curves.Names = append(curves.Names, fmt.Sprintf("λ%d", i+1))
		}
		f.Sections = append(f.Sections, report.Section{Title: "Convergence", Hint: "Each exponent as averaged up to then; flat lines have converged.", Plots: []report.Plot{curves}, Wide: true})
	}
	return f, nil
}

// exponents puts those of a spectrum into the rows and the table.
func (f *dynamicResult) exponents(s *chaos.Spectrum) {
	for i, v := range s.Exponents {
		f.Rows = append(f.Rows, append([]string{fmt.Sprintf("λ%d", i+1)}, rateText(v, s.Errors[i])...))
	}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "number", "exponent", "error")
		for i, v := range s.Exponents {
			t.row(float64(i+1), v, s.Errors[i])
		}
		return t.end()
	}
}

// rateText is a rate with its standard error, which one of errors that vanish altogether has not.
func rateText(v, se float64) []string {
	switch {
	case math.IsInf(v, -1):
		return []string{"−∞", ""}
	case math.IsNaN(se) || math.IsInf(se, 0):
		return []string{words.Short(v), ""}
	}
	return []string{words.Short(v), fmt.Sprintf("%.2g", se)}
}

// character says what kind of motion the exponents belong to.
func (d *dynamic) character(s *chaos.Spectrum) string {
	first, se := s.Exponents[0], s.Errors[0]
	last := s.Exponents[len(s.Exponents)-1]
	if math.IsInf(last, -1) {
		last = 0
	}
	// Errors that grow as a power of time, at most a cube, look like this exponent.
	shear := 3 * math.Log1p(s.Span) / s.Span
	switch {
	case math.IsInf(first, -1):
		return "At rest: errors vanish altogether, beside a fixed point or a cycle that nothing is more stable than."
	case first > 0 && first <= 3*se+shear:
		return "Not chaotic as far as this tells: errors grow no faster than a power of time would, as between neighbouring cycles."
	case first > 3*se+shear:
		return fmt.Sprintf("Chaotic: errors grow by a factor e in a time of %s (the Lyapunov time), by ten in %s.", words.Short(1/first), words.Short(math.Ln10/first))
	case math.Abs(first) <= 3*se+1e-5*math.Abs(last)+d.astray(s):
		return "Not chaotic as far as this tells: the leading exponent is zero within its error, as of a cycle, of quasi-periodic motion or of what moves on evenly."
	case first < 0:
		return "At rest: all exponents are negative, so the orbit ends in a fixed point" + map[bool]string{true: " or a cycle.", false: "."}[d.flow.IsMap()]
	}
	return "The leading exponent cannot be told from zero."
}

// astray is how far the sum of all exponents is from the divergence it must equal:
// what the solver adds to them; 0 where that cannot be told.
func (d *dynamic) astray(s *chaos.Spectrum) float64 {
	if len(s.Exponents) < d.flow.Dim() || math.IsNaN(s.Divergence) {
		return 0
	}
	sum := 0.0
	for _, v := range s.Exponents {
		sum += v
	}
	return math.Abs(sum - s.Divergence)
}

// dimension is the correlation dimension of an orbit or of rows.
func (d *dynamic) dimension() (*dynamicResult, error) {
	x, width, err := d.settled()
	if err != nil {
		return nil, err
	}
	c, err := chaos.CorrelationDimension(x, width, chaos.CorrelationOptions{Theiler: d.flags.dynamics.theiler, Seed: d.flags.seed})
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: c, Head: []string{"", "dimension", "±", "from", "to", "points"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "distance", "sum", "slope")
		for i, r := range c.R {
			t.row(r, c.Sum[i], c.Slope[i])
		}
		return t.end()
	}
	if c.Status != chaos.OK {
		f.Failed = c.Reason
	} else {
		f.Rows = append(f.Rows, []string{"D₂", fmt.Sprintf("%.3f", c.Dimension), fmt.Sprintf("%.2g", c.Error), words.Short(c.From), words.Short(c.To), fmt.Sprint(c.Points)})
		f.Words = append(f.Words, fmt.Sprintf("The slope of the correlation sum is flat between distances of %s and %s deviations; pairs less than %s apart do not count.", words.Short(c.From), words.Short(c.To), words.Several(c.Theiler, "row")))
		if c.Reason != "" {
			f.Warnings = append(f.Warnings, c.Reason)
		}
	}
	if len(c.R) > 1 {
		curves := &report.Curves{Title: "Local slope of the correlation sum", XName: "distance in deviations, logarithm to base 10", YName: "slope", Mark: noMark, Names: []string{"slope"}, Y: [][]float64{c.Slope}}
		for _, r := range c.R {
			curves.X = append(curves.X, math.Log10(r))
		}
		f.Sections = append(f.Sections, report.Section{Title: "Where the dimension is read", Hint: "A dimension is where this curve is flat.", Plots: []report.Plot{curves}, Wide: true})
	}
	return f, nil
}

// cloud is the rows of a recording, or an orbit sampled about a third of a
// typical time apart.
func (d *dynamic) cloud() (x []float64, width int, err error) {
	if d.series != nil {
		return d.series.X, len(d.series.Names), nil
	}
	o := &d.flags.dynamics
	n := o.points
	if n == 0 {
		n = 100_000
	}
	step := d.flow.Frame.Step
	if !d.flow.IsMap() {
		short, err := chaos.TypicalTime(d.flow)
		if err != nil {
			return nil, 0, err
		}
		if step = short; d.finer > 0 {
			step /= d.finer
		}
	}
	transient := o.transient
	if transient == 0 {
		transient = 1000 * step
	}
	d.sampled = step
	x, err = chaos.Orbit(d.flow, n, step, transient)
	return x, d.flow.Dim(), err
}

// settled is cloud, of a flow that stays somewhere and moves there.
func (d *dynamic) settled() (x []float64, width int, err error) {
	x, width, err = d.cloud()
	if err == nil && d.flow != nil {
		err = chaos.Stays(x, d.flow)
	}
	return x, width, err
}
