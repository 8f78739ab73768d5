package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/landscape"
)

// defaultRange is that of the published landscapes.
const defaultRange = "-0.2:0.2"

// mapped is a panel with the loss on a grid in a plane.
type mapped struct {
	*panel
	Top      []num.Eigenpair `json:"top,omitempty"` // whose vectors span the plane
	X        []float64       `json:"x"`
	Y        []float64       `json:"y"`
	Grid     []*float64      `json:"grid"` // loss at (x[i], y[j]) in place j·len(x)+i; null: diverged
	Largest  *float64        `json:"largest"`
	Diverged int             `json:"diverged"`

	loss []float64
}

func (m *mapped) take(l *landscape.Grid) {
	m.X, m.Y, m.loss = l.X, l.Y, l.Loss
	most := math.Inf(-1)
	for _, v := range l.Loss {
		m.Grid = append(m.Grid, num.OrNull(v))
		if math.IsInf(v, 1) {
			m.Diverged++
		} else {
			most = max(most, v)
		}
	}
	m.Largest = num.OrNull(most)
}

// ends reads --range.
func (f *analyseFlags) ends() (lo, hi float64, err error) {
	text := f.extent
	if text == "" {
		text = defaultRange
	}
	a, b, ok := strings.Cut(text, ":")
	v, err := numbers("--range", a+","+b)
	if err != nil || !ok || len(v) != 2 || v[0] >= v[1] {
		return 0, 0, fmt.Errorf("--range %s: write from:to, such as %s", text, defaultRange)
	}
	return v[0], v[1], nil
}

// landscapes writes the loss in the planes of eigenvectors, or along a
// parameter.
func (n *analysis) landscapes() error {
	if n.flags.along != "" {
		return n.along()
	}
	lo, hi, err := n.flags.ends()
	if err != nil {
		return err
	}
	at := landscape.Span(lo, hi, n.flags.grid)
	var all []*mapped
	for _, p := range n.panels {
		if p.Unknowns < 2 {
			return fmt.Errorf("the loss has one unknown, which spans no plane; go along it with --along NAME")
		}
		m := &mapped{panel: p}
		all = append(all, m)
		h := p.at()
		if h == nil {
			continue
		}
		m.Top = num.TopEigenpairs(h, 2, max(n.flags.steps, 100), n.flags.seed)
		l, err := landscape.NewGrid(p.surface, landscape.Plane{Origin: p.z, A: m.Top[0].Vector, B: m.Top[1].Vector}, at, at)
		if err != nil {
			return err
		}
		m.take(l)
	}
	head := []string{"length", "coupling", "rows", "loss", "first eigenvalue", "second", "largest loss", "diverged"}
	var rows [][]string
	for _, m := range all {
		row := append(m.head(), words.Short(num.FromNull(m.Loss)))
		if m.Failed != "" {
			row = append(row, "–", "–", "–", "–")
		} else {
			row = append(row, words.Short(m.Top[0].Value), words.Short(m.Top[1].Value), words.Short(num.FromNull(m.Largest)), fmt.Sprint(m.Diverged))
		}
		rows = append(rows, row)
	}
	page := n.page("Loss landscape", head, rows)
	page.Hint = "The plane is spanned by the two eigenvectors of the Hessian whose eigenvalues are largest in magnitude, each of unit length."
	page.Sections = []report.Section{heatMaps(all, "along the first eigenvector", "along the second eigenvector", nil, "")}
	return n.finish(result{Panels: all}, page, func(w io.Writer) error { return mapCSV(w, all) })
}

// heatMaps draws all panels with the same colours.
func heatMaps(all []*mapped, x, y string, path *landscape.PathPlane, origin string) report.Section {
	s := report.Section{Title: "The loss in the plane", Hint: "All panels share their colours, which are logarithmic; lines join points of equal loss. Point at one to read it."}
	var values [][]float64
	for _, m := range all {
		values = append(values, m.loss)
	}
	lo, hi := report.ColourRange(values...)
	for _, m := range all {
		if m.Failed != "" || m.Largest == nil {
			continue
		}
		p := &report.Map{Title: words.Sentence(m.name()), XName: x, YName: y, X: m.X, Y: m.Y, Z: m.loss, Lo: lo, Hi: hi, Origin: origin}
		if path != nil {
			p.PathX, p.PathY = path.X, path.Y
		}
		s.Plots = append(s.Plots, p)
	}
	return s
}

func mapCSV(w io.Writer, all []*mapped) error {
	t := newCSV(w, "length", "coupling", "x", "y", "loss")
	for _, m := range all {
		for i, v := range m.loss {
			t.row(num.FromNull(m.Length), m.Coupling, m.X[i%len(m.X)], m.Y[i/len(m.X)], v)
		}
	}
	return t.end()
}

// sliced is a panel with the loss along a parameter.
type sliced struct {
	*panel
	Parameter string     `json:"parameter"`
	Value     float64    `json:"value"` // at the point looked at, user units
	Factors   []float64  `json:"factors"`
	Losses    []*float64 `json:"losses"` // null: diverged
	Minima    int        `json:"minima"` // inside the range
	Best      float64    `json:"best"`   // factor of the smallest loss

	loss []float64
}

// along writes the loss along a parameter.
func (n *analysis) along() error {
	factors, err := sequence("factors", n.flags.factors)
	if err != nil {
		return err
	}
	var all []*sliced
	curves := &report.Curves{Title: "Loss along " + n.flags.along, XName: "factor of " + n.flags.along, YName: "loss", X: factors, Log: true, Mark: 1, MarkLabel: "where it is"}
	var rows [][]string
	for _, p := range n.panels {
		p.at()
		p.Failed = "" // the loss elsewhere may be a number where it is none here
		l, err := landscape.NewSlice(p.surface, p.z, n.flags.along, factors)
		if err != nil {
			return err
		}
		s := &sliced{panel: p, Parameter: l.Name, Value: l.Value, Factors: factors, loss: l.Loss}
		s.count()
		all = append(all, s)
		curves.Names, curves.Y = append(curves.Names, p.name()), append(curves.Y, l.Loss)
		rows = append(rows, append(p.head(), words.Short(num.FromNull(p.Loss)), fmt.Sprint(s.Minima), words.Short(s.Best), fmt.Sprint(len(factors)-counted(s.Losses))))
	}
	page := n.page("The loss along "+n.flags.along, []string{"length", "coupling", "rows", "loss", "minima", "best factor", "diverged"}, rows)
	page.Hint = fmt.Sprintf("%s is %s where the factor is 1; minima are those inside the range.", n.flags.along, words.Short(all[0].Value))
	page.Sections = []report.Section{{Title: "The loss", Plots: []report.Plot{curves}}}
	return n.finish(result{Panels: all}, page, func(w io.Writer) error { return sliceCSV(w, all) })
}

// count finds the minima of the loss.
func (s *sliced) count() {
	least := math.Inf(1)
	for i, v := range s.loss {
		s.Losses = append(s.Losses, num.OrNull(v))
		if v < least {
			least, s.Best = v, s.Factors[i]
		}
		if i > 0 && i+1 < len(s.loss) && v < s.loss[i-1] && v < s.loss[i+1] {
			s.Minima++
		}
	}
}

func counted(v []*float64) int {
	n := 0
	for _, x := range v {
		if x != nil {
			n++
		}
	}
	return n
}

func sliceCSV(w io.Writer, all []*sliced) error {
	t := newCSV(w, "length", "coupling", "factor", "value", "loss")
	for _, s := range all {
		for i, f := range s.Factors {
			t.row(num.FromNull(s.Length), s.Coupling, f, f*s.Value, s.loss[i])
		}
	}
	return t.end()
}
