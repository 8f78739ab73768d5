package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// Sizes of a plot in a terminal: lines of a panel, columns at most, panels at most.
const (
	plotLines   = 8
	plotColumns = 100
	plotPanels  = 6
	plotLabel   = 10 // columns of the numbers at the left
)

// terminalPlot draws each state of a trajectory over time, and the measured rows, which
// may be nil: curves in dots of Braille, eight a character, rows as rings.
type terminalPlot struct {
	curve *data.Series
	rows  *data.Series
	wide  int // columns
}

func (p *terminalPlot) write(w io.Writer) {
	d := len(p.curve.Names)
	for c := range min(d, plotPanels) {
		p.panel(w, c, c == min(d, plotPanels)-1)
	}
	if d > plotPanels {
		fmt.Fprintf(w, "and %s more\n", words.Several(d-plotPanels, "state"))
	}
}

// points are the finite values of a column, by time.
func points(s *data.Series, name string) (t, y []float64) {
	if s == nil {
		return nil, nil
	}
	for c, n := range s.Names {
		if n != name {
			continue
		}
		for i := range s.T {
			if v := s.X[i*len(s.Names)+c]; !math.IsNaN(v) && !math.IsInf(v, 0) {
				t, y = append(t, s.T[i]), append(y, v)
			}
		}
	}
	return t, y
}

// valuesSpan is the smallest interval of all values; ok is false if there are none.
func valuesSpan(lists ...[]float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, list := range lists {
		for _, v := range list {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi, lo <= hi
}

// panel draws one state.
func (p *terminalPlot) panel(w io.Writer, c int, last bool) {
	name := p.curve.Names[c]
	t, y := points(p.curve, name)
	rt, ry := points(p.rows, name)
	t0, t1, ok := valuesSpan(t, rt)
	lo, hi, _ := valuesSpan(y, ry)
	if c < len(p.curve.Units) && p.curve.Units[c] != "" {
		name += " [" + p.curve.Units[c] + "]"
	}
	fmt.Fprintf(w, "%*s %s\n", plotLabel, "", name)
	if !ok {
		fmt.Fprintf(w, "%*s nothing to draw\n", plotLabel, "")
		return
	}
	if hi == lo {
		lo, hi = lo-0.5, hi+0.5
	}
	if t1 == t0 {
		t1++
	}
	b := newBraille(max(20, min(p.wide, plotColumns)-plotLabel-2), plotLines)
	at := func(t, y float64) (x, v float64) {
		return (t - t0) / (t1 - t0) * float64(2*b.wide-1), (hi - y) / (hi - lo) * float64(4*b.high-1)
	}
	for i := range t {
		x, v := at(t[i], y[i])
		if i > 0 {
			x0, v0 := at(t[i-1], y[i-1])
			b.line(x0, v0, x, v)
		}
		b.dot(x, v)
	}
	for i := range rt {
		b.ring(at(rt[i], ry[i]))
	}
	for i, line := range b.lines() {
		label := ""
		switch i {
		case 0:
			label = words.Short(hi)
		case b.high - 1:
			label = words.Short(lo)
		}
		fmt.Fprintf(w, "%*s ┤%s\n", plotLabel, label, line)
	}
	if last {
		from, to := words.Short(t0), words.Short(t1)
		unit := p.curve.Time
		if p.curve.TUnit != "" {
			unit += " [" + p.curve.TUnit + "]"
		}
		room := b.wide - utf8.RuneCountInString(from+to+unit)
		left := max(1, room/2)
		fmt.Fprintf(w, "%*s  %s%s%s%s%s\n", plotLabel, "", from, strings.Repeat(" ", left), unit, strings.Repeat(" ", max(1, room-left)), to)
	}
}

// braille is a grid of dots, two across and four down in a character.
type braille struct {
	wide, high int
	dots       []uint8
	rings      []bool
}

func newBraille(wide, high int) *braille {
	return &braille{wide, high, make([]uint8, wide*high), make([]bool, wide*high)}
}

// bits are those of the dots of a character, by row and column.
var bits = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

func (b *braille) cell(x, y float64) (i, dx, dy int, ok bool) {
	cx, cy := int(math.Round(x)), int(math.Round(y))
	if cx < 0 || cy < 0 || cx >= 2*b.wide || cy >= 4*b.high {
		return 0, 0, 0, false
	}
	return cy/4*b.wide + cx/2, cx % 2, cy % 4, true
}

func (b *braille) dot(x, y float64) {
	if i, dx, dy, ok := b.cell(x, y); ok {
		b.dots[i] |= bits[dy][dx]
	}
}

func (b *braille) ring(x, y float64) {
	if i, _, _, ok := b.cell(x, y); ok {
		b.rings[i] = true
	}
}

func (b *braille) line(x0, y0, x1, y1 float64) {
	n := int(max(math.Abs(x1-x0), math.Abs(y1-y0))) + 1
	for k := range n {
		s := float64(k) / float64(n)
		b.dot(x0+s*(x1-x0), y0+s*(y1-y0))
	}
}

// lines are the rows of characters; a ring hides no curve.
func (b *braille) lines() []string {
	out := make([]string, b.high)
	for r := range out {
		var line strings.Builder
		for c := range b.wide {
			switch i := r*b.wide + c; {
			case b.dots[i] != 0:
				line.WriteRune(0x2800 + rune(b.dots[i]))
			case b.rings[i]:
				line.WriteRune('∘')
			default:
				line.WriteByte(' ')
			}
		}
		out[r] = strings.TrimRight(line.String(), " ")
	}
	return out
}

// beside is where something for people goes: not into machine-readable output.
func (a *app) beside() io.Writer {
	if a.json {
		return a.Stderr
	}
	return a.Stdout
}

// evenly are n times from a to b, both included.
func evenly(a, b float64, n int) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = a + (b-a)*float64(i)/float64(n-1)
	}
	t[n-1] = b
	return t
}

// plotFit draws the first recording, the fit to it, and how it goes on.
func (j *job) plotFit(w io.Writer, m *model.Model) {
	s := &j.series[0]
	end := s.T[s.Len()-1]
	times := evenly(s.T[0], end, 4*plotColumns)
	if later := study.Ahead(m, 0); len(later) > 0 && len(s.Inputs) == 0 {
		times = append(times, evenly(end, later[len(later)-1], 2*plotColumns)[1:]...)
	}
	f, err := m.Forecast(0, times, s)
	if err != nil || f.Len() == 0 {
		return // the report says why
	}
	fmt.Fprintf(w, "the fit%s and how it goes on; rows are rings\n", words.Recording(s.ID))
	(&terminalPlot{curve: &f.Series, rows: s, wide: j.columns()}).write(w)
}

// plotForecasts draws what was forecast.
func (a *app) plotForecasts(w io.Writer, all []model.Forecast) {
	const most = 3
	for i := range all[:min(len(all), most)] {
		if f := &all[i]; f.Len() > 0 {
			fmt.Fprintf(w, "the forecast%s\n", words.Recording(f.ID))
			(&terminalPlot{curve: &f.Series, wide: a.columns()}).write(w)
		}
	}
	if len(all) > most {
		fmt.Fprintf(w, "and %s more\n", words.Several(len(all)-most, "recording"))
	}
}
