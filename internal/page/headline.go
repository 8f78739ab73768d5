package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// headline says whether the model beats what needs no model, and by how much.
func headline(res *study.Result) string {
	if u := res.Unusable(); u != "" {
		return words.Sentence(u) + "."
	}
	switch a := res.Assessment; {
	case a == nil:
		return ""
	case a.Compared != nil:
		return a.Compared.Text
	case a.Held == nil:
		return "Nothing was held out, so nothing here says how well the model forecasts."
	}
	return ""
}

// trust says for how long to believe forecasts, and what the band is worth.
func trust(m *model.Model, res *study.Result) string {
	if res.Unusable() != "" || res.Assessment == nil {
		return ""
	}
	return strings.TrimSpace(belief(m, res.Assessment) + " " + bandSentence(m, res.Band))
}

// belief says for how long forecasts stay near the rows.
func belief(m *model.Model, a *study.Assessment) string {
	v := a.Valid
	if v == nil || v.Time == nil || a.Compared == nil {
		return ""
	}
	long := words.Short(*v.Time) + words.Unit(m.TUnit)
	if m.TUnit == "" {
		long += " units of " + m.Time
	}
	switch {
	case a.Compared.Loses:
		return fmt.Sprintf("Rather use the baseline: it stands in the table and in the charts. Errors of the model stay below %g deviations up to %s ahead.", v.Threshold, long)
	case !(*v.Time > 0) && num.FromNull(a.Compared.Model) < train.NoForecast:
		return fmt.Sprintf("From the first row on errors are about %s deviations: read the band rather than the line.", words.Short(num.FromNull(a.Compared.Model)))
	case !(*v.Time > 0):
		return fmt.Sprintf("Do not believe forecasts: already the first is off by more than %g deviations.", v.Threshold)
	case v.Least:
		return fmt.Sprintf("Believe forecasts up to %s ahead, as far as held-out rows could tell: until then errors stay below %g deviations.", long, v.Threshold)
	}
	return fmt.Sprintf("Believe forecasts up to %s ahead; then errors exceed %g deviations.", long, v.Threshold)
}

// bandSentence says what the band was measured to hold, and where its width comes
// from.
func bandSentence(m *model.Model, b *study.Band) string {
	switch {
	case b == nil || b.Nominal == nil:
		return ""
	case b.Measured == nil:
		return fmt.Sprintf("The %.0f %% band is not calibrated: no rows were held out to measure it on.", 100**b.Nominal)
	}
	held := fmt.Sprintf("The %.0f %% band held %.0f %% of %s", 100**b.Nominal, 100**b.Measured, words.Several(b.Values, "forecast")+" of held-out values")
	if b.Calibrated {
		return fmt.Sprintf("%s; it is calibrated up to %s%s ahead.", held, words.Short(*b.CalibratedTo), words.Unit(m.TUnit))
	}
	return held + "; it is not calibrated, as there were too few."
}

// bandName is the legend of a band.
func bandName(m *model.Model, kind string) string {
	if kind == "fit" {
		return fmt.Sprintf("90 %% band of the fit, %s", words.Several(len(m.Theta), "member"))
	}
	name := "90 % predictive band"
	if b := m.Band; b != nil && !(b.CalibratedTo() > 0) {
		name += ", not calibrated"
	}
	return name
}

// findings are the verdicts as a page shows them, but for what its headline
// has said.
func findings(res *study.Result) []report.Finding {
	var out []report.Finding
	for _, v := range res.Verdicts {
		if v.Code == train.VerdictBaseline || v.Code == train.VerdictUnusable {
			continue
		}
		out = append(out, report.Finding{Code: v.Code, Text: words.Sentence(v.Text)})
	}
	return out
}

// scoreTable lists every score with what it means.
func scoreTable(res *study.Result) []report.ScoreLine {
	a := res.Assessment
	if a == nil {
		return nil
	}
	var out []report.ScoreLine
	line := func(name, about string, s, rolling *study.Score, model bool) {
		if s == nil {
			s = &study.Score{}
		}
		l := report.ScoreLine{Name: name, About: about, NRMSE: num.FromNull(s.NRMSE), R2: num.FromNull(s.R2), MSE: num.FromNull(s.MSE), Rolling: math.NaN(), Model: model}
		if rolling != nil {
			l.Rolling = num.FromNull(rolling.NRMSE)
		}
		out = append(out, l)
	}
	if h := a.Held; h != nil {
		var all *study.Score
		about := "forecast from the last row trained on, without seeing what follows"
		if h.Whole > 0 {
			about = "forecast from the first rows, a tenth of each, of " + h.Parts() + " that it has not seen"
		}
		if h.Origins > 1 {
			all = h.Rolling
			about += fmt.Sprintf("; all origins: from %d rows", h.Origins)
		}
		line(words.Sentence(h.Of), about, h.Score, all, true)
		out[0].Part = fmt.Sprintf("Held-out rows (%d)", h.Rows)
		if h.Whole > 0 {
			out[0].Part = fmt.Sprintf("Held-out %s (%d, %d rows)", h.Parts(), h.Whole, h.Rows)
		}
		for _, b := range a.Baselines {
			if all = nil; h.Origins > 1 {
				all = b.Rolling
			}
			line(words.Sentence(b.Name), b.Note, b.Score, all, false)
		}
	}
	part := "Training rows"
	if res.Refit {
		part = "All rows"
	}
	first := len(out)
	if f := a.FromStart; f != nil {
		part += fmt.Sprintf(" (%d)", f.Rows)
		about := "from one start at the first row, never corrected"
		if f.Failed != "" {
			about = "it ends early: " + f.Failed
		}
		line("From one start", about+"; "+f.Of, f.Score, nil, true)
	}
	if p := a.Segments; p != nil {
		line("Restarted", fmt.Sprintf("%d segments of at most %d rows, each from a fitted start of its own: no forecast; it jumps by up to %s deviations between them",
			p.Count, p.Rows, words.Short(num.FromNull(p.Largest))), p.Score, nil, false)
	}
	if first < len(out) {
		out[first].Part = part
	}
	return out
}
