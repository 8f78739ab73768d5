package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// mostFrames is how many frames of a recording a page shows.
const mostFrames = 10

// shownSections are what is forecast of held-out recordings in the columns that components are of:
// scores, frames where the columns are pixels, errors over time, hidden states. nil: nothing is.
func (j *fitted) shownSections(m *model.Model, res *study.Result) ([]report.Section, error) {
	if res.Shown == nil || m.Components == nil {
		return nil, nil
	}
	median, worst := res.Shown.Ranked(j.Problem)
	out := report.Section{Title: "In the columns", Tables: []report.Grid{shownGrid(res.Shown)},
		Hint: fmt.Sprintf("Forecasts of held-out recordings from their first rows, as %d columns. %s has the errors of all rows.", res.Shown.Columns, study.ShownFile)}
	for _, which := range []struct {
		name string
		at   int
	}{{"median", median}, {"worst", worst}} {
		if which.at < 0 || which.name == "worst" && worst == median {
			continue
		}
		f, err := study.ShownAt(m, j.Problem, which.at)
		if err != nil {
			return nil, err
		}
		if f == nil { // its columns are not at hand
			continue
		}
		of := fmt.Sprintf("%s, the %s of %d", f.ID, which.name, res.Shown.Recordings)
		if s := strip(m.Components.Columns, f, of); s != nil {
			out.Strips = append(out.Strips, s)
		}
		out.Plots = append(out.Plots, errorCurves(f, of))
		if len(f.Names) > 0 {
			out.Plots = append(out.Plots, hiddenCurves(f, of))
		}
	}
	return []report.Section{out}, nil
}

// shownGrid is the table of scores.
func shownGrid(s *study.Shown) report.Grid {
	g := report.Grid{Caption: fmt.Sprintf("Held-out recordings (%d, %d rows)", s.Recordings, s.Rows), Head: []string{"", "MSE", "in parts of the mean row's"}}
	mean := num.FromNull(s.Mean)
	for _, l := range []struct {
		name string
		v    *float64
	}{{"the model", s.MSE}, {"the mean of the training rows", s.Mean}, {"the last row seen, again", s.Last}, {"zeros (a blank frame)", s.Zero},
		{"true components, which no forecast can beat", s.Components}} {
		line := []report.GridCell{{Text: l.name}, {Text: "–"}, {Text: "–"}}
		if l.v != nil {
			line[1].Text = words.Short(*l.v)
			if mean > 0 {
				line[2].Text = words.Short(*l.v / mean)
			}
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// pixels is the size of the frame whose pixels columns are, row by row, as p0_0, p0_1, … or p[0,0],
// p[0,1], … are called; ok is false if they are called otherwise.
func pixels(columns []string) (high, wide int, ok bool) {
	name, _, last, ok := pixel(columns[len(columns)-1])
	if !ok {
		return 0, 0, false
	}
	_, row, col, ok := pixel(columns[0])
	if !ok || row != 0 || col != 0 {
		return 0, 0, false
	}
	if wide = last + 1; len(columns)%wide != 0 {
		return 0, 0, false
	}
	for k, c := range columns {
		if of, i, j, ok := pixel(c); !ok || of != name || i != k/wide || j != k%wide {
			return 0, 0, false
		}
	}
	return len(columns) / wide, wide, true
}

// pixel takes the name of a pixel apart.
func pixel(column string) (name string, row, col int, ok bool) {
	head, tail, found := column, "", false
	if inside, closed := strings.CutSuffix(column, "]"); closed {
		if name, inside, found = strings.Cut(inside, "["); !found {
			return "", 0, 0, false
		}
		head, tail, found = strings.Cut(inside, ",")
	} else if head, tail, found = strings.Cut(column, "_"); found {
		name = strings.TrimRight(head, "0123456789")
		head = head[len(name):]
	}
	row, err := strconv.Atoi(head)
	if err == nil {
		col, err = strconv.Atoi(tail)
	}
	return name, row, col, found && err == nil && row >= 0 && col >= 0
}

// strip are frames of a forecast under the true ones; nil if the columns are no pixels.
func strip(columns []string, f *study.ShownForecast, of string) *report.Strip {
	high, wide, ok := pixels(columns)
	if !ok || high < 2 || wide < 2 {
		return nil
	}
	s := &report.Strip{Title: "Frames of " + of, Rows: []string{"true", "forecast"}, High: high, Wide: wide, Lo: math.Inf(1), Hi: math.Inf(-1),
		Hint: fmt.Sprintf("Above true, below forecast from the first %s; over each the time.", words.Several(f.Seen, "row"))}
	if f.Failed != "" {
		s.Hint += " The forecast ends early: " + f.Failed + "."
	}
	for _, v := range f.True {
		if !math.IsNaN(v) {
			s.Lo, s.Hi = min(s.Lo, v), max(s.Hi, v)
		}
	}
	d, at := len(columns), evenRanks(len(f.T), mostFrames)
	for _, x := range [][]float64{f.True, f.Got} {
		for _, k := range at {
			var frame []float64
			if (k+1)*d <= len(x) {
				frame = x[k*d : (k+1)*d]
			}
			s.Frames = append(s.Frames, frame)
		}
	}
	for _, k := range at {
		s.Heads = append(s.Heads, words.Short(f.T[k]))
	}
	return s
}

// errorCurves are errors of rows over time, beside those of the mean and of the last row.
func errorCurves(f *study.ShownForecast, of string) *report.Curves {
	return &report.Curves{Title: "Error of " + of, XName: "time", YName: "mean squared error", X: f.T, Log: true, Mark: math.NaN(),
		Names: []string{"forecast", "mean of the training rows", "last row seen", "true components"},
		Y:     [][]float64{f.Errors[0], f.Errors[2], f.Errors[3], f.Errors[1]}}
}

// mostHidden is how many hidden states a chart shows.
const mostHidden = 6

// hiddenCurves are the hidden states on the way.
func hiddenCurves(f *study.ShownForecast, of string) *report.Curves {
	c := &report.Curves{Title: "Hidden states of " + of, XName: "time", YName: "value", X: f.T, Mark: math.NaN()}
	n := len(f.Names)
	for i := range min(n, mostHidden) {
		y := make([]float64, len(f.T))
		for k := range y {
			y[k] = f.Hidden[k*n+i]
		}
		c.Names, c.Y = append(c.Names, f.Names[i]), append(c.Y, y)
	}
	return c
}
