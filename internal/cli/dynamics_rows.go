package cli

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// measured are rows at equal steps: of a recording, or of an orbit of a law, sampled as
// often as its simulation would be.
func (d *dynamic) measured() (*rows, error) {
	if d.series != nil {
		dt, err := regular(d.series)
		return &rows{d.series.X, d.series.Names, dt}, err
	}
	if d.flags.dynamics.points == 0 {
		d.flags.dynamics.points = 10_000
	}
	x, width, err := d.settled()
	if err != nil {
		return nil, err
	}
	return &rows{x, d.flow.Frame.States[:width], d.sampled}, nil
}

// embedding chooses lag and dimension for one column.
func (d *dynamic) embedding() (*dynamicResult, error) {
	of, err := d.measured()
	if err != nil {
		return nil, err
	}
	k, err := d.column()
	if err != nil {
		return nil, err
	}
	v := of.column(k)
	e, err := chaos.ChooseEmbedding(v)
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: e, Head: []string{"column", "lag in rows", "lag in time", "dimension"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "number", "information", "false_neighbours", "e1", "e2")
		at := func(v []float64, i int) float64 {
			if i >= 0 && i < len(v) {
				return v[i]
			}
			return noMark
		}
		for i := range max(len(e.Information), len(e.False)) {
			t.row(float64(i+1), at(e.Information, i), at(e.False, i), at(e.E1, i), at(e.E2, i))
		}
		return t.end()
	}
	if e.Status != chaos.OK {
		f.Failed = e.Reason
		return f, nil
	}
	f.Rows = append(f.Rows, []string{of.names[k], fmt.Sprint(e.Lag), words.Short(float64(e.Lag) * of.dt), fmt.Sprint(e.Dimension)})
	how := "the first minimum of the mutual information"
	if !e.FirstFall {
		how = "the memory, since the mutual information has no minimum"
	}
	f.Words = append(f.Words, fmt.Sprintf("The lag is %s; the dimension is the smallest in which less than one neighbour of a hundred is false (here %.2g %%).", how, 100*e.False[e.Dimension-1]))
	information := &report.Curves{Title: "Mutual information", XName: "lag in rows", YName: "nats", Mark: float64(e.Lag), MarkLabel: "lag", Names: []string{"information"}, Y: [][]float64{e.Information}}
	for i := range e.Information {
		information.X = append(information.X, float64(i+1))
	}
	falses := &report.Curves{Title: "False neighbours", XName: "dimension", YName: "share", Mark: float64(e.Dimension), MarkLabel: "enough", Points: true, Names: []string{"false"}, Y: [][]float64{e.False}}
	for i := range e.False {
		falses.X = append(falses.X, float64(i+1))
	}
	plane := &report.Scatter{Title: "Delayed", XName: of.names[k], YName: fmt.Sprintf("%s, %s later", of.names[k], words.Several(e.Lag, "row")), Sets: []report.Set{{Name: "rows", X: v[:len(v)-e.Lag], Y: v[e.Lag:]}}}
	f.Sections = []report.Section{{Title: "Embedding", Plots: []report.Plot{information, falses, plane}}}
	return f, nil
}

// divergence is how fast neighbours part.
func (d *dynamic) divergence() (*dynamicResult, error) {
	of, err := d.measured()
	if err != nil {
		return nil, err
	}
	v, err := chaos.NeighbourDivergence(of.x, len(of.names), of.dt)
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: v, Head: []string{"", "leading exponent", "±", "from", "to"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "time", "rosenstein", "kantz")
		for i, at := range v.Time {
			t.row(at, v.Rosenstein[i], v.Kantz[i])
		}
		return t.end()
	}
	if len(v.Time) > 0 {
		f.Sections = []report.Section{{Title: "How neighbours part", Hint: "An exponent is the slope of a straight stretch.", Wide: true, Plots: []report.Plot{&report.Curves{
			Title: "Logarithm of the distance", XName: "time", YName: "nats", Mark: noMark, Names: []string{"Rosenstein", "Kantz"}, X: v.Time, Y: [][]float64{v.Rosenstein, v.Kantz}}}}}
	}
	if v.Status != chaos.OK {
		f.Failed = v.Reason
		return f, nil
	}
	for _, s := range []struct {
		name string
		of   chaos.Slope
	}{{"Rosenstein", v.RosensteinSlope}, {"Kantz", v.KantzSlope}} {
		row := []string{s.name, "cannot be known", "", "", ""}
		if !math.IsNaN(s.of.Value) {
			row = []string{s.name, words.Short(s.of.Value), fmt.Sprintf("%.2g", s.of.Error), words.Short(s.of.From), words.Short(s.of.To)}
		}
		f.Rows = append(f.Rows, row)
	}
	f.Words = append(f.Words, fmt.Sprintf("Slopes of the straightest stretch of each curve; neighbours are more than %s apart. Distances of a finite size grow at other rates than small errors do: lyapunov estimates exponents from maps, which is better where it works.", words.Several(v.Theiler, "row")))
	return f, nil
}

// regularity is what kind of motion a column is of.
func (d *dynamic) regularity() (*dynamicResult, error) {
	of, err := d.measured()
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Head: []string{"", "0–1 test", "permutation entropy", "surrogates as predictable", "chance of noise", "chance by asymmetry"}}
	var all []*chaos.Regularity
	for k, name := range of.names {
		if d.flags.dynamics.column != "" && d.flags.dynamics.column != name {
			continue
		}
		r, err := chaos.AssessRegularity(of.column(k), d.flags.seed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if r.Status != chaos.OK {
			f.Failed = r.Reason
			f.Value, f.Table = r, func(w io.Writer) error { return newCSV(w, "column").end() }
			return f, nil
		}
		all = append(all, r)
		f.Rows = append(f.Rows, []string{name, fmt.Sprintf("%.3f", r.ZeroOne), fmt.Sprintf("%.3f", r.Entropy), fmt.Sprintf("%d of %d", r.Better, r.Surrogates), fmt.Sprintf("%.3g", r.Chance), fmt.Sprintf("%.3g", r.AsymmetryChance)})
		f.Words = append(f.Words, name+": "+regularityWords(r))
		if r.Reason != "" {
			f.Warnings = append(f.Warnings, name+": "+r.Reason)
		}
	}
	if len(all) == 0 {
		_, err := d.column()
		return nil, err
	}
	f.Value = all
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "column", "zero_one", "permutation_entropy", "better", "chance", "asymmetry_chance")
		for k, r := range all {
			t.row(float64(k+1), r.ZeroOne, r.Entropy, float64(r.Better), r.Chance, r.AsymmetryChance)
		}
		return t.end()
	}
	return f, nil
}

// regularityWords says what the tests mean together.
func regularityWords(r *chaos.Regularity) string {
	noise := min(r.Chance, r.AsymmetryChance)
	switch {
	case r.ZeroOne < 0.2:
		return "regular: periodic or quasi-periodic (the 0–1 test is near 0)."
	case r.ZeroOne < 0.7:
		return "undecided: the 0–1 test is between regular and irregular; a longer record tells more."
	case noise <= 0.05:
		return fmt.Sprintf("irregular, and not noise of its spectrum: that would look like this with a chance of %.3g at most.", noise)
	}
	return "irregular, and noise of its spectrum looks the same: nothing here says that it is chaos."
}

// recurrence is the recurrence plot and its measures.
func (d *dynamic) recurrence() (*dynamicResult, error) {
	of, err := d.measured()
	if err != nil {
		return nil, err
	}
	r, err := chaos.RecurrencePlot(of.x, len(of.names), of.dt)
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: r, Head: []string{"rate", "determinism", "mean line", "longest line", "entropy", "laminarity", "trapping time"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "i", "j")
		for k, i := range r.I {
			t.row(float64(i*r.Stride), float64(r.J[k]*r.Stride))
		}
		return t.end()
	}
	if r.Status != chaos.OK {
		f.Failed = r.Reason
		return f, nil
	}
	f.Rows = [][]string{{words.Short(r.Rate), words.Short(r.Determinism), words.Short(r.MeanLine), words.Short(r.LongestLine), words.Short(r.Entropy), words.Short(r.Laminarity), words.Short(r.Trapping)}}
	f.Words = append(f.Words, fmt.Sprintf("Of %s, every %s; rows are near within %s deviations, and pairs less than %d of them apart do not count.", words.Several(r.Rows, "row"), ordinal(r.Stride), words.Short(r.Radius), r.Theiler))
	plot := &report.Scatter{Title: "Recurrence plot", XName: "time", YName: "time"}
	set := report.Set{Name: "near", Size: 1.5}
	for k, i := range r.I {
		a, b := float64(i*r.Stride)*of.dt, float64(r.J[k]*r.Stride)*of.dt
		set.X, set.Y = append(set.X, a, b), append(set.Y, b, a)
	}
	plot.Sets = []report.Set{set}
	f.Sections = []report.Section{{Title: "Recurrences", Plots: []report.Plot{plot}, Wide: true}}
	return f, nil
}

func ordinal(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprintf("%d-th", n)
}

// jacobian estimates Jacobians from rows, and compares them with a law.
func (d *dynamic) jacobian() (*dynamicResult, error) {
	law, err := d.law()
	if err != nil {
		return nil, err
	}
	// A Jacobian is read from one row to the next, which must be near in time.
	d.finer = 5
	of, err := d.measured()
	if err != nil {
		return nil, err
	}
	j, err := chaos.LocalJacobians(of.x, len(of.names), of.dt, chaos.LocalOptions{Theiler: d.flags.dynamics.theiler}, law)
	if err != nil {
		return nil, err
	}
	n := len(of.names)
	f := &dynamicResult{Value: j, Head: []string{"direction", "spread of neighbours", "noise", "doubt", "known"}}
	f.Table = func(w io.Writer) error {
		head := slices.Clone(of.names)
		for _, a := range of.names {
			for _, b := range of.names {
				head = append(head, "d"+a+"/d"+b)
			}
		}
		t := newCSV(w, append(head, "error")...)
		for p := range j.Places {
			e := noMark
			if p < len(j.Error) {
				e = j.Error[p]
			}
			t.row(append(append(slices.Clone(j.X[p*n:(p+1)*n]), j.J[p*n*n:(p+1)*n*n]...), e)...)
		}
		return t.end()
	}
	if j.Status != chaos.OK {
		f.Failed = j.Reason
		return f, nil
	}
	for k, v := range j.Spread {
		f.Rows = append(f.Rows, []string{fmt.Sprint(k + 1), words.Short(v), words.Short(j.Noise), words.Short(j.Doubt[k]), map[bool]string{true: "yes", false: "no"}[k < j.Known]})
	}
	f.Words = append(f.Words, fmt.Sprintf("From maps of order %d of %d neighbours at %d places, in deviations. Doubt is by how much the Jacobian changes along a direction, relative to its size, with maps of another order. Where neighbours spread less than three times the noise, or the doubt is a fifth or more, it cannot be known: along %d of %d directions it can.", j.Order, j.Neighbours, j.Places, j.Known, n))
	if law != nil {
		said := fmt.Sprintf("Against the law the median relative error (Frobenius) is %s, its decimal logarithm %.2f; along known directions %s", words.Short(j.Median), math.Log10(j.Median), words.Short(j.Tangent))
		if !math.IsNaN(j.Transverse) {
			said += ", across them " + words.Short(j.Transverse)
		}
		f.Words = append(f.Words, said+".")
	}
	return f, nil
}

// law is the one that --against names, of a law itself it is that.
func (d *dynamic) law() (*model.Flow, error) {
	if d.flow != nil {
		return d.flow, nil
	}
	if d.flags.dynamics.against == "" {
		return nil, nil
	}
	s, err := field.Systems.Lookup(d.flags.dynamics.against)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(s.States, d.series.Names) {
		return nil, fmt.Errorf("--against %s has the states %v, the recording the columns %v; they must be the same in the same order", s.Name, s.States, d.series.Names)
	}
	return model.OfSystem(s)
}

// lyapunovOfRows are exponents from a recording alone.
func (d *dynamic) lyapunovOfRows() (*dynamicResult, error) {
	r := d.series
	dt, err := regular(r)
	if err != nil {
		return nil, err
	}
	s, err := chaos.LocalLyapunov(r.X, len(r.Names), dt, chaos.LocalOptions{Count: d.flags.dynamics.count, Theiler: d.flags.dynamics.theiler})
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: s, Head: []string{"", "exponent", "±"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, "number", "exponent", "error", "supported")
		for i, v := range s.Exponents {
			t.row(float64(i+1), v, s.Errors[i], map[bool]float64{true: 1}[i < s.Supported])
		}
		return t.end()
	}
	for i, v := range s.Exponents {
		row := []string{fmt.Sprintf("λ%d", i+1), "cannot be known", ""}
		if i < s.Supported {
			row = []string{row[0], words.Short(v), fmt.Sprintf("%.2g", s.Errors[i])}
		}
		f.Rows = append(f.Rows, row)
	}
	if s.Status != chaos.OK {
		f.Failed = s.Reason
		return f, nil
	}
	f.Words = append(f.Words, fmt.Sprintf("From maps of order %d of %s, %s ahead; neighbours are more than %s apart in time.", s.Order, words.Several(s.Neighbours, "neighbour"), words.Several(s.Ahead, "row"), words.Several(s.Theiler, "row")))
	if s.Reason != "" {
		f.Words = append(f.Words, "Of these "+s.Reason+".")
	}
	return f, nil
}

// regular is the time between rows, which must be equal but for rounding.
func regular(s *data.Series) (float64, error) {
	if s.Len() < 2 {
		return 0, fmt.Errorf("the recording has %s", words.Several(s.Len(), "row"))
	}
	dt := (s.T[s.Len()-1] - s.T[0]) / float64(s.Len()-1)
	for i := 1; i < s.Len(); i++ {
		if math.Abs(s.T[i]-s.T[i-1]-dt) > 0.01*dt {
			return 0, fmt.Errorf("rows are %g apart on average, but %g between times %g and %g; exponents from rows need equal steps, so resample first", dt, s.T[i]-s.T[i-1], s.T[i-1], s.T[i])
		}
	}
	return dt, nil
}
