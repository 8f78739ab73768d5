package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// studyView is Study as its template reads it.
type studyView struct {
	*Study
	page
	Lines     []lineView
	PanelRows [][]figure
	CaseViews []caseView
	Averaged  bool // some lines are means over several trials
}

// lineView is one line of the table in words.
type lineView struct {
	Group string
	Rows  int // lines of the group, at its first one; else 0
	Name  string
	Bound bool
	Cells []cellView
	Notes []string
}

type cellView struct {
	Value, Error string
	Best         bool
	Small        []string
	Bars         []Verdict
}

type caseView struct {
	Name     string
	Pictures []pictureView
}

type pictureView struct {
	Name, ID, Note string
	Hidden         bool
	Figures        []figure
	Links          []Link
}

// WriteStudy writes s as one HTML page that loads nothing. It fails when a
// part of s has the wrong shape, before anything is written, or when w does.
func WriteStudy(w io.Writer, s *Study) error {
	if err := s.check(); err != nil {
		return err
	}
	v := &studyView{Study: s, page: newPage()}
	v.table()
	var row []figure
	for i := range s.Panels {
		row = append(row, v.figure(s.Panels[i].chart()))
		if len(row) == 2 || i == len(s.Panels)-1 || s.Panels[i].wide() {
			v.PanelRows, row = append(v.PanelRows, row), nil
		}
	}
	for i := range s.Cases {
		v.picture(i)
	}
	return v.write(w, "study", v)
}

// table puts the lines into words.
func (v *studyView) table() {
	for g := range v.Groups {
		group := &v.Groups[g]
		best := group.best(v.Metrics)
		for i := range group.Lines {
			l := &group.Lines[i]
			v.Averaged = v.Averaged || l.Trials > 1
			lv := lineView{Group: group.Name, Name: l.Name, Bound: l.Bound, Notes: l.notes()}
			if i == 0 {
				lv.Rows = len(group.Lines)
			}
			for j := range l.Cells {
				cell := l.Cells[j]
				if group.bounded() {
					cell.Bound = math.NaN() // it has a line of its own
				}
				lv.Cells = append(lv.Cells, cell.view(best[j] == i))
			}
			v.Lines = append(v.Lines, lv)
		}
	}
}

// bounded tells that one of the lines is the bound of the others.
func (g *Group) bounded() bool {
	return slices.ContainsFunc(g.Lines, func(l TableLine) bool { return l.Bound })
}

// best is the line with the smallest mean of each metric; −1 if there is none
// to choose from.
func (g *Group) best(metrics []Metric) []int {
	out := make([]int, len(metrics))
	for j := range metrics {
		out[j] = -1
		rivals := 0
		for i := range g.Lines {
			c := g.Lines[i].Cells[j]
			if g.Lines[i].Bound || metrics[j].Plain || !finite(c.Mean) {
				continue
			}
			rivals++
			if out[j] < 0 || c.Mean < g.Lines[out[j]].Cells[j].Mean {
				out[j] = i
			}
		}
		if rivals < 2 {
			out[j] = -1
		}
	}
	return out
}

// notes say how many trials there are and what is wrong with them.
func (l *TableLine) notes() []string {
	var out []string
	if l.Trials > 1 {
		out = append(out, count(l.Trials)+" trials")
	}
	if l.Failed > 0 {
		out = append(out, count(l.Failed)+" failed")
	}
	if l.Remaining > 0 {
		out = append(out, count(l.Remaining)+" not finished")
	}
	return out
}

// sameDigits of mean and error are not worth telling: the trials are equal but
// for rounding.
const sameDigits = 1e-9

func (c *Cell) view(best bool) cellView {
	v := cellView{Value: amount(c.Mean, 3), Best: best, Bars: c.Bars}
	differ := finite(c.Error) && finite(c.Mean) && c.Error > sameDigits*math.Abs(c.Mean)
	if differ {
		v.Error = amount(c.Error, 2)
	}
	if finite(c.Published) {
		text := "published " + amount(c.Published, 3)
		if finite(c.PublishedError) {
			text += " ± " + amount(c.PublishedError, 2)
		}
		v.Small = append(v.Small, text)
	}
	if finite(c.Median) && differ {
		v.Small = append(v.Small, "median "+amount(c.Median, 3))
	}
	if finite(c.Bound) {
		v.Small = append(v.Small, "bound "+amount(c.Bound, 3))
	}
	if c.Pairs != "" {
		v.Small = append(v.Small, c.Pairs)
	}
	if c.Missing > 0 {
		v.Small = append(v.Small, count(c.Missing)+" without a value")
	}
	return v
}

// amount is a number for reading: without decimals where it has none or is
// large, and as a power of ten only where there would be many zeros, so that a
// value and its error look alike.
func amount(x float64, digits int) string {
	switch {
	case finite(x) && x >= 0 && x < 1e15 && (x >= 1000 || x == math.Trunc(x)):
		return count(int(x + 0.5))
	case x >= 1e-5 && x < 1e-2:
		r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
		return strconv.FormatFloat(r, 'f', -1, 64)
	}
	return format(x, digits)
}

// picture numbers the charts of case i.
func (v *studyView) picture(i int) {
	c := &v.Cases[i]
	cv := caseView{Name: c.Name}
	for j := range c.Pictures {
		p := &c.Pictures[j]
		pv := pictureView{Name: p.Name, ID: fmt.Sprintf("case%dpicture%d", i, j), Note: p.Note, Hidden: j > 0, Links: p.Links}
		for _, ch := range p.charts(pv.ID) {
			pv.Figures = append(pv.Figures, v.figure(ch))
		}
		cv.Pictures = append(cv.Pictures, pv)
	}
	v.CaseViews = append(v.CaseViews, cv)
}

// check says which part of s has the wrong shape.
func (s *Study) check() error {
	for _, g := range s.Groups {
		for _, l := range g.Lines {
			if len(l.Cells) != len(s.Metrics) {
				return fmt.Errorf("report: %s, %s: %d values for %d metrics", g.Name, l.Name, len(l.Cells), len(s.Metrics))
			}
		}
	}
	for _, p := range s.Panels {
		n := len(p.Labels)
		if len(p.X) > 0 && len(p.X) != n {
			return fmt.Errorf("report: panel %s: %d places for %d labels", p.Title, len(p.X), n)
		}
		for _, q := range p.Curves {
			if len(q.Mean) != n || len(q.Error) != n || len(q.Published) != n || len(q.PublishedError) != n {
				return fmt.Errorf("report: panel %s, %s: columns differ in length from %d labels", p.Title, q.Name, n)
			}
		}
	}
	for _, c := range s.Cases {
		for _, p := range c.Pictures {
			if err := p.check(); err != nil {
				return fmt.Errorf("report: %s, %s: %w", c.Name, p.Name, err)
			}
		}
	}
	return nil
}

func (p *Picture) check() error {
	r := Recording{Series: p.Series, Fit: p.Truth}
	if err := r.check(); err != nil {
		return err
	}
	if p.Trained < 0 || p.Trained > len(p.Series.T) {
		return fmt.Errorf("%d of %d rows trained on", p.Trained, len(p.Series.T))
	}
	for _, o := range p.Orbits {
		r.Fit = o.Trajectory
		if err := r.check(); err != nil {
			return err
		}
		if n := len(o.Iteration); len(o.MSE) != n || o.Lambda != nil && len(o.Lambda) != n {
			return fmt.Errorf("%s: columns of the training differ in length from %d iterations", o.Name, n)
		}
	}
	return nil
}
