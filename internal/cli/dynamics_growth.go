package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// bifurcation follows the attractor over a parameter.
func (d *dynamic) bifurcation() (*dynamicResult, error) {
	if err := d.flowOnly("bifurcations"); err != nil {
		return nil, err
	}
	name, values, err := alongRange(d.flags.along)
	if err != nil {
		return nil, err
	}
	if d.with == nil {
		return nil, fmt.Errorf("the parameters of a trained model are fixed; give its equations as a YAML file")
	}
	k, err := d.column()
	if err != nil {
		return nil, err
	}
	o := &d.flags.dynamics
	points, err := chaos.Bifurcation(d.ctx, values, func(v float64) (*model.Flow, error) { return d.with(name, v) },
		chaos.BifurcationOptions{Column: k, Points: o.points, Transient: o.transient, Count: o.count, Error: o.accuracy})
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: struct {
		Along  string                   `json:"along"`
		Column string                   `json:"column"`
		Points []chaos.BifurcationPoint `json:"points"`
	}{name, d.stateNames()[k], points}, Head: []string{name, "to", "motion", "branches", "λ₁"}}
	f.Table = func(w io.Writer) error { return bifurcationTable(w, name, d.stateNames()[k], points) }
	f.Rows = motions(points)
	failed := 0
	for _, p := range points {
		if p.Status == chaos.Diverged {
			failed++
		}
	}
	if failed == len(points) {
		f.Failed = points[0].Reason
		return f, nil
	}
	f.Words = append(f.Words, fmt.Sprintf("%d values of %s; each begins where the one before ended, so another attractor may exist beside the one that is followed.", len(points), name))
	f.Sections = []report.Section{bifurcationSection(name, d.stateNames()[k], d.flow.IsMap(), points)}
	return f, nil
}

// alongRange reads name=from:to:step.
func alongRange(text string) (name string, values []float64, err error) {
	name, rest, ok := strings.Cut(text, "=")
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 {
		return "", nil, fmt.Errorf("bifurcation goes along a parameter: --along rho=0:200:0.5 (from, to, step)")
	}
	var v [3]float64
	for i, p := range parts {
		if v[i], err = oneNumber(p); err != nil {
			return "", nil, fmt.Errorf("--along %s: %w", budget.Cut(text), err)
		}
	}
	n := math.Floor((v[1]-v[0])/v[2]*(1+1e-12)+1e-9) + 1
	if !(n >= 1 && n <= 20_000) {
		return "", nil, fmt.Errorf("--along %s: from, to and step give %g values; 1 to 20 000 are possible", text, n)
	}
	for i := range int(n) {
		values = append(values, v[0]+float64(i)*v[2])
	}
	return name, values, nil
}

// motions are the stretches of one kind of motion.
func motions(points []chaos.BifurcationPoint) [][]string {
	var out [][]string
	for i := 0; i < len(points); {
		j := i
		for j+1 < len(points) && points[j+1].Motion == points[i].Motion && points[j+1].Branches == points[i].Branches {
			j++
		}
		branches, exponent := "many", "–"
		if b := points[i].Branches; b > 0 {
			branches = fmt.Sprint(b)
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, p := range points[i : j+1] {
			if len(p.Exponents) > 0 {
				lo, hi = min(lo, p.Exponents[0]), max(hi, p.Exponents[0])
			}
		}
		switch {
		case hi == lo:
			exponent = words.Short(lo)
		case hi > lo:
			exponent = words.Short(lo) + " … " + words.Short(hi)
		}
		out = append(out, []string{words.Short(points[i].Value), words.Short(points[j].Value), points[i].Motion, branches, exponent})
		i = j + 1
	}
	if len(out) > 60 {
		out = append(out[:60], []string{"…", "", "", "", ""})
	}
	return out
}

func bifurcationTable(w io.Writer, name, column string, points []chaos.BifurcationPoint) error {
	most := 0
	for _, p := range points {
		most = max(most, len(p.Exponents))
	}
	head := []string{name, column}
	for j := range most {
		head = append(head, fmt.Sprintf("exponent%d", j+1), fmt.Sprintf("error%d", j+1))
	}
	t := newCSV(w, head...)
	for _, p := range points {
		for i, v := range p.Points {
			row := []float64{p.Value, v}
			for j := range p.Exponents {
				if i > 0 {
					break
				}
				row = append(row, p.Exponents[j], p.Errors[j])
			}
			for len(row) < len(head) {
				row = append(row, noMark)
			}
			t.row(row...)
		}
	}
	return t.end()
}

func bifurcationSection(name, column string, isMap bool, points []chaos.BifurcationPoint) report.Section {
	what := "maxima of " + column
	if isMap {
		what = column
	}
	diagram := &report.Scatter{Title: "Bifurcation diagram", XName: name, YName: what}
	set := report.Set{Name: what}
	spectrum := &report.Curves{Title: "Exponents", XName: name, YName: "exponent", Mark: noMark}
	count := 0
	for _, p := range points {
		for _, v := range p.Points {
			set.X, set.Y = append(set.X, p.Value), append(set.Y, v)
		}
		spectrum.X = append(spectrum.X, p.Value)
		count = max(count, len(p.Exponents))
	}
	diagram.Sets = []report.Set{set}
	for j := range count {
		y := make([]float64, len(points))
		for i, p := range points {
			if y[i] = noMark; j < len(p.Exponents) {
				y[i] = p.Exponents[j]
			}
		}
		spectrum.Names, spectrum.Y = append(spectrum.Names, fmt.Sprintf("λ%d", j+1)), append(spectrum.Y, y)
	}
	s := report.Section{Title: "Over " + name, Plots: []report.Plot{diagram}, Wide: true}
	if count > 0 && len(points) > 1 {
		s.Plots = append(s.Plots, spectrum)
	}
	return s
}

// growth is how errors grow over a time, place by place.
func (d *dynamic) growth() (*dynamicResult, error) {
	if err := d.flowOnly("rates of growth"); err != nil {
		return nil, err
	}
	o := &d.flags.dynamics
	g, err := chaos.LocalGrowth(d.flow, chaos.GrowthOptions{Horizon: o.horizon, Places: o.points, Transient: o.transient})
	if err != nil {
		return nil, err
	}
	n, names := d.flow.Dim(), d.stateNames()
	f := &dynamicResult{Value: g, Head: []string{"", "mean rate", "±", "lower quartile", "upper quartile"}}
	for j := range n {
		row := append([]string{fmt.Sprintf("rate %d", j+1)}, rateText(g.Mean[j], g.Error[j])...)
		f.Rows = append(f.Rows, append(row, words.Short(g.Lower[j]), words.Short(g.Upper[j])))
	}
	f.Words = append(f.Words, fmt.Sprintf("Over a time of %s from %d places, in units of the model; the first is positive at %.0f %% of them. Means tend to the Lyapunov exponents as the time grows (--horizon).", words.Short(g.Horizon), len(g.X)/n, 100*g.Growing))
	f.Table = func(w io.Writer) error {
		head := slices.Clone(names)
		for j := range n {
			head = append(head, fmt.Sprintf("rate%d", j+1))
		}
		t := newCSV(w, head...)
		for i := 0; i < len(g.X); i += n {
			t.row(append(slices.Clone(g.X[i:i+n]), g.Rates[i:i+n]...)...)
		}
		return t.end()
	}
	first := rows{x: g.Rates, names: names}
	values := slices.Sorted(slices.Values(first.column(0)))
	share := make([]float64, len(values))
	for i := range share {
		share[i] = (float64(i) + 0.5) / float64(len(values))
	}
	f.Sections = []report.Section{{Title: "Distribution of the first rate", Plots: []report.Plot{&report.Curves{Title: "Share of places below", XName: "rate " + d.perTime(), YName: "share", Mark: noMark, Names: []string{"share"}, X: values, Y: [][]float64{share}}}, Wide: true}}
	return f, nil
}

// covariant are the covariant vectors along an orbit.
func (d *dynamic) covariant() (*dynamicResult, error) {
	if err := d.flowOnly("covariant vectors"); err != nil {
		return nil, err
	}
	o := &d.flags.dynamics
	c, err := chaos.CovariantVectors(d.flow, chaos.CovariantOptions{Places: o.points, Interval: o.interval})
	if err != nil {
		return nil, err
	}
	n, names := d.flow.Dim(), d.stateNames()
	f := &dynamicResult{Value: c, Head: []string{"", "mean growth"}}
	for j, v := range c.Growth {
		f.Rows = append(f.Rows, []string{fmt.Sprintf("vector %d", j+1), words.Short(v)})
	}
	if len(c.Angles) > 0 {
		lower, mid, _ := chaos.Quartiles(c.Angles)
		f.Words = append(f.Words, fmt.Sprintf("The first %s grow or stay, the others shrink; the least angle between them is %s° (lower quartile %s°, median %s°) over %s. An angle near zero somewhere means that the system is not hyperbolic there: small errors of the law may matter more than elsewhere.",
			words.Several(c.Split, "vector"), words.Short(slices.Min(c.Angles)), words.Short(lower), words.Short(mid), words.Several(c.Places, "place")))
		sorted := slices.Sorted(slices.Values(c.Angles))
		share := make([]float64, len(sorted))
		for i := range share {
			share[i] = (float64(i) + 0.5) / float64(len(sorted))
		}
		f.Sections = []report.Section{{Title: "Angles", Plots: []report.Plot{&report.Curves{Title: "Share of places below", XName: "angle in degrees", YName: "share", Mark: noMark, Names: []string{"share"}, X: sorted, Y: [][]float64{share}}}, Wide: true}}
	}
	f.Table = func(w io.Writer) error {
		head := slices.Clone(names)
		for j := range n {
			for _, name := range names {
				head = append(head, fmt.Sprintf("v%d_%s", j+1, name))
			}
		}
		t := newCSV(w, append(head, "angle")...)
		for i := range c.Places {
			angle := noMark
			if i < len(c.Angles) {
				angle = c.Angles[i]
			}
			t.row(append(append(slices.Clone(c.X[i*n:(i+1)*n]), c.V[i*n*n:(i+1)*n*n]...), angle)...)
		}
		return t.end()
	}
	return f, nil
}

// conditional are the exponents of a coupled copy.
func (d *dynamic) conditional() (*dynamicResult, error) {
	if err := d.flowOnly("conditional exponents"); err != nil {
		return nil, err
	}
	names := d.stateNames()
	gains, err := gainsOf(d.flags.dynamics.gain, names)
	if err != nil {
		return nil, err
	}
	o := &d.flags.dynamics
	s, err := chaos.ConditionalSpectrum(d.ctx, d.flow, gains, chaos.SpectrumOptions{Count: o.count, Interval: o.interval, Transient: o.transient, Span: o.span, Error: o.accuracy})
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: struct {
		*chaos.Spectrum
		Gains []float64 `json:"gains"`
	}{s, gains}, Head: []string{"", "exponent", "±"}}
	f.exponents(s)
	if len(s.Exponents) == 0 {
		f.Failed = s.Reason
		return f, nil
	}
	switch first, se := s.Exponents[0], s.Errors[0]; {
	case first < -3*se:
		f.Words = append(f.Words, "A copy coupled like this follows: differences decay.")
	case first > 3*se:
		f.Words = append(f.Words, "A copy coupled like this does not follow: differences grow.")
	default:
		f.Words = append(f.Words, "Whether a copy coupled like this follows cannot be told from these averages.")
	}
	return f, nil
}

// gainsOf reads "3" for all states, or "x:3,z:1" for some.
func gainsOf(text string, names []string) ([]float64, error) {
	gains := make([]float64, len(names))
	if text == "" {
		return nil, fmt.Errorf("give the coupling, --gain 3 for all states or --gain %s:3 for some", names[0])
	}
	if !strings.Contains(text, ":") {
		v, err := oneNumber(text)
		if err != nil {
			return nil, fmt.Errorf("--gain: %w; write one for all states, or %s:3 for some", err, names[0])
		}
		for i := range gains {
			gains[i] = v
		}
		return gains, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(part, ":")
		k := slices.Index(names, name)
		v, err := oneNumber(value)
		if !ok || k < 0 || err != nil {
			return nil, fmt.Errorf("--gain %s: write a number, or name:number for some of the states %s", text, strings.Join(names, ", "))
		}
		gains[k] = v
	}
	return gains, nil
}
