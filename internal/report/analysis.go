package report

import (
	"fmt"
	"io"
)

// Analysis is everything the page of an analysis shows: a table of figures and
// sections of charts. All parts but the title are optional.
type Analysis struct {
	Title, About string
	Command      string
	Version      string
	Warnings     []string

	Hint string // above the table
	Head []string
	Rows [][]string // one entry for each of Head

	Sections []Section
	Files    []File
}

// Section is a group of charts.
type Section struct {
	Title, Hint string
	Plots       []Plot
	Wide        bool // one chart a row instead of two
	Tables      []Grid
	Strips      []*Strip // under the tables
}

// Grid is a table of figures; the first cell of a row names it.
type Grid struct {
	Caption string
	Head    []string
	Rows    [][]GridCell
}

// GridCell is what stands in a Grid, shaded by a share between 0 and 1.
type GridCell struct {
	Text  string
	Share float64
}

// Shade is the share in per cent.
func (c GridCell) Shade() int { return int(60*c.Share + 0.5) }

// Plot is what a section can show: a Map, a Density or Curves.
type Plot interface {
	chart() Chart
	check() error
}

// analysisView is Analysis as its template reads it.
type analysisView struct {
	*Analysis
	page
	Views []sectionView
}

type sectionView struct {
	Title, Hint string
	Rows        [][]figure
	Half        bool // a chart that is left over is not widened
	Tables      []Grid
	Strips      []*Strip
}

// WriteAnalysis writes a as one HTML page that loads nothing. It fails when a
// part of a has the wrong shape, before anything is written, or when w does.
func WriteAnalysis(w io.Writer, a *Analysis) error {
	for _, r := range a.Rows {
		if len(r) != len(a.Head) {
			return fmt.Errorf("report: a line of %d figures under %d heads", len(r), len(a.Head))
		}
	}
	v := &analysisView{Analysis: a, page: newPage()}
	if err := checkSections(a.Sections); err != nil {
		return err
	}
	v.Views = v.sections(a.Sections)
	return v.write(w, "analysis", v)
}

// checkSections says which chart has the wrong shape.
func checkSections(all []Section) error {
	for _, s := range all {
		for _, g := range s.Tables {
			for _, r := range g.Rows {
				if len(r) != len(g.Head) {
					return fmt.Errorf("report: %s: a line of %d cells under %d heads", s.Title, len(r), len(g.Head))
				}
			}
		}
		for _, p := range s.Strips {
			if err := p.check(); err != nil {
				return fmt.Errorf("report: %w", err)
			}
		}
		for _, p := range s.Plots {
			if err := p.check(); err != nil {
				return fmt.Errorf("report: %s: %w", s.Title, err)
			}
		}
	}
	return nil
}

// sections numbers the charts of sections and lays them out.
func (p *page) sections(all []Section) []sectionView {
	var out []sectionView
	for _, s := range all {
		sv := sectionView{Title: s.Title, Hint: s.Hint, Half: !s.Wide && len(s.Plots) > 1, Tables: s.Tables, Strips: s.Strips}
		var row []figure
		for i, plot := range s.Plots {
			row = append(row, p.figure(plot.chart()))
			if s.Wide || len(row) == 2 || i == len(s.Plots)-1 {
				sv.Rows, row = append(sv.Rows, row), nil
			}
		}
		out = append(out, sv)
	}
	return out
}
