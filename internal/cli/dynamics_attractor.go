package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// rows are states one after the other, with the name of every column.
type rows struct {
	x     []float64
	names []string
	dt    float64
}

func (r *rows) column(k int) []float64 {
	var out []float64
	for i := k; i < len(r.x); i += len(r.names) {
		out = append(out, r.x[i])
	}
	return out
}

// attractorResult is what attractor tells; Of the data is beside a trained model.
type attractorResult struct {
	*chaos.Attractor
	Names  []string              `json:"names"`
	Data   *chaos.Attractor      `json:"data,omitempty"`
	Beside *chaos.DistanceReport `json:"distances,omitempty"` // of the model from its data
}

// attractor is what an orbit or a recording looks like as a whole; of a run beside
// the data it was trained on.
func (d *dynamic) attractor() (*dynamicResult, error) {
	beside, err := d.trainedOn()
	if err != nil {
		return nil, err
	}
	of, err := d.orbit(beside)
	if err != nil {
		return nil, err
	}
	a, err := chaos.Describe(of.x, len(of.names), of.dt)
	if err != nil {
		return nil, err
	}
	result := &attractorResult{Attractor: a, Names: of.names}
	f := &dynamicResult{Value: result, Head: []string{"", "mean", "±", "deviation", "lowest", "highest", "memory", "period"}}
	f.Table = func(w io.Writer) error { return attractorTable(w, of.names, a) }
	if a.Status != chaos.OK {
		f.Failed = a.Reason
		return f, nil
	}
	f.Rows = append(f.Rows, attractorRows("", of.names, a)...)
	f.Words = append(f.Words, fmt.Sprintf("%s, a time of %s. Memory is the time in which the autocorrelation falls to 1/e, period that of the strongest frequency where a fifth of the variance is about it.", words.Several(a.Rows, "row"), words.Short(a.Span)))
	if a.Drifts() {
		f.Warnings = append(f.Warnings, fmt.Sprintf("the means of the two halves differ by %.1f standard errors: the record drifts, or is too short to tell what is typical", a.Drift))
	}
	f.Sections = attractorSections(of, a, beside)
	if beside != nil {
		return f, d.beside(f, result, of, beside)
	}
	return f, nil
}

func attractorRows(mark string, names []string, a *chaos.Attractor) [][]string {
	var out [][]string
	for k, c := range a.Columns {
		out = append(out, []string{mark + names[k], words.Short(c.Mean), fmt.Sprintf("%.2g", c.MeanError), words.Short(c.Deviation), words.Short(c.Lo), words.Short(c.Hi), orDash(c.Memory), orDash(c.Period)})
	}
	return out
}

func orDash(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return words.Short(v)
}

// attractorTable writes densities and spectra.
func attractorTable(w io.Writer, names []string, a *chaos.Attractor) error {
	head := []string{}
	most := 0
	for k, c := range a.Columns {
		head = append(head, names[k], names[k]+"_density", names[k]+"_frequency", names[k]+"_power")
		most = max(most, len(c.Density), len(c.Frequency))
	}
	t := newCSV(w, head...)
	at := func(v []float64, i int) float64 {
		if i < len(v) {
			return v[i]
		}
		return noMark
	}
	for i := range most {
		var cells []float64
		for _, c := range a.Columns {
			place := noMark
			if i < len(c.Density) {
				place = centre(&c, i)
			}
			cells = append(cells, place, at(c.Density, i), at(c.Frequency, i), at(c.Power, i))
		}
		t.row(cells...)
	}
	return t.end()
}

// centre of bin i of the density.
func centre(c *chaos.ColumnStatistics, i int) float64 {
	return c.Lo + (c.Hi-c.Lo)*(float64(i)+0.5)/float64(len(c.Density))
}

// beside adds the data a model was trained on, and how far its orbit is from it.
func (d *dynamic) beside(f *dynamicResult, result *attractorResult, of, truth *rows) error {
	var err error
	if result.Data, err = chaos.Describe(truth.x, len(truth.names), truth.dt); err != nil || result.Data.Status != chaos.OK {
		return err
	}
	f.Rows = append(f.Rows, attractorRows("data: ", truth.names, result.Data)...)
	for k, c := range result.Columns {
		box := result.Data.Columns[k]
		if width := box.Hi - box.Lo; c.Hi > box.Hi+width || c.Lo < box.Lo-width {
			f.Warnings = append(f.Warnings, fmt.Sprintf("%s of the model goes from %s to %s, that of the data only from %s to %s", of.names[k], words.Short(c.Lo), words.Short(c.Hi), words.Short(box.Lo), words.Short(box.Hi)))
		}
	}
	if result.Beside, err = chaos.MeasureDistances([][]float64{truth.x}, [][]float64{of.x}, len(of.names)); err != nil {
		return err
	}
	f.Words = append(f.Words, distanceWords(result.Beside)...)
	return nil
}

// distanceWords are distances with their floors, a line each.
func distanceWords(r *chaos.DistanceReport) []string {
	if r.Status != chaos.OK {
		return []string{"No distances: " + r.Reason + "."}
	}
	out := []string{fmt.Sprintf("Distances of all rows of both, then the mean of every piece of %d rows from every piece of the truth; in brackets that of different pieces of the truth, mean and largest:", r.Rows)}
	for _, m := range r.Distances {
		out = append(out, fmt.Sprintf("  %-15s %-10s pieces %s (%s, %s)%s", m.Name, words.Short(m.Whole), words.Short(m.Value), words.Short(m.Floor), words.Short(m.FloorMost), map[bool]string{true: " no larger than between pieces of truth"}[m.AtFloor]))
	}
	return out
}

// trainedOn are the rows of the first recording that a run was trained on, nil of
// anything else.
func (d *dynamic) trainedOn() (*rows, error) {
	if d.dir == "" || d.flow == nil {
		return nil, nil
	}
	file := filepath.Join(d.dir, study.ConfigFile)
	text, err := d.readFile(file)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(file, text, nil, 1)
	if err != nil || len(c.Data) == 0 {
		return nil, err
	}
	if file, _ := config.CutPart(c.Data[0]); !exists(file) {
		fmt.Fprintf(d.Stderr, "warning: %s has moved, so the model is shown without its data\n", c.Data)
		return nil, nil
	}
	series, _, err := d.readData(c.Data, c.Columns())
	if err != nil {
		return nil, err
	}
	dt, err := regular(&series[0])
	if err != nil {
		fmt.Fprintf(d.Stderr, "warning: the data are not beside the model: %v\n", err)
		return nil, nil
	}
	return &rows{series[0].X, series[0].Names, dt}, nil
}

// orbit is the recording, or a long orbit of the flow: as many rows with the same
// steps as the data beside it, of the columns measured there.
func (d *dynamic) orbit(beside *rows) (*rows, error) {
	if d.series != nil {
		dt, err := regular(d.series)
		return &rows{d.series.X, d.series.Names, dt}, err
	}
	if beside == nil {
		x, width, err := d.settled()
		if err != nil {
			return nil, err
		}
		return &rows{x, d.flow.Frame.States[:width], d.sampled}, nil
	}
	n := len(beside.x) / len(beside.names)
	x, err := chaos.Orbit(d.flow, n, beside.dt, d.flags.dynamics.transient)
	if err == nil {
		err = chaos.Stays(x, d.flow)
	}
	if err != nil {
		return nil, err
	}
	width, all := len(beside.names), d.flow.Dim()
	measured := make([]float64, 0, n*width)
	for i := range n {
		measured = append(measured, x[i*all:i*all+width]...)
	}
	return &rows{measured, beside.names, beside.dt}, nil
}

// attractorSections are projections, return map, densities and spectra.
func attractorSections(of *rows, a *chaos.Attractor, beside *rows) []report.Section {
	planes, returns := report.Section{Title: "The attractor"}, report.Section{Title: "Return maps", Hint: "Each maximum against the one before it; a thin curve means that one number rules the dynamics."}
	names := of.names
	for i := range min(3, len(names)) {
		for j := i + 1; j < min(3, len(names)); j++ {
			p := &report.Scatter{XName: names[i], YName: names[j], Title: names[j] + " against " + names[i]}
			if beside != nil {
				p.Sets = append(p.Sets, report.Set{Name: "data", X: beside.column(i), Y: beside.column(j)})
			}
			p.Sets = append(p.Sets, report.Set{Name: "orbit", X: of.column(i), Y: of.column(j)})
			planes.Plots = append(planes.Plots, p)
		}
	}
	for k, name := range names[:min(3, len(names))] {
		p := &report.Scatter{XName: "maximum of " + name, YName: "the next", Title: name}
		if beside != nil {
			x, y := chaos.ReturnMap(beside.column(k))
			p.Sets = append(p.Sets, report.Set{Name: "data", X: x, Y: y, Size: 4})
		}
		x, y := chaos.ReturnMap(of.column(k))
		if p.Sets = append(p.Sets, report.Set{Name: "orbit", X: x, Y: y, Size: 4}); len(x) > 1 {
			returns.Plots = append(returns.Plots, p)
		}
	}
	densities, spectra := report.Section{Title: "Densities", Hint: "The share of time in each of 60 bins."}, report.Section{Title: "Power spectra"}
	for k := range a.Columns {
		c := &a.Columns[k]
		p := &report.Curves{Title: names[k], XName: names[k], YName: "share", Mark: noMark, Names: []string{"share"}, Y: [][]float64{c.Density}}
		for i := range c.Density {
			p.X = append(p.X, centre(c, i))
		}
		densities.Plots = append(densities.Plots, p)
		spectra.Plots = append(spectra.Plots, &report.Curves{Title: names[k], XName: "frequency", YName: "share of the variance", Mark: noMark, Log: true, Names: []string{"power"}, X: c.Frequency, Y: [][]float64{c.Power}})
	}
	var out []report.Section
	for _, s := range []report.Section{planes, returns, densities, spectra} {
		if len(s.Plots) > 0 {
			out = append(out, s)
		}
	}
	return out
}
