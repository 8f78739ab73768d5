package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
)

// Codes of verdicts about scores.
const (
	VerdictUnusable      = "no-usable-model"
	VerdictDiverges      = "diverges"
	VerdictConstant      = "worse-than-constant"
	VerdictBaseline      = "worse-than-baseline"
	VerdictCensored      = "held-out-censored"     // not a fault: of held-out values only a limit is known
	VerdictUnpredictable = "free-run-says-nothing" // not a fault: the headline is the valid time
)

const (
	predictable = 0.5   // squared error of a free run, in squared deviations, up to which it speaks for itself
	chaotic     = 4     // growth of errors over the record, in powers of e, that a free run cannot outlive
	farOff      = 3     // ranges of a column: no forecast that stays near the data is so far from a row
	aboutAsGood = 1.05  // times the error of a baseline that is no worse than it
	negligible  = 0.001 // deviations
	useless     = 100   // relative error from which on a model is of no use
)

// headline says which figure speaks for the model. It is the valid time where a
// free run fails although forecasts from the present begin well, better than
// every baseline, and either the model itself lets errors grow too fast, staying
// near the data all the same, or nobody forecasts the last part of the held-out
// rows.
func (a *Assessment) headline(span float64, wild bool) string {
	if a.Held == nil || squared(a.Held.Scores) <= predictable && squared(a.FromStart.Scores) <= predictable {
		return HeadlineFree
	}
	best, first := math.Inf(1), a.Held.Horizons[0].Scores.NRMSE
	last := len(a.Held.Horizons) - 1
	nobody := true
	for _, b := range a.Baselines {
		best = min(best, b.Horizons[0].Scores.NRMSE)
		nobody = nobody && !(squared(b.Horizons[last].Scores) < predictable)
	}
	begins := first < tooFar && first < best
	if begins && !wild && (a.Valid.Lyapunov*span > chaotic || nobody && squared(a.Held.Scores) > predictable) {
		return HeadlineValid
	}
	return HeadlineFree
}

// squared is an error in squared deviations.
func squared(s data.Scores) float64 { return s.NRMSE * s.NRMSE }

// wild tells whether forecasts of held-out rows end early or leave the
// neighbourhood of the data.
func (h *HeldOut) wild(m *data.Moments) bool {
	for _, w := range h.Windows {
		if w.Failed != "" {
			return true
		}
		for i, e := range w.Err {
			c := i % len(m.Min)
			if math.Abs(e) > farOff*(m.Max[c]-m.Min[c]) {
				return true
			}
		}
	}
	return false
}

// unusable says why the model is of no use at all; "" if it may be of some.
func (a *Assessment) unusable() string {
	switch f := a.FromStart; {
	case f.Failed != "" && a.Segments == nil:
		return "the trajectory cannot be followed through the rows it was fitted to: " + f.Failed
	case a.Segments != nil && !isNumber(a.Segments.Scores.MSE), a.Segments == nil && !isNumber(f.Scores.MSE):
		return "the trajectory does not reach all rows it was fitted to"
	case a.fitted() > useless:
		return fmt.Sprintf("its trajectory is off by %.2g deviations at the rows it was fitted to", a.fitted())
	case a.Held == nil:
		return ""
	case a.Held.Failed != "" && allFailed(a.Held.Windows):
		return "no forecast of the held-out rows reaches the last of them: " + a.Held.Failed
	case !allFailed(a.Held.Windows) && a.Held.typical() > useless:
		return fmt.Sprintf("forecasts of the held-out rows are off by %.2g deviations", a.Held.typical())
	}
	return ""
}

// fitted is the relative error at the rows that were fitted, as they were.
func (a *Assessment) fitted() float64 {
	if a.Segments != nil {
		return a.Segments.Scores.NRMSE
	}
	return a.FromStart.Scores.NRMSE
}

func allFailed(all []Window) bool {
	for _, w := range all {
		if w.Failed == "" {
			return false
		}
	}
	return true
}

// typical is the relative error from the first origins, or from all if those are
// better: an early origin may be an unlucky one.
func (h *HeldOut) typical() float64 {
	first, all := h.Scores.NRMSE, h.Rolling.NRMSE
	if !(first > all) {
		return first
	}
	return all
}

// Compared is the model beside the best baseline.
type Compared struct {
	Baseline *Baseline
	// Model and Best are relative errors (NRMSE) over all origins; where the
	// headline is the valid time, over the distances from the origin up to it.
	Model, Best float64
}

// Compare puts the model beside the baseline that is best; nil without held-out
// rows that tell anything.
func (a *Assessment) Compare() *Compared {
	if a.Held == nil || a.Held.Silent || len(a.Baselines) == 0 {
		return nil
	}
	of := func(rolling data.Scores, all []Horizon) float64 { return rolling.NRMSE }
	if a.Headline == HeadlineValid {
		of = func(_ data.Scores, all []Horizon) float64 { return errorUpTo(all, a.Valid.Time) }
	}
	c := &Compared{Model: of(a.Held.Rolling, a.Held.Horizons), Best: math.Inf(1)}
	for i := range a.Baselines {
		b := &a.Baselines[i]
		if v := of(b.Rolling, b.Horizons); v < c.Best {
			c.Baseline, c.Best = b, v
		}
	}
	if c.Baseline == nil {
		return nil
	}
	return c
}

// errorUpTo is the relative error over the horizons that end by t, at least the first.
func errorUpTo(all []Horizon, t float64) float64 {
	sum, rows := 0.0, 0.0
	for i, h := range all {
		if i > 0 && h.To > t*(1+1e-9) {
			break
		}
		v := h.Scores.NRMSE
		sum, rows = sum+v*v*float64(h.Rows), rows+float64(h.Rows)
	}
	return math.Sqrt(sum / rows)
}

// Beats tells whether the model has the smaller error.
func (c *Compared) Beats() bool { return c.Model < c.Best }

// Loses tells whether the error of the model is larger by so much that it
// matters.
func (c *Compared) Loses() bool { return !(c.Model <= aboutAsGood*c.Best+negligible) }

// ahead tells whether the error of the model is smaller by so much that it matters.
func (c *Compared) ahead() bool { return c.Model*aboutAsGood < c.Best }

// lead is by how many whole parts in a hundred the error of the model is smaller.
func (c *Compared) lead() float64 { return math.Floor(100 * (1 - c.Model/c.Best)) }

// Text says in a sentence whether the model beats the best baseline and by how
// much.
func (c *Compared) Text() string {
	name := fmt.Sprintf("%s (%s)", c.Baseline.Name, c.Baseline.Note)
	switch {
	case !isNumber(c.Model):
		return fmt.Sprintf("The model does not beat the best baseline, %s: its forecasts end early, those of the baseline have an error of %.3g deviations.", name, c.Best)
	case c.Model >= NoForecast && !c.Loses():
		const poor = "Neither the model nor a baseline forecasts the held-out rows well: the error of the model is %.3g deviations, "
		const one = "; 1 is as far as all rows are from their mean."
		if !c.ahead() {
			return fmt.Sprintf(poor+"as good as that of the best baseline, %s"+one, c.Model, name)
		}
		return fmt.Sprintf(poor+"that of the best baseline, %s, %.3g"+one, c.Model, name, c.Best)
	case c.ahead():
		return fmt.Sprintf("The model beats the best baseline, %s, on the held-out rows: its error is %.3g deviations, %.0f %% less than %.3g.",
			name, c.Model, c.lead(), c.Best)
	}
	if !c.Loses() {
		return fmt.Sprintf("The model is as good as the best baseline, %s, on the held-out rows: its error is %.3g deviations, that of the baseline %.3g.",
			name, c.Model, c.Best)
	}
	return fmt.Sprintf("The model does not beat the best baseline, %s, on the held-out rows: its error is %.3g deviations, that of the baseline %.3g.",
		name, c.Model, c.Best)
}

// besideMean puts the forecast from the last training row beside the mean of the training
// rows: their errors in deviations, and whether the forecast is off by more than a
// deviation and by more than that mean.
func (a *Assessment) besideMean() (off, its float64, worse bool) {
	for _, b := range a.Baselines {
		if b.Name == BaselineMean {
			off, its = a.Held.Scores.NRMSE, b.Scores.NRMSE
			return off, its, off > 1 && off > its
		}
	}
	return math.NaN(), math.NaN(), false
}

// besideConstant says what a negative R² means.
func besideConstant(r2 float64) string {
	if r2 > -0.01 {
		return fmt.Sprintf("no better than a constant (R² %.1g)", r2)
	}
	return fmt.Sprintf("worse than a constant (R² %.3g)", r2)
}

// verdicts are what the scores say against the model, or in its favour where a
// figure would mislead.
func (a *Assessment) verdicts(wild bool) []Verdict {
	var out []Verdict
	add := func(code, text string) { out = append(out, Verdict{Code: code, Text: text}) }
	if why := a.unusable(); why != "" {
		add(VerdictUnusable, "there is no usable model: "+why)
		return out
	}
	if wild {
		add(VerdictDiverges, "forecasts of the held-out rows leave the neighbourhood of the data; do not trust the model far")
	}
	if a.Headline == HeadlineValid {
		why := "errors grow so fast that"
		if !(a.Valid.Lyapunov > 0) {
			why = "chance or something unrecorded moves the rows, so that"
		}
		out = append(out, Verdict{Code: VerdictUnpredictable, Note: true, Text: why + " a free run over the record says nothing; look at the valid time and at the errors by horizon"})
	} else {
		if off, its, worse := a.besideMean(); worse && !a.Held.Silent {
			add(VerdictConstant, fmt.Sprintf("forecasts of the held-out rows are worse than a constant, the mean of the training rows: off by %.3g deviations, it by %.3g", off, its))
		}
		if f := a.FromStart; f.Scores.R2 < 0 {
			add(VerdictConstant, "the free run from the first row is "+besideConstant(f.Scores.R2))
		}
	}
	if a.Held != nil && a.Held.Silent {
		out = append(out, Verdict{Code: VerdictCensored, Note: true, Text: "of every held-out value only a limit above it is known, so that they tell nothing of the model or of a baseline; hold back rows with known values (heldout=), or none (heldout=0)"})
	}
	if c := a.Compare(); c != nil && c.Loses() {
		add(VerdictBaseline, c.Text())
	}
	return out
}
