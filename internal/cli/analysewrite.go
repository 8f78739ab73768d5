package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// noMark is a number that is not there.
var noMark = math.NaN()

// result is what analyse --json prints and the JSON file holds.
type result struct {
	Analysis string           `json:"analysis"`
	Of       string           `json:"of"`
	Trained  bool             `json:"trained"` // false: where training begins
	Seed     uint64           `json:"seed"`    // of random vectors
	Warnings []string         `json:"warnings"`
	Panels   any              `json:"panels"`
	Path     *pathResult      `json:"path,omitempty"`
	From     model.Provenance `json:"from"`
	Files    []string         `json:"files"`
}

// head is what every line of a table begins with.
func (p *panel) head() []string {
	length := "all"
	if p.Length != nil {
		length = words.Short(*p.Length)
	}
	return []string{length, words.Short(p.Coupling), fmt.Sprint(p.Rows)}
}

// page is the report without its sections.
func (n *analysis) page(title string, head []string, rows [][]string) *report.Analysis {
	s := n.subject
	about := fmt.Sprintf("Of %s, around the trained model, with %s.", s.title, words.Several(n.panels[0].Unknowns, "unknown"))
	if s.model == nil || n.flags.begin {
		about = fmt.Sprintf("Of %s, where training begins, with %s.", s.title, words.Several(n.panels[0].Unknowns, "unknown"))
	}
	warnings := append([]string{}, s.warnings...)
	for _, p := range n.panels {
		if p.Failed != "" {
			warnings = append(warnings, p.name()+": "+p.Failed)
		}
	}
	return &report.Analysis{Title: title, About: about, Command: n.command, Version: version(), Warnings: warnings, Head: head, Rows: rows}
}

// finish writes the files of an analysis and tells what came out. It is a
// failure if no panel has anything to show.
func (n *analysis) finish(r result, page *report.Analysis, table func(io.Writer) error) error {
	dir := n.outFolder()
	file := func(ext string) string { return filepath.Join(dir, n.name+ext) }
	s := n.subject
	r.Analysis, r.Of, r.Trained, r.Seed, r.Warnings = n.name, s.title, s.model != nil && !n.flags.begin, n.flags.seed, page.Warnings
	r.Files = append(r.Files, file(".html"), file(".json"), file(".csv"))
	if s.model != nil {
		r.From = s.model.From
	}
	nothing := !slices.ContainsFunc(n.panels, func(p *panel) bool { return p.Failed == "" })
	if nothing { // no page of it takes the place of a good one
		r.Files = []string{}
	} else if err := writeAnalysis(dir, n.name, page, r, table); err != nil {
		return err
	}
	if n.json {
		if err := n.printJSON(r); err != nil {
			return err
		}
	} else if err := n.print(page); err != nil {
		return failed(err)
	}
	if nothing {
		return failed(fmt.Errorf("there is nothing to see: %s", n.panels[0].Failed))
	}
	if !n.json {
		fmt.Fprintf(n.Stderr, "written: %s\n", file(".html"))
	}
	return nil
}

// writeAnalysis writes page, JSON and CSV of an analysis into a folder, which is
// made; figures are what the JSON holds.
func writeAnalysis(dir, name string, page *report.Analysis, figures any, table func(io.Writer) error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", dir, reason(err))
	}
	page.Files = append(page.Files, report.File{Name: name + ".json", About: "the figures, for scripts"}, report.File{Name: name + ".csv", About: "the numbers of the charts"})
	for _, f := range []struct {
		ext  string
		fill func(io.Writer) error
	}{
		{".csv", table},
		{".json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", " ")
			return e.Encode(figures)
		}},
		{".html", func(w io.Writer) error { return report.WriteAnalysis(w, page) }},
	} {
		if err := study.WritePage(filepath.Join(dir, name+f.ext), f.fill); err != nil {
			return failed(err)
		}
	}
	return nil
}

// print shows the table of figures.
func (n *analysis) print(page *report.Analysis) error {
	for _, text := range page.Warnings {
		fmt.Fprintf(n.Stderr, "warning: %s\n", text)
	}
	return printTable(n.Stdout, append([][]string{page.Head}, page.Rows...))
}

// printTable writes lines of cells in columns, aligned to the right.
func printTable(out io.Writer, lines [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, line := range lines {
		for _, cell := range line {
			fmt.Fprintf(w, "%s\t", cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// numberCSV writes lines of numbers; one that does not exist is empty.
type numberCSV struct {
	w     *csv.Writer
	cells []string
}

func newCSV(w io.Writer, head ...string) *numberCSV {
	t := &numberCSV{w: csv.NewWriter(w)}
	_ = t.w.Write(head) // end tells of errors
	return t
}

func (t *numberCSV) row(v ...float64) {
	t.cells = t.cells[:0]
	for _, x := range v {
		cell := ""
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			cell = strconv.FormatFloat(x, 'g', -1, 64)
		}
		t.cells = append(t.cells, cell)
	}
	_ = t.w.Write(t.cells)
}

func (t *numberCSV) end() error {
	t.w.Flush()
	return t.w.Error()
}
