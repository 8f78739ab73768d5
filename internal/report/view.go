package report

import (
	"fmt"
	"slices"
	"strings"
)

// view is Data as the templates read it: words ready, charts numbered.
type view struct {
	*Data
	page

	Cards       []card
	Grid        *multiplesView
	Recordings  []recordingView
	More        []recordingView // folded away
	Plane       []figure
	PlaneNotes  []string
	Residuals   [][]figure
	LossFigures []figure
	Views       []sectionView

	PlaneHeading   string
	EquilibriaHead []string
	Equilibria     [][]string

	Formulas   []formula
	Folded     []formula // more of them, shown on demand
	Components []scoreRow
	Tables     []table

	ParameterErrors, ParameterUnits, ParameterStarts, ParameterBounds bool
	NetworkNotes, HasRolling, TriedScores                             bool
	HasModel, HasTraining, HasRun                                     bool
}

// figure is the place of a chart on the page.
type figure struct {
	Chart     Chart
	Index     int
	Class, ID string
	Pick      string // on its button
	Hidden    bool
}

type recordingView struct {
	Heading, About string
	Figures        []figure
}

// formula is an equation in two halves, or a remark in Left alone.
type formula struct{ Left, Right string }

type card struct {
	Name, Value, Class string
	Lines              []string
}

type table struct {
	Name string
	Rows []Entry
}

func newView(d *Data) *view {
	v := &view{Data: d, page: newPage()}
	v.Cards = cards(d)
	v.multiples()
	for _, i := range d.sheets() {
		v.recording(i)
	}
	v.plane()
	v.losses()
	v.Views = v.sections(d.Sections)
	for _, q := range residualsOf(d.Recordings) {
		var row []figure
		for _, c := range q.charts() {
			row = append(row, v.figure(c))
		}
		if row != nil {
			v.Residuals = append(v.Residuals, row)
		}
	}
	v.Formulas, v.Folded = fold(formulas(d.Equations))
	v.Components = scoreRows(d)
	v.Tables = tables(d)
	v.columns()
	v.HasModel = len(d.Equations)+len(d.Parameters)+len(d.Networks) > 0
	v.HasTraining = len(v.LossFigures) > 0 || len(d.Tried) > 0
	v.HasRun = len(v.Components)+len(v.Tables)+len(d.Files) > 0 || d.Provenance.Config != ""
	return v
}

// losses draws the loss of each attempt beside the others.
func (v *view) losses() {
	for i := range v.Data.Losses {
		l := &v.Data.Losses[i]
		if x := emptySpan().include(l.Iteration...); !(x.width() > 0) || len(l.Loss) != len(l.Iteration) {
			continue
		}
		c := l.chart()
		if len(v.Data.Losses) > 1 {
			l.small(&c)
			c.Legend = len(v.LossFigures) == 0
		}
		v.LossFigures = append(v.LossFigures, v.figure(c))
	}
}

func (v *view) recording(i int) {
	r := &v.Data.Recordings[i]
	s := r.Series
	heading := "Data and model"
	switch {
	case s.ID != "":
		heading = s.ID
	case len(v.Data.Recordings) > 1:
		heading = fmt.Sprint("Recording ", i+1)
	}
	if m := v.Data.Multiples; m != nil {
		heading = fmt.Sprintf("%s: the %s", nameOf(v.Data.Recordings, i), m.rank(i))
	}
	rv := recordingView{Heading: heading, About: about(r)}
	charts := r.charts(i)
	for j, c := range charts {
		c.Legend = j == 0
		if j < len(charts)-1 {
			c.X.Bare = true // the last one carries the name of the shared axis
			c.Height -= 18
		}
		rv.Figures = append(rv.Figures, v.figure(c))
	}
	if i < MostSheets || v.Data.Multiples != nil {
		v.Recordings = append(v.Recordings, rv)
	} else {
		v.More = append(v.More, rv)
	}
}

// about says how many rows there are and what they were used for.
func about(r *Recording) string {
	n := len(r.Series.T)
	text := count(n) + " rows"
	switch {
	case n == 1:
		text = "1 row"
	case r.HeldOut == n && n > 0:
		text += ", all held out"
	case r.HeldOut > 0:
		text += fmt.Sprintf(": %s to train on, the last %s held out", count(n-r.HeldOut), count(r.HeldOut))
	}
	missingRows := 0
	for i := range n {
		if !allFinite(r.Series.Row(i)) {
			missingRows++
		}
	}
	if missingRows > 0 {
		text += fmt.Sprintf(" (%s with missing values)", count(missingRows))
	}
	return text + "."
}

const everyStateRests = "Every state rests: the learnt rates are zero."

// zero tells whether there are rates, all of them zero.
func zero(rates []float64) bool {
	return len(rates) > 0 && !slices.ContainsFunc(rates, func(v float64) bool { return v != 0 })
}

// plane places the portraits, or the phase line.
func (v *view) plane() {
	v.PlaneHeading = "Phase portrait"
	for i := range v.Portraits {
		p := &v.Portraits[i]
		f := v.figure(p.chart())
		f.ID = fmt.Sprint("portrait", i)
		f.Pick = p.X.Name + " × " + p.Y.Name
		f.Hidden = i > 0
		v.Plane = append(v.Plane, f)
		for _, e := range drawable(p.Equilibria) {
			v.equilibrium(e.Kind, len(v.Portraits) > 1, p.X, e.X, p.Y, e.Y)
		}
	}
	if len(v.Portraits) > 0 {
		how := "Each point is a state; the arrows say where the learnt equations move it, longer where they move it faster."
		if p := &v.Portraits[0]; zero(p.FieldDX) && zero(p.FieldDY) {
			how = everyStateRests
		}
		v.PlaneNotes = append(v.PlaneNotes, how)
		if n := v.Portraits[0].Note; n != "" {
			v.PlaneNotes = append(v.PlaneNotes, n)
		}
	}
	if r := v.Rate; r != nil && len(r.X) > 0 && len(r.X) == len(r.DX) && len(v.Portraits) == 0 {
		v.PlaneHeading = "Rate of change"
		v.Plane = append(v.Plane, v.figure(r.chart()))
		how := "Above the line the state grows, below it falls; where the curve crosses, it rests."
		if zero(r.DX) {
			how = everyStateRests
		}
		v.PlaneNotes = append(v.PlaneNotes, how)
		for _, e := range drawable(r.Equilibria) {
			v.Equilibria = append(v.Equilibria, []string{withUnit(format(e.X, 4), r.Of.Unit), e.Kind})
			v.EquilibriaHead = []string{r.Of.Name, "Kind"}
		}
	}
}

// equilibrium adds a line to the table; with several portraits the pair of
// components is written in the line.
func (v *view) equilibrium(kind string, several bool, x Quantity, ex float64, y Quantity, ey float64) {
	if several {
		v.EquilibriaHead = []string{"Where", "Kind"}
		v.Equilibria = append(v.Equilibria, []string{
			x.Name + " " + format(ex, 3) + ", " + y.Name + " " + format(ey, 3), kind})
		return
	}
	v.EquilibriaHead = []string{x.Name, y.Name, "Kind"}
	v.Equilibria = append(v.Equilibria, []string{format(ex, 4), format(ey, 4), kind})
}

// columns decides which columns of the tables have anything to say.
func (v *view) columns() {
	for _, p := range v.Parameters {
		v.ParameterErrors = v.ParameterErrors || estimateError(p) != missing
		v.ParameterUnits = v.ParameterUnits || p.Unit != ""
		v.ParameterStarts = v.ParameterStarts || finite(p.Start)
		v.ParameterBounds = v.ParameterBounds || bounds(p) != ""
	}
	for _, l := range v.Lines {
		v.HasRolling = v.HasRolling || finite(l.Rolling)
	}
	for _, t := range v.Tried {
		v.TriedScores = v.TriedScores || t.Train != nil || t.HeldOut != nil
	}
	for _, n := range v.Networks {
		v.NetworkNotes = v.NetworkNotes || n.Note != ""
	}
}

// Formulas of more than so many characters are folded away but for the first few.
const (
	mostFormulas  = 2500
	firstFormulas = 4
)

// fold keeps the first formulas of many long ones apart.
func fold(all []formula) (first, more []formula) {
	n := 0
	for _, f := range all {
		n += len(f.Left) + len(f.Right)
	}
	if n <= mostFormulas || len(all) <= firstFormulas+2 {
		return all, nil
	}
	return all[:firstFormulas], all[firstFormulas:]
}

// formulas splits equations at their first equals sign.
func formulas(lines []string) []formula {
	var out []formula
	for _, line := range lines {
		left, right, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(strings.TrimSpace(line), "#") {
			out = append(out, formula{Left: strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))})
			continue
		}
		out = append(out, formula{typeset(strings.TrimSpace(left)), typeset(strings.TrimSpace(right))})
	}
	return out
}
