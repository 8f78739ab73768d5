package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// Codes of verdicts beside those about scores; scripts rely on them.
const (
	VerdictWild        = "free-run-wild"         // the free trajectory ends, or leaves the data far behind
	VerdictOneColumn   = "one-column-oscillates" // one autonomous equation for a column that turns back
	VerdictUndriven    = "driven-without-inputs" // a state looks like an input
	VerdictMemory      = "residual-memory"       // what is left of the rows remembers
	VerdictPeriod      = "residual-period"       // what is left of the rows is periodic
	VerdictWide        = "band-wide"             // the band says little about the next half of the record
	VerdictStiff       = "stiff"                 // solvers took steps too small to go on
	VerdictStep        = "tied-to-step"          // other trajectories with half the solver's step
	VerdictUnconverged = "not-converged"         // a limit ended the fit before its minimum
	VerdictJoined      = "input-joined"          // an input that holds its values is joined by straight lines
	VerdictPlain       = "no-law-found"          // what stands for a baseline forecasts better than all that was fitted
)

// Thresholds, set on simulated systems by the study of verdicts in internal/cli.
const (
	memoryLimit = 4 // of Signs.Memory
	// Equations are a claim: of those a smaller Memory counts where the rows lie farther off
	// than their noise.
	writtenLimit  = 3
	writtenExcess = 1.5
	memoryPart    = 0.02 // of Signs.Misfit; with less, memory is a matter of digits
	sharePart     = 0.3  // of Signs.Share
	widthLimit    = 0.3  // of Signs.Width
	asNoisy       = 1.3  // errors of forecasts, in what the fit leaves of the rows, that are no larger
	turnLimit     = 2    // of Signs.Turns
)

// judge adds to what the scores say of a fit what else a person must know before
// trusting it, gravest first.
func (p *Problem) judge(r *Result) {
	r.withdraw()
	s := p.signs(r)
	r.Signs = s
	if r.Assessment.unusable() == "" {
		p.judgeUsable(s, r)
	}
	if why := r.stiff(); why != "" {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictStiff, Text: why + " met steps too small to go on: the problem may be stiff, with rates of very different size; try solver=radau5, looser rtol= and atol=, or a shorter recording"})
	}
	p.judgeStopped(r)
	if r.Status == StatusStopped {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnconverged, Text: "the time limit ended the fit before it had converged; go on with --resume"})
	}
}

// withdraw takes back that no law was found where the simple one that was kept is clearly
// ahead of every baseline, and forecasts the held-out rows to the last: then it is a law.
func (r *Result) withdraw() {
	if c := r.Assessment.Compare(); c != nil && c.ahead() && r.Assessment.Held.Rolling.NRMSE < NoForecast {
		r.Verdicts = slices.DeleteFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictPlain })
	}
}

// judgeUsable is about models that are of some use.
func (p *Problem) judgeUsable(s *Signs, r *Result) {
	if s.Wild != "" {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictWild, Text: "the free trajectory " + s.Wild + "; do not use this model for forecasts"})
	}
	r.Verdicts = append(r.Verdicts, p.judgeSteps(r)...)
	if p.quantiles() { // rows lie to one side of it, and should
		return
	}
	r.Verdicts = append(r.Verdicts, p.judgeRoles(s, r.moves())...)
	if a := r.Assessment; a == nil || a.Headline != HeadlineValid || a.Segments != nil { // a free run that says nothing leaves nothing to read
		r.Verdicts = append(r.Verdicts, p.judgeRest(s, r)...)
	}
	if s.Width > widthLimit {
		text := fmt.Sprintf("the band of the next half of the record is %.2g deviations wide on each side, noise apart: believe forecasts for a short time only", s.Width)
		v := Verdict{Code: VerdictWide, Text: text}
		if a := r.Assessment; a != nil && (a.Headline == HeadlineValid || a.Held != nil && a.Held.Rolling.NRMSE <= asNoisy*s.Misfit && s.Memory <= memoryLimit) {
			v.Note = true // errors grow, but as far as rows can tell nothing is wrong
		}
		r.Verdicts = append(r.Verdicts, v)
	}
}

// stiff names what met steps too small to go on: the saved model, or every
// candidate. That one of several does is no sign.
func (r *Result) stiff() string {
	small := func(why string) bool {
		return slices.ContainsFunc([]ode.Status{ode.StatusStiff, ode.StatusStepTooSmall, ode.StatusMaxSteps}, func(s ode.Status) bool {
			return strings.Contains(why, s.String())
		})
	}
	if a := r.Assessment; a != nil && (small(a.FromStart.Failed) || a.Held != nil && small(a.Held.Failed)) {
		return "the trajectory of the model"
	}
	for _, t := range r.Tried {
		if !small(t.Why) {
			return ""
		}
	}
	if len(r.Tried) == 0 {
		return ""
	}
	return "all that was tried"
}

// moves tells whether it has been said that the rows may move at random: then no advice
// that takes them for the orbit of a law is given.
func (r *Result) moves() bool {
	return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictPlain })
}

// judgeRoles looks for columns whose role is another one; random says that rows may move
// at random.
func (p *Problem) judgeRoles(s *Signs, random bool) []Verdict {
	var out []Verdict
	if s.Turns >= turnLimit && !random && p.Parts.Delays == nil {
		out = append(out, Verdict{Code: VerdictOneColumn, Text: fmt.Sprintf("column %s rises and falls again, which one equation x' = f(x) cannot; "+
			"give it a second, hidden state%s, or record what drives it", p.Train[0].Names[0], p.byAugment("1"))})
	}
	if len(p.Train[0].Inputs) == 0 && len(p.Train[0].Names) > 1 {
		for c, name := range p.Train[0].Names {
			if why := p.likeInput(c); why != "" && !p.notLearnt(c) {
				out = append(out, Verdict{Code: VerdictUndriven, Text: fmt.Sprintf("column %s %s: it looks like an input that drives the others; try inputs=%s", name, why, name)})
			}
		}
	}
	for _, f := range data.SetColumns(p.Train, p.Joined) {
		if slices.Contains(p.Train[0].Inputs, f.Column) {
			out = append(out, Verdict{Code: VerdictJoined, Text: fmt.Sprintf("column %s: %s", f.Column, f.Message)})
		}
	}
	return out
}

const (
	mostlyHeld = 0.7 // of rows repeat the value before them in an input that jumps
	fewRows    = 30
)

// likeInput says why a column looks as if it was set from outside: it jumps
// between values that it holds; "" if it does not.
func (p *Problem) likeInput(c int) string {
	held, jumps, rows := 0, 0, 0
	m := data.NewMoments(p.Train...)
	for _, s := range p.Train {
		v := s.Column(c)
		for i := 1; i < len(v); i++ {
			if math.IsNaN(v[i]) || math.IsNaN(v[i-1]) {
				continue
			}
			rows++
			switch d := math.Abs(v[i] - v[i-1]); {
			case d == 0:
				held++
			case d > 0.2*(m.Max[c]-m.Min[c]):
				jumps++
			}
		}
	}
	if rows >= fewRows && jumps > 0 && float64(held) >= mostlyHeld*float64(rows) && held+jumps == rows {
		return "jumps between values that it holds"
	}
	return ""
}

// tooSmall says by how much the printed errors of numbers are too small, which reckon with noise
// that has no memory: the variance of a mean of noise with lag-one correlation ρ is (1 + ρ)/(1 − ρ)
// times that of as many independent values.
func tooSmall(s *Signs, r *Result) string {
	factor := math.Sqrt((1 + s.Alike) / (1 - s.Alike))
	if !slices.ContainsFunc(r.Parameters, func(e model.Estimate) bool { return isNumber(e.SD) }) || !(factor > 1.2) {
		return ""
	}
	return fmt.Sprintf("; the errors (±) of numbers reckon with noise without memory and are too small, by a factor of %.2g or more", factor)
}

// written tells equations that the user wrote.
func (p *Problem) written() bool {
	_, ok := p.Arch.(*field.Equations)
	return ok
}

// byAugment says how a model gets hidden states, where a setting does that: equations have them
// written.
func (p *Problem) byAugment(states string) string {
	if p.written() {
		return ""
	}
	if states == "" {
		return " (augment=)"
	}
	return " with augment=" + states
}

// judgeRest reads what the fitted trajectory leaves of the rows.
func (p *Problem) judgeRest(s *Signs, r *Result) []Verdict {
	var out []Verdict
	hidden := len(r.Model.Parts.Frame.States) - len(p.Train[0].Names)
	if (s.Memory > memoryLimit || p.written() && s.Memory > writtenLimit && s.Excess > writtenExcess) && s.Misfit > memoryPart {
		cure := "a state or an input is missing"
		if try := p.byAugment("1"); try != "" {
			cure += "; try augment=1"
		}
		if hidden > 0 {
			cure = fmt.Sprintf("an input is missing, or more hidden states than %d%s", hidden, p.byAugment(""))
		}
		if r.untrained != "" { // nothing is known yet of what is missing
			return append(out, Verdict{Code: VerdictMemory, Text: fmt.Sprintf("errors of %s keep their sign for %.0f rows: %s", s.Of, math.Round(s.Run), r.untrained)})
		}
		text := fmt.Sprintf("errors of %s keep their sign for %.0f rows: %s", s.Of, math.Round(s.Run), cure)
		if p.written() {
			text = fmt.Sprintf("errors of %s keep their sign for %.0f rows: %s, or the equations are not those of the rows, or their noise has a memory", s.Of, math.Round(s.Run), cure)
		}
		out = append(out, Verdict{Code: VerdictMemory, Text: text + tooSmall(s, r)})
	}
	if s.Share > sharePart && s.Misfit > memoryPart {
		text := fmt.Sprintf("what is left of %s repeats with a period of %.4g, which explains %.0f %% of it", s.PeriodOf, s.Period, 100*s.Share)
		if len(p.Train[0].Inputs) == 0 {
			text += ": if something periodic drives it, give its sine and cosine as inputs"
		}
		out = append(out, Verdict{Code: VerdictPeriod, Text: text})
	}
	return out
}
