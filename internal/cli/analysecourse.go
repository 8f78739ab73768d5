package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// course is the curvature of a panel's loss along the path of training. Its
// lists have an entry for each point of the path; null: the trajectory could
// not be followed there.
type course struct {
	*panel
	Run        string     `json:"run"`
	AsTrained  bool       `json:"as_trained"` // the coupling is that of the method at each point
	Iterations []int      `json:"iterations"`
	Lambda     []*float64 `json:"lambda"` // of the method; null: it has none
	Gains      []float64  `json:"gains"`  // of the coupling
	Losses     []*float64 `json:"losses"`
	Largest    []*float64 `json:"largest_eigenvalue"` // in magnitude
	Trace      []*float64 `json:"trace"`
	TraceError []*float64 `json:"trace_error"` // 0: the trace is exact

	name string
}

// courses writes the largest eigenvalue and the trace of the Hessian along the
// path of training, and of the runs beside it.
func (n *analysis) courses() error {
	all, err := n.follow()
	if err != nil {
		return err
	}
	for _, dir := range n.flags.beside {
		s, err := n.app.subject(dir, nil, n.flags)
		if err != nil {
			return err
		}
		m := *n
		m.subject = s
		if m.panels, err = m.cut(); err != nil {
			return err
		}
		more, err := m.follow()
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, w := range s.warnings {
			n.subject.warnings = append(n.subject.warnings, s.title+": "+w)
		}
		all = append(all, more...)
	}
	if len(n.flags.beside) > 0 {
		for _, c := range all {
			c.name = c.Run + ": " + c.name
		}
	}
	return n.tellCourses(all)
}

// follow is the course of the loss of one run with each coupling that was asked
// for, and with the one that homotopy had at the time.
func (n *analysis) follow() ([]*course, error) {
	path, err := n.path("--along-path")
	if err != nil {
		return nil, err
	}
	if len(path.K) == 0 {
		return nil, fmt.Errorf("the path of %s has no points; train again with a smaller path=", n.subject.dir)
	}
	thin(path, n.flags.points)
	lambda, err := n.subject.lambdas(path)
	if err != nil {
		return nil, err
	}
	var all []*course
	for _, p := range n.panels {
		c := &course{panel: p, Iterations: path.K, Lambda: lambda, name: p.name()}
		for range path.K {
			c.Gains = append(c.Gains, p.Coupling)
		}
		if err := c.measure(n, path); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if h, ok := n.subject.method.(*train.Homotopy); ok && !h.Impulse && h.Penalty == 0 && lambda[0] != nil {
		more, err := n.asTrained(path, h, lambda)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	for _, c := range all {
		c.Run = n.subject.title
	}
	return all, nil
}

// asTrained are the courses with the coupling that training had, one for each
// length.
func (n *analysis) asTrained(path *study.Path, h *train.Homotopy, lambda []*float64) ([]*course, error) {
	var all []*course
	for i, p := range n.panels {
		if i > 0 && p.Coupling != n.panels[0].Coupling { // another coupling of a length that was met
			continue
		}
		own := *p
		c := &course{panel: &own, AsTrained: true, Iterations: path.K, Lambda: lambda, name: "coupling as trained"}
		if c.Coupling = h.Coupling; p.Length != nil {
			c.name = "length " + words.Short(*p.Length) + ", " + c.name
		}
		for _, l := range lambda {
			c.Gains = append(c.Gains, h.Coupling*num.FromNull(l))
		}
		if err := c.measure(n, path); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// measure goes along the path.
func (c *course) measure(n *analysis, path *study.Path) error {
	f, surface := n.flags, c.surface
	for i, z := range path.Z {
		if c.AsTrained && (i == 0 || c.Gains[i] != c.Gains[i-1]) {
			p, _, err := n.subject.within(c.Length)
			if err != nil {
				return err
			}
			smoothing := n.subject.method.(*train.Homotopy).Smoothing
			if surface, err = train.NewSurface(p, train.Coupling{Gain: c.Gains[i], Smoothing: smoothing}); err != nil {
				return err
			}
		}
		var loss, largest, trace, se *float64
		if h, err := surface.At(z); err == nil {
			t := num.NewTrace(h, f.probes, f.seed)
			loss, trace, se = num.OrNull(h.Loss()), num.OrNull(t.Value), num.OrNull(t.Error)
			largest = num.OrNull(num.TopEigenpairs(h, 1, max(f.steps, 100), f.seed)[0].Value)
		}
		c.Losses, c.Largest = append(c.Losses, loss), append(c.Largest, largest)
		c.Trace, c.TraceError = append(c.Trace, trace), append(c.TraceError, se)
	}
	if counted(c.Losses) == 0 {
		c.Failed = "the trajectory cannot be followed anywhere on the path"
	}
	return nil
}

func (n *analysis) tellCourses(all []*course) error {
	var rows [][]string
	base := report.Curves{XName: "iteration", Log: true, Mark: noMark, X: iterations(all[0]), RightName: "homotopy parameter λ"}
	if all[0].Lambda[0] != nil {
		base.Right = numbersOf(all[0].Lambda)
	}
	if best := n.subject.best; best > 0 {
		base.Mark, base.MarkLabel = float64(best), "saved"
	}
	largest, trace := base, base
	largest.Title, largest.YName = "Largest eigenvalue along training", "eigenvalue"
	trace.Title, trace.YName = "Trace along training", "trace"
	for _, c := range all {
		largest.Names, trace.Names = append(largest.Names, c.name), append(trace.Names, c.name)
		largest.Y, trace.Y = append(largest.Y, numbersOf(c.Largest)), append(trace.Y, numbersOf(c.Trace))
		largest.Own, trace.Own = append(largest.Own, iterations(c)), append(trace.Own, iterations(c))
		rows = append(rows, c.rows()...)
	}
	page := n.page("The Hessian along training", []string{"loss", "iteration", "λ", "coupling", "value", "largest eigenvalue", "trace", "±"}, rows)
	page.About = fmt.Sprintf("Of %s, at %s of the path of its training, with %s.", n.subject.title, words.Several(len(base.X), "point"), words.Several(all[0].Unknowns, "unknown"))
	page.Hint = "The largest eigenvalue is that of the largest magnitude; a trace without ± is exact. All points are in the charts and in the files. The logarithmic charts leave out what is not above zero."
	page.Sections = []report.Section{{Title: "Curvature along training", Plots: []report.Plot{&largest, &trace}, Wide: true}}
	return n.finish(result{Panels: all}, page, func(w io.Writer) error { return courseCSV(w, all) })
}

func iterations(c *course) []float64 {
	var out []float64
	for _, k := range c.Iterations {
		out = append(out, float64(k))
	}
	return out
}

// courseRows is how many points of a course the table of the page has; the others
// are in its charts and files.
const courseRows = 6

// rows are the lines of a course in the table of the page, the last point with
// them.
func (c *course) rows() [][]string {
	var rows [][]string
	every := (len(c.Iterations) + courseRows - 2) / (courseRows - 1)
	for i, k := range c.Iterations {
		if i%every != 0 && i != len(c.Iterations)-1 {
			continue
		}
		uncertain := "–"
		if se := c.TraceError[i]; se != nil && *se > 0 {
			uncertain = words.Short(*se)
		}
		rows = append(rows, []string{c.name, fmt.Sprint(k), words.Short(num.FromNull(c.Lambda[i])), words.Short(c.Gains[i]), words.Short(num.FromNull(c.Losses[i])),
			words.Short(num.FromNull(c.Largest[i])), words.Short(num.FromNull(c.Trace[i])), uncertain})
	}
	return rows
}

func numbersOf(v []*float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = num.FromNull(x)
	}
	return out
}

// courseCSV has a line for each point; runs are numbered as they were given.
func courseCSV(w io.Writer, all []*course) error {
	names := map[string]float64{}
	t := newCSV(w, "run", "length", "iteration", "lambda", "coupling", "loss", "largest", "trace", "error")
	for _, c := range all {
		if _, ok := names[c.Run]; !ok {
			names[c.Run] = float64(len(names) + 1)
		}
		for i, k := range c.Iterations {
			t.row(names[c.Run], num.FromNull(c.Length), float64(k), num.FromNull(c.Lambda[i]), c.Gains[i], num.FromNull(c.Losses[i]), num.FromNull(c.Largest[i]), num.FromNull(c.Trace[i]), num.FromNull(c.TraceError[i]))
		}
	}
	return t.end()
}

// lambdas are those of the method at the points of the path, and count the
// iterations of methods that follow one another on: in the files each begins
// with 0 again.
func (s *subject) lambdas(path *study.Path) ([]*float64, error) {
	lines, err := study.MetricsOf(s.dir)
	if err != nil {
		return nil, err
	}
	known := map[int]*float64{}
	var begins []int // of each method
	begin, last := 0, math.MaxInt
	for _, m := range lines {
		if m.Loss == nil {
			continue
		}
		if m.K < last {
			if begins != nil {
				begin += last + 1
			}
			begins = append(begins, begin)
		}
		last = m.K
		known[begin+m.K] = m.Lambda
	}
	out := make([]*float64, len(path.K))
	method, before := 0, 0
	for i, k := range path.K {
		if k < before {
			method++
		}
		before = k
		path.K[i] += begins[min(method, len(begins)-1)]
		out[i] = known[path.K[i]]
	}
	return out, nil
}
