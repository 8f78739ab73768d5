package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// wholeHessian is the number of unknowns up to which all eigenvalues are
// computed, as a check on the estimates.
const wholeHessian = 256

// nearZero is the share of the largest eigenvalue below which the sign of one
// says nothing.
const nearZero = 1e-6

// curved is a panel with its Hessian.
type curved struct {
	*panel
	Top         []num.Eigenpair      `json:"top"` // largest in magnitude first
	Trace       *num.Trace           `json:"trace"`
	Negative    *float64             `json:"negative"`       // estimated share of negative eigenvalues
	NegativeSE  *float64             `json:"negative_error"` // its standard error
	Eigenvalues []float64            `json:"eigenvalues"`    // all, ascending; null: not computed
	Spectrum    *num.SpectralDensity `json:"spectrum"`
}

// hessians writes eigenvalues, traces and spectra of all panels.
func (n *analysis) hessians() error {
	f := n.flags
	if f.alongPath {
		return n.courses()
	}
	var all []*curved
	for _, p := range n.panels {
		c := &curved{panel: p}
		all = append(all, c)
		if h := p.at(); h != nil {
			c.measure(h, f)
		}
	}
	head := []string{"length", "coupling", "rows", "loss", "largest eigenvalue", "smallest", "trace", "±", "negative"}
	var rows [][]string
	for _, c := range all {
		rows = append(rows, c.row())
	}
	page := n.page("The Hessian of the loss", head, rows)
	page.Hint = "Smallest is the lowest eigenvalue seen, negative the share of eigenvalues below zero by more than a millionth of the largest; a trace without ± is exact, of the whole Hessian."
	page.Sections = append(trends(all), spectra(all, f)...)
	return n.finish(result{Panels: all}, page, func(w io.Writer) error { return hessianCSV(w, all) })
}

// measure estimates what is shown; where all eigenvalues can be had they give
// the trace and the share of negative ones.
func (c *curved) measure(h *train.Curvature, f *analyseFlags) {
	c.Top = num.TopEigenpairs(h, f.top, max(f.steps, 100), f.seed)
	o := num.DensityOptions{Starts: f.starts, Steps: f.steps, Width: f.width, Published: f.published, Seed: f.seed}
	c.Spectrum = num.NewSpectralDensity(h, o)
	zero := -nearZero * math.Abs(c.Top[0].Value)
	if c.Unknowns > wholeHessian {
		share, se := c.Spectrum.Below(zero)
		trace := num.NewTrace(h, f.probes, f.seed)
		c.Trace, c.Negative, c.NegativeSE = &trace, num.OrNull(share), num.OrNull(se)
		if f.published {
			c.Negative, c.NegativeSE = nil, nil // its weights say nothing of shares
		}
		return
	}
	c.Eigenvalues = num.OperatorEigenvalues(h)
	sum, below := 0.0, 0
	for _, v := range c.Eigenvalues {
		if sum += v; v < zero {
			below++
		}
	}
	c.Trace = &num.Trace{Value: sum, Probes: c.Unknowns}
	c.Negative, c.NegativeSE = num.OrNull(float64(below)/float64(c.Unknowns)), num.OrNull(0)
}

func (c *curved) row() []string {
	row := append(c.head(), words.Short(num.FromNull(c.Loss)))
	if c.Failed != "" {
		return append(row, "–", "–", "–", "–", "–")
	}
	negative := "–"
	if c.Negative != nil {
		negative = fmt.Sprintf("%.0f %%", 100**c.Negative)
	}
	uncertain := "–"
	if c.Trace.Error > 0 {
		uncertain = words.Short(c.Trace.Error)
	}
	least := c.Spectrum.Least
	if c.Eigenvalues != nil {
		least = c.Eigenvalues[0]
	}
	return append(row, words.Short(c.Top[0].Value), words.Short(least), words.Short(c.Trace.Value), uncertain, negative)
}

// spectra are the sections of densities.
func spectra(all []*curved, f *analyseFlags) []report.Section {
	s := report.Section{Title: "Spectral density",
		Hint: fmt.Sprintf("Stochastic Lanczos quadrature, %s from each of %s; the band is one standard error over the starts.", words.Several(f.steps, "step"), words.Several(f.starts, "random start"))}
	name := "density of eigenvalues"
	if f.published {
		s.Hint, name = "As the homotopy paper drew it: every Ritz value of one start counts the same, so this is no estimate of the density.", "histogram of Ritz values"
	}
	for _, c := range all {
		if c.Failed == "" {
			s.Plots = append(s.Plots, &report.Density{Title: words.Sentence(c.name()), Name: name, Grid: c.Spectrum.Grid, Value: c.Spectrum.Density,
				Error: c.Spectrum.Error, Eigenvalues: c.Eigenvalues})
		}
	}
	s.Wide = len(s.Plots) == 1
	return []report.Section{s}
}

// trends are the largest eigenvalue and the trace against the length, a curve
// for each coupling, or against the coupling.
func trends(all []*curved) []report.Section {
	if len(all) < 3 {
		return nil
	}
	g := newTrend(all)
	eigen, trace := *g, *g
	eigen.Title, eigen.YName = "Largest eigenvalue", "eigenvalue"
	trace.Title, trace.YName = "Trace", "trace"
	eigen.Y, trace.Y = nil, nil
	for i := range g.Names {
		e, t := make([]float64, len(g.X)), make([]float64, len(g.X))
		for j := range g.X {
			c := all[j*len(g.Names)+i]
			if c.Failed == "" {
				e[j], t[j] = c.Top[0].Value, c.Trace.Value
			}
		}
		eigen.Y, trace.Y = append(eigen.Y, e), append(trace.Y, t)
	}
	return []report.Section{{Title: "Curvature against " + g.XName, Plots: []report.Plot{&eigen, &trace}}}
}

// newTrend has the places and names of curves over panels, whose couplings vary
// fastest.
func newTrend(all []*curved) *report.Curves {
	c := &report.Curves{XName: "length", Log: true, Points: true, Mark: noMark}
	if all[0].Length == nil {
		c.XName, c.Names = "coupling", []string{""}
		for _, p := range all {
			c.X = append(c.X, p.Coupling)
		}
		return c
	}
	for i, p := range all {
		if i > 0 && *p.Length != *all[0].Length {
			break
		}
		c.Names = append(c.Names, "coupling "+words.Short(p.Coupling))
	}
	for i := 0; i < len(all); i += len(c.Names) {
		c.X = append(c.X, *all[i].Length)
	}
	return c
}

// hessianCSV is the density of every panel, a line a place.
func hessianCSV(w io.Writer, all []*curved) error {
	t := newCSV(w, "length", "coupling", "eigenvalue", "density", "error")
	for _, c := range all {
		if c.Failed != "" {
			continue
		}
		for i, x := range c.Spectrum.Grid {
			se := noMark
			if c.Spectrum.Error != nil {
				se = c.Spectrum.Error[i]
			}
			t.row(num.FromNull(c.Length), c.Coupling, x, c.Spectrum.Density[i], se)
		}
	}
	return t.end()
}
