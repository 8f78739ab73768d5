package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// course is the curvature of a panel's loss along the path of training. Its
// lists have an entry for each point of the path; null: the trajectory could
// not be followed there.
type course struct {
	*panel
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
// path of training: of the loss with each coupling that was asked for, and of
// the one that homotopy minimised at the time.
func (n *analysis) courses() error {
	path, err := n.path("--along-path")
	if err != nil {
		return err
	}
	if len(path.K) == 0 {
		return fmt.Errorf("the path of %s has no points; train again with a smaller path=", n.subject.dir)
	}
	thin(path, n.flags.points)
	lambda, err := n.subject.lambdas(path)
	if err != nil {
		return err
	}
	var all []*course
	for _, p := range n.panels {
		c := &course{panel: p, Iterations: path.K, Lambda: lambda, name: p.name()}
		for range path.K {
			c.Gains = append(c.Gains, p.Coupling)
		}
		if err := c.measure(n, path); err != nil {
			return err
		}
		all = append(all, c)
	}
	if h, ok := n.subject.method.(*train.Homotopy); ok && !h.Impulse && h.Penalty == 0 && lambda[0] != nil {
		more, err := n.asTrained(path, h, lambda)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	return n.tellCourses(all)
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
			c.name = "length " + short(*p.Length) + ", " + c.name
		}
		for _, l := range lambda {
			c.Gains = append(c.Gains, h.Coupling*orNaN(l))
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
			t := train.NewTrace(h, f.probes, f.seed)
			loss, trace, se = finite(h.Loss()), finite(t.Value), finite(t.Error)
			largest = finite(train.Top(h, 1, max(f.steps, 100), f.seed)[0].Value)
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
	base := report.Curves{XName: "iteration", Log: true, Mark: noMark, Right: make([]float64, len(all[0].Iterations)), RightName: "homotopy parameter λ"}
	for i, k := range all[0].Iterations {
		base.X, base.Right[i] = append(base.X, float64(k)), orNaN(all[0].Lambda[i])
	}
	if all[0].Lambda[0] == nil {
		base.Right = nil
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
		rows = append(rows, c.rows()...)
	}
	page := n.page("The Hessian along training", []string{"loss", "iteration", "λ", "coupling", "value", "largest eigenvalue", "trace", "±"}, rows)
	page.About = fmt.Sprintf("Of %s, at %s of the path of its training, with %s.", n.subject.title, several(len(base.X), "point"), several(all[0].Unknowns, "unknown"))
	page.Hint = "The largest eigenvalue is that of the largest magnitude; a trace without ± is exact. The logarithmic charts leave out what is not above zero."
	page.Sections = []report.Section{{Title: "Curvature along training", Plots: []report.Plot{&largest, &trace}, Wide: true}}
	return n.finish(result{Panels: all}, page, func(w io.Writer) error { return courseCSV(w, all) })
}

// rows are the lines of a course in the table of the page.
func (c *course) rows() [][]string {
	var rows [][]string
	for i, k := range c.Iterations {
		uncertain := "–"
		if se := c.TraceError[i]; se != nil && *se > 0 {
			uncertain = short(*se)
		}
		rows = append(rows, []string{c.name, fmt.Sprint(k), short(orNaN(c.Lambda[i])), short(c.Gains[i]), short(orNaN(c.Losses[i])),
			short(orNaN(c.Largest[i])), short(orNaN(c.Trace[i])), uncertain})
	}
	return rows
}

func numbersOf(v []*float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = orNaN(x)
	}
	return out
}

func courseCSV(w io.Writer, all []*course) error {
	t := newCSV(w, "length", "iteration", "lambda", "coupling", "loss", "largest", "trace", "error")
	for _, c := range all {
		for i, k := range c.Iterations {
			t.row(orNaN(c.Length), float64(k), orNaN(c.Lambda[i]), c.Gains[i], orNaN(c.Losses[i]), orNaN(c.Largest[i]), orNaN(c.Trace[i]), orNaN(c.TraceError[i]))
		}
	}
	return t.end()
}

// lambdas are those of the method at the points of the path, and count the
// iterations of methods that follow one another on: in the files each begins
// with 0 again.
func (s *subject) lambdas(path *study.Path) ([]*float64, error) {
	lines, err := readMetrics(s.dir)
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
