package cli

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// profiled is a panel with profile likelihoods.
type profiled struct {
	*panel
	Parameters []string       `json:"parameters"` // the order of others
	Profiles   []shownProfile `json:"profiles"`
	Determined []string       `json:"determined"`
	Converged  bool           `json:"converged"`
	Why        string         `json:"why"`
}

// shownProfile is train.Profile in the form of the JSON file.
type shownProfile struct {
	Name   string       `json:"name"`
	Value  *float64     `json:"value"`
	SD     *float64     `json:"sd"`
	Lo     *float64     `json:"lo"`
	Hi     *float64     `json:"hi"`
	Note   string       `json:"note"`
	Low    string       `json:"low"`  // how the lower side ended: crossed, open or broken
	High   string       `json:"high"` // and the upper
	At     []*float64   `json:"at"`
	Worse  []*float64   `json:"worse"` // −2 log likelihood above its minimum
	Others [][]*float64 `json:"others"`
}

// profiles draws profile likelihoods and says what is determined.
func (n *analysis) profiles() error {
	if n.subject.model == nil {
		return fmt.Errorf("profile is about a fitted model; give the folder of a run")
	}
	set, err := n.subject.problem.Profiles(n.subject.model, n.flags.along, nil)
	if err != nil {
		return err
	}
	out := &profiled{panel: n.panels[0], Parameters: set.Names, Determined: append([]string{}, set.Determined...),
		Converged: set.Convergence.Converged, Why: set.Convergence.Why}
	var rows [][]string
	section := report.Section{Title: "Profiles", Hint: "By how much −2 log likelihood is larger than at the minimum, all other unknowns fitted anew: 1 is worth one standard deviation, 4 two. A curve that stays low on a side says that the data set no limit there."}
	for _, p := range set.List {
		sd, e := words.Measured(p.Value, p.SD)
		if e != "" {
			sd += " ± " + e
		}
		out.Profiles = append(out.Profiles, newShownProfile(&p))
		rows = append(rows, []string{p.Name, sd, limits(p.Lo, p.Hi), p.Low, p.High, p.Note})
		section.Plots = append(section.Plots, profileCurve(&p))
	}
	few := n.subject.oneOfMany() // whichever a profile begins at, it is taken to the minimum first
	n.subject.warnings = slices.DeleteFunc(n.subject.warnings, func(w string) bool { return w == few })
	page := n.page("Profile likelihoods", []string{"name", "value", "95 %", "below", "above", "note"}, rows)
	page.Hint = "95 %: where the curve is as much worse as two standard deviations. Below and above: how the curve ends on that side, crossed (as much worse as three standard deviations), open (as far as was looked nothing fits noticeably worse) or broken (the fits failed)."
	page.Warnings = append(page.Warnings, set.Determined...)
	if !set.Convergence.Converged {
		page.Warnings = append(page.Warnings, set.Convergence.Why)
	}
	page.Sections = []report.Section{section}
	return n.finish(result{Panels: []*profiled{out}}, page, func(w io.Writer) error { return profileCSV(w, set) })
}

// limits writes an interval of which sides may be unknown.
func limits(lo, hi float64) string {
	switch {
	case math.IsNaN(lo) && math.IsNaN(hi):
		return "–"
	case math.IsNaN(lo):
		return "up to " + words.Short(hi)
	case math.IsNaN(hi):
		return "from " + words.Short(lo)
	}
	return words.Short(lo) + " to " + words.Short(hi)
}

// profileCurve is the chart of a profile with the levels of one and two standard
// deviations.
func profileCurve(p *train.Profile) *report.Curves {
	level := func(v float64) []float64 {
		out := make([]float64, len(p.At))
		for i := range out {
			out[i] = v
		}
		return out
	}
	return &report.Curves{Title: "Along " + p.Name, XName: p.Name, YName: "−2 log likelihood above its minimum", X: p.At,
		Names: []string{"profile", "one standard deviation", "two"}, Y: [][]float64{p.Worse, level(1), level(4)}, Mark: p.Value, MarkLabel: "estimate"}
}

func newShownProfile(p *train.Profile) shownProfile {
	out := shownProfile{Name: p.Name, Value: num.OrNull(p.Value), SD: num.OrNull(p.SD), Lo: num.OrNull(p.Lo), Hi: num.OrNull(p.Hi), Note: p.Note, Low: p.Low, High: p.High}
	for i, v := range p.At {
		out.At, out.Worse = append(out.At, num.OrNull(v)), append(out.Worse, num.OrNull(p.Worse[i]))
		var others []*float64
		for _, o := range p.Others[i] {
			others = append(others, num.OrNull(o))
		}
		out.Others = append(out.Others, others)
	}
	return out
}

func profileCSV(w io.Writer, set *train.Profiles) error {
	t := newCSV(w, append([]string{"profile", "value", "worse"}, set.Names...)...)
	for i, p := range set.List {
		for k, v := range p.At {
			t.row(append([]float64{float64(i + 1), v, p.Worse[k]}, p.Others[k]...)...)
		}
	}
	return t.end()
}
