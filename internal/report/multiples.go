package report

import (
	"cmp"
	"fmt"
	"slices"
)

// MostSheets recordings have a sheet of their own; of more there are small multiples, and sheets
// of three of them.
const MostSheets = 6

// Multiples tells of many recordings: Recordings are those that are drawn, small and on axes of one
// length, and those with the largest, the middle and the least error in full.
type Multiples struct {
	Total, Ranked        int       // recordings of the fit, and of them those whose errors are known
	Off                  []float64 // error of each of Recordings in deviations; infinite: it cannot be followed
	Unseen               bool      // Off is of forecasts of held-out rows, else of the fit
	Best, Typical, Worst int       // places in Recordings
}

// Full tells whether recording i is drawn in full.
func (m *Multiples) Full(i int) bool { return i == m.Best || i == m.Typical || i == m.Worst }

// sheets are the places of the recordings that are shown in full.
func (d *Data) sheets() []int {
	var out []int
	if m := d.Multiples; m != nil {
		for _, i := range []int{m.Worst, m.Typical, m.Best} {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
		return out
	}
	for i := range d.Recordings {
		out = append(out, i)
	}
	return out
}

// rank is what is said of recording i; "" of most.
func (m *Multiples) rank(i int) string {
	switch i {
	case m.Worst:
		return "worst"
	case m.Best:
		return "best"
	case m.Typical:
		return "middle"
	}
	return ""
}

// multiplesView is the grid of small charts, one group a component.
type multiplesView struct {
	Heading, About, Note string
	Groups               []multiplesGroup
}

type multiplesGroup struct {
	ID, Pick string
	Hidden   bool
	Panels   []multiple
}

type multiple struct {
	figure
	Off, Rank string
}

// multiples places the small charts.
func (v *view) multiples() {
	m := v.Data.Multiples
	if m == nil || len(v.Data.Recordings) == 0 {
		return
	}
	out := &multiplesView{Heading: count(m.Total) + " recordings", About: m.about(), Note: m.extremes(v.Data.Recordings)}
	for c, name := range v.Data.Recordings[0].Series.Names {
		g := multiplesGroup{ID: fmt.Sprint("multiples", c), Pick: name, Hidden: c > 0}
		for i, chart := range smallCharts(v.Data.Recordings, c) {
			p := multiple{figure: v.figure(chart), Off: format(m.Off[i], 2), Rank: m.rank(i)}
			p.Class = p.Rank
			g.Panels = append(g.Panels, p)
		}
		out.Groups = append(out.Groups, g)
	}
	v.Grid = out
}

func (m *Multiples) about() string {
	of := "of the fit"
	if m.Unseen {
		of = "of the forecast of its held-out rows (shaded)"
	}
	text := "One small chart a recording, on axes of one length; beside its name the error " + of + ", in deviations of the column."
	if n := len(m.Off); n < m.Total {
		text = fmt.Sprintf("%s of %s are drawn, evenly from the least error to the largest. ", count(n), count(m.Total)) + text
		if m.Ranked < m.Total {
			text += fmt.Sprintf(" Errors are known of %s, evenly from the first to the last.", count(m.Ranked))
		}
	}
	return text
}

// extremes names the best and the worst.
func (m *Multiples) extremes(rs []Recording) string {
	worst := "cannot be followed"
	if finite(m.Off[m.Worst]) {
		worst = "off by " + format(m.Off[m.Worst], 2)
	}
	return fmt.Sprintf("Worst: %s, %s. Middle: %s, off by %s. Best: %s, off by %s. These three are shown in full below.",
		nameOf(rs, m.Worst), worst, nameOf(rs, m.Typical), format(m.Off[m.Typical], 2), nameOf(rs, m.Best), format(m.Off[m.Best], 2))
}

// nameOf is what recording i is called.
func nameOf(rs []Recording, i int) string {
	s := rs[i].Series
	if s.ID == "" {
		return fmt.Sprint("recording ", i+1)
	}
	if s.IDName != "" {
		return s.IDName + " " + s.ID
	}
	return s.ID
}

// smallCharts draw component c of every recording on one vertical axis, and on horizontal axes of
// one length: the same one if recordings lie at the same times.
func smallCharts(rs []Recording, c int) []Chart {
	x, y, longest := emptySpan(), emptySpan(), 0.0
	for i := range rs {
		own := emptySpan().include(rs[i].Series.T...)
		x, longest = x.include(own.lo, own.hi), max(longest, own.width())
		y = union(y, rs[i].height(c))
	}
	apart := x.width() > 2*longest
	y = amounts(y.pad(0.06), y)
	var out []Chart
	for i := range rs {
		r := &rs[i]
		if apart {
			at := r.Series.T[0]
			x = span{at, at + longest}
		}
		ch := r.small(c, timeAxis(r.Series, x.pad(0.02)), y.axis("", ""))
		ch.Title = nameOf(rs, i)
		if !apart {
			ch.Sync = fmt.Sprint("multiples", c)
		}
		out = append(out, ch)
	}
	return out
}

// small is component c with what fits into a small chart.
func (r *Recording) small(c int, x, y Axis) Chart {
	s := r.Series
	observed, split := column(s.X, len(s.Names), c), len(s.T)-r.HeldOut
	x.Bare = true
	ch := Chart{Alt: r.describe(c, observed), X: x, Y: y, Height: 132, Small: true}
	if r.HeldOut > 0 && split > 0 {
		ch.Layers = append(ch.Layers, Layer{Kind: Shade, Color: Muted, X: Numbers{(s.T[split-1] + s.T[split]) / 2, s.T[len(s.T)-1]}})
	}
	for _, t := range []struct {
		of          *Trajectory
		name, color string
	}{{&r.Fit, cmp.Or(r.FitName, "fit"), Fit}, {&r.Unseen, cmp.Or(r.UnseenName, "had not seen these rows"), Third}} {
		bare := Trajectory{T: t.of.T, X: t.of.X}
		ch.Layers = append(ch.Layers, bare.layers(c, len(s.Names), t.name, t.color, "")...)
	}
	size, faint := 4.0, len(s.T) > manyRows/4
	if faint {
		size = 2.5
	}
	points := []Layer{scatter(Layer{Name: "observed", Color: Ink, Size: size, Faint: faint}, s.T, observed)}
	if faint {
		ch.Layers = append(points, ch.Layers...)
	} else {
		ch.Layers = append(ch.Layers, points...)
	}
	return ch
}
