package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
)

// flowOnly refuses a recording.
func (d *dynamic) flowOnly(what string) error {
	if d.flow == nil {
		return fmt.Errorf("%s need a law: a known system, equations or a trained model; fit the recording first", what)
	}
	return nil
}

// column is the state that --column names; the first without it.
func (d *dynamic) column() (int, error) {
	name := d.flags.dynamics.column
	if name == "" {
		return 0, nil
	}
	names := d.stateNames()
	if k := slices.Index(names, name); k >= 0 {
		return k, nil
	}
	return 0, &registry.UnknownError{Kind: "state", Name: name, Known: names}
}

func (d *dynamic) stateNames() []string {
	if d.flow != nil {
		return d.flow.Frame.States
	}
	return d.series.Names
}

// complexText is a complex number for people.
func complexText(c chaos.Complex) string {
	switch {
	case c.Im == 0:
		return words.Short(c.Re)
	case c.Im < 0:
		return words.Short(c.Re) + " − " + words.Short(-c.Im) + "i"
	}
	return words.Short(c.Re) + " + " + words.Short(c.Im) + "i"
}

// eigenvalues are those for people, parts that are rounding beside the largest being zero.
func eigenvalues(all []chaos.Complex) string {
	largest := 0.0
	for _, c := range all {
		largest = max(largest, c.Size())
	}
	return joinedText(all, func(c chaos.Complex) string {
		return complexText(chaos.Complex{Re: num.Undusted(c.Re, largest), Im: num.Undusted(c.Im, largest)})
	})
}

// largestOf is the largest size in column c of rows of d.
func largestOf(rows []float64, c, d int) float64 {
	largest := 0.0
	for ; c < len(rows); c += d {
		largest = max(largest, math.Abs(rows[c]))
	}
	return largest
}

func joinedText[T any](v []T, text func(T) string) string {
	var out []string
	for _, x := range v {
		out = append(out, text(x))
	}
	return strings.Join(out, ", ")
}

// searchStarts are states of an orbit and others in a box three times as wide.
const searchStarts = 256

// equilibria are the states at rest around an orbit.
func (d *dynamic) equilibria() (*dynamicResult, error) {
	if err := d.flowOnly("equilibria"); err != nil {
		return nil, err
	}
	starts, err := d.starts()
	if err != nil {
		return nil, err
	}
	all, err := chaos.Equilibria(d.flow, starts)
	everywhere := errors.Is(err, chaos.ErrEveryStateRests)
	if err != nil && !everywhere {
		return nil, err
	}
	names := d.stateNames()
	f := &dynamicResult{Value: struct {
		States     []string            `json:"states"`
		Everywhere bool                `json:"every_state_rests"`
		Equilibria []chaos.Equilibrium `json:"equilibria"`
	}{names, everywhere, append([]chaos.Equilibrium{}, all...)}, Head: append(slices.Clone(names), "kind", "eigenvalues", "where")}
	plane := &report.Scatter{Title: "Eigenvalues", XName: "real part", YName: "imaginary part"}
	for k, e := range all {
		where := map[bool]string{true: "outside the orbit's box", false: "inside"}[e.Outside]
		var row []string
		for c, v := range e.X {
			row = append(row, words.Short(num.Undusted(v, largestOf(starts, c, len(e.X)))))
		}
		f.Rows = append(f.Rows, append(row, e.Kind, eigenvalues(e.Eigenvalues), where))
		set := report.Set{Name: fmt.Sprintf("%d: %s", k+1, e.Kind), Size: 6}
		for _, v := range e.Eigenvalues {
			set.X, set.Y = append(set.X, v.Re), append(set.Y, v.Im)
		}
		plane.Sets = append(plane.Sets, set)
	}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, append(slices.Clone(names), "stable", "unstable_directions", "largest_re", "largest_im")...)
		for _, e := range all {
			stable := 0.0
			if e.Stable {
				stable = 1
			}
			t.row(append(slices.Clone(e.X), stable, float64(e.Unstable), e.Eigenvalues[0].Re, e.Eigenvalues[0].Im)...)
		}
		return t.end()
	}
	if everywhere {
		f.Words = append(f.Words, words.Sentence(err.Error())+".")
		return f, nil
	}
	f.Words = append(f.Words, fmt.Sprintf("%s from %d starts in and around the box of an orbit; there may be others.", map[bool]string{true: "1 state", false: fmt.Sprintf("%d states", len(all))}[len(all) == 1]+" at rest", len(starts)/len(names)))
	if len(all) > 0 {
		f.Sections = []report.Section{{Title: "Eigenvalues", Hint: "To the left of zero errors decay; of a map, inside the unit circle.", Plots: []report.Plot{plane}, Wide: true}}
	}
	return f, nil
}

// starts are states of an orbit, and others scattered over its box and as far again on
// every side. Where there is no orbit to follow they scatter around the start.
func (d *dynamic) starts() ([]float64, error) {
	n := d.flow.Dim()
	d.flags.dynamics.points = searchStarts
	x, _, err := d.cloud()
	if err != nil {
		for _, v := range d.flow.Start {
			x = append(x, v-1-math.Abs(v))
		}
		for _, v := range d.flow.Start {
			x = append(x, v+1+math.Abs(v))
		}
	}
	lo, hi := slices.Clone(x[:n]), slices.Clone(x[:n])
	for i, v := range x {
		lo[i%n], hi[i%n] = min(lo[i%n], v), max(hi[i%n], v)
	}
	r := num.Stream(d.flags.seed, "starts")
	for range searchStarts {
		for k := range n {
			width := max(hi[k]-lo[k], 1e-3*(1+math.Abs(hi[k])))
			x = append(x, lo[k]+width*(3*r.Float64()-1))
		}
	}
	return append(x, make([]float64, n)...), nil
}

// orbits are periodic orbits near a long one.
func (d *dynamic) orbits() (*dynamicResult, error) {
	if err := d.flowOnly("periodic orbits"); err != nil {
		return nil, err
	}
	all, err := chaos.Cycles(d.flow, chaos.CycleOptions{Longest: d.flags.dynamics.longest})
	if err != nil {
		return nil, err
	}
	names := d.stateNames()
	f := &dynamicResult{Value: struct {
		States []string      `json:"states"`
		Orbits []chaos.Cycle `json:"orbits"`
	}{names, all}, Head: []string{"", "period", "stable", "growing directions", "multipliers", "exponent"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, append([]string{"orbit", "period"}, names...)...)
		for k, c := range all {
			for i := 0; i < len(c.Path); i += len(names) {
				t.row(append([]float64{float64(k + 1), c.Period}, c.Path[i:i+len(names)]...)...)
			}
		}
		return t.end()
	}
	plot := &report.Scatter{Title: "Shortest orbits", XName: names[0], YName: names[min(1, len(names)-1)]}
	for k, c := range all {
		f.Rows = append(f.Rows, []string{fmt.Sprint(k + 1), fmt.Sprintf("%.10g", c.Period), map[bool]string{true: "yes", false: "no"}[c.Stable], fmt.Sprint(c.Unstable), multipliers(c.Multipliers), orDash(c.Exponent)})
		if k < 6 {
			set := report.Set{Name: "period " + words.Short(c.Period), Line: !d.flow.IsMap(), Size: 6}
			for i := 0; i < len(c.Path); i += len(names) {
				set.X, set.Y = append(set.X, c.Path[i]), append(set.Y, c.Path[i+min(1, len(names)-1)])
			}
			if set.Line {
				set.X, set.Y = append(set.X, set.X[0]), append(set.Y, set.Y[0])
			}
			plot.Sets = append(plot.Sets, set)
		}
		if c.Trivial > 1e-3 {
			f.Warnings = append(f.Warnings, fmt.Sprintf("a check fails: the multiplier along orbit %d is off 1 by %.2g; take smaller tolerances", k+1, c.Trivial))
		}
	}
	if len(all) == 0 {
		f.Failed = "no periodic orbit was found near a long orbit; --longest looks for longer ones"
		return f, nil
	}
	f.Words = append(f.Words, "Found from near returns of a long orbit; there may be others. Multipliers are what becomes of errors once round, without the one of 1 along the orbit.")
	f.Sections = []report.Section{{Title: "Periodic orbits", Plots: []report.Plot{plot}, Wide: true}}
	return f, nil
}

// multipliers below what rounding leaves of the largest say only that.
func multipliers(all []chaos.Complex) string {
	return joinedText(all, func(c chaos.Complex) string {
		if c.Size() < 1e-11*max(1, all[0].Size()) {
			return "below 1e-11"
		}
		return complexText(c)
	})
}

// poincare is a section of an orbit or a recording.
func (d *dynamic) poincare() (*dynamicResult, error) {
	o := &d.flags.dynamics
	k, err := d.column()
	if err != nil {
		return nil, err
	}
	at := chaos.SectionOptions{Column: k, At: o.at, Down: o.down, Crossings: o.points, Transient: o.transient}
	var s *chaos.Section
	if d.flow != nil {
		s, err = chaos.PoincareSection(d.flow, at)
	} else {
		var dt float64
		if dt, err = regular(d.series); err == nil {
			s, err = chaos.SectionOfRows(d.series.X, len(d.series.Names), dt, at)
		}
	}
	if err != nil {
		return nil, err
	}
	names := d.stateNames()
	f := &dynamicResult{Value: s, Head: []string{"plane", "crossings", "mean return time", "deviation"}}
	f.Table = func(w io.Writer) error {
		t := newCSV(w, append([]string{"time"}, names...)...)
		for i, v := range s.T {
			t.row(append([]float64{v}, s.X[i*len(names):(i+1)*len(names)]...)...)
		}
		return t.end()
	}
	if len(s.T) < 3 {
		f.Failed = s.Reason
		return f, nil
	}
	if s.Status != chaos.OK {
		f.Warnings = append(f.Warnings, s.Reason)
	}
	way := map[bool]string{true: "falling", false: "rising"}[s.Down]
	f.Rows = append(f.Rows, []string{fmt.Sprintf("%s = %s, %s", names[k], words.Short(s.At), way), fmt.Sprint(len(s.T)), words.Short(s.Return), words.Short(s.ReturnSpread)})
	f.Sections = d.sectionPlots(s, names)
	return f, nil
}

func (d *dynamic) sectionPlots(s *chaos.Section, names []string) []report.Section {
	of := rows{x: s.X, names: names}
	section := report.Section{Title: "Section and return map"}
	var others []int
	for i := range names {
		if i != s.Column {
			others = append(others, i)
		}
	}
	if len(others) > 1 {
		section.Plots = append(section.Plots, &report.Scatter{Title: "section", XName: names[others[0]], YName: names[others[1]],
			Sets: []report.Set{{Name: "crossings", X: of.column(others[0]), Y: of.column(others[1]), Size: 4}}})
	}
	for _, i := range others[:min(2, len(others))] {
		v := of.column(i)
		section.Plots = append(section.Plots, &report.Scatter{Title: names[i] + " at one crossing and the next", XName: names[i], YName: "next " + names[i],
			Sets: []report.Set{{Name: "returns", X: v[:len(v)-1], Y: v[1:], Size: 4}}})
	}
	if len(section.Plots) == 0 {
		return nil
	}
	return []report.Section{section}
}
