package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// headline says in one sentence whether the model beats what needs no model, by how much, and for
// how long to believe it.
func headline(m *model.Model, res *study.Result) string {
	if u := res.Unusable(); u != "" {
		return words.Sentence(u) + "."
	}
	switch a := res.Assessment; {
	case a == nil:
		return ""
	case a.Compared != nil:
		return words.Sentence(verdictOn(a.Compared)) + belief(m, a) + "."
	case a.Held == nil:
		return "Nothing was held out, so nothing here says how well the model forecasts."
	}
	return ""
}

// baselines are what baselines are called in a sentence.
var baselines = map[string]string{train.BaselineMean: "the mean", train.BaselinePersistence: "the last value",
	train.BaselineSeasonal: "the last period again", train.BaselineLinear: "the linear model"}

// verdictOn puts the model beside the best baseline.
func verdictOn(c *study.Compared) string {
	model, best, name := num.FromNull(c.Model), num.FromNull(c.Error), c.Best
	if s, ok := baselines[name]; ok {
		name = s
	}
	const unseen = " on rows it had not seen"
	switch {
	case math.IsNaN(model):
		return "forecasts end early: use " + name + " instead"
	case model >= train.NoForecast && !c.Loses:
		return "neither the model nor " + name + " forecasts rows that were held out; do not believe forecasts"
	case c.Loses:
		return fmt.Sprintf("worse than %s%s, with %s times its error: use that instead", name, unseen, words.Short(math.Round(10*model/best)/10))
	case c.Beats && math.Floor(100*(1-model/best)) > 4:
		return fmt.Sprintf("better than %s by %.0f %%%s", name, math.Floor(100*(1-model/best)), unseen)
	}
	return "as good as " + name + unseen + ", and no better"
}

// belief goes on with how long forecasts stay near the rows.
func belief(m *model.Model, a *study.Assessment) string {
	v, off := a.Valid, num.FromNull(a.Compared.Model)
	switch {
	case a.Compared.Loses, !(off < train.NoForecast), v == nil || v.Time == nil:
		return ""
	case !(*v.Time > 0):
		return "; read the band rather than the line"
	case v.Least:
		return "; believe forecasts for " + lengthWords(m, *v.Time) + " at least"
	}
	return "; believe forecasts for about " + lengthWords(m, *v.Time)
}

// trust gives the figures behind the headline, and says what the band is worth.
func trust(m *model.Model, res *study.Result) string {
	a := res.Assessment
	if res.Unusable() != "" || a == nil {
		return ""
	}
	text := bandSentence(m, res.Band)
	if a.Compared == nil {
		return text
	}
	return strings.TrimSpace(a.Compared.Text + " " + validity(m, a) + " " + text)
}

// validity says by what forecasts are believed for so long.
func validity(m *model.Model, a *study.Assessment) string {
	v := a.Valid
	if v == nil || v.Time == nil {
		return ""
	}
	long := lengthWords(m, *v.Time)
	switch {
	case a.Compared.Loses:
		return fmt.Sprintf("The baseline stands in the table and in the charts. Errors of the model stay below %g deviations for %s.", v.Threshold, long)
	case !(*v.Time > 0):
		return fmt.Sprintf("Already the first forecast is off by more than %g deviations.", v.Threshold)
	case v.Least:
		return fmt.Sprintf("Errors of forecasts stay below %g deviations for %s, as far as held-out rows could tell.", v.Threshold, long)
	}
	return fmt.Sprintf("Errors of forecasts stay below %g deviations for %s.", v.Threshold, long)
}

// lengths of time from the shortest on, in seconds, and what they are called.
var lengths = []struct {
	unit    string
	name    string
	seconds float64
}{{"s", "second", 1}, {"min", "minute", 60}, {"h", "hour", 3600}, {"d", "day", 86400}, {"", "month", 86400 * 365.2425 / 12}, {"", "year", 86400 * 365.2425}}

// lengthWords is a length of time as people say it: in the largest unit of which it has two.
func lengthWords(m *model.Model, v float64) string {
	at := -1
	for i, l := range lengths {
		if l.unit != "" && l.unit == m.TUnit {
			at = i
		}
	}
	if at < 0 {
		if m.TUnit == "" {
			return words.Short(v) + " units of " + m.Time
		}
		return words.Short(v) + words.Unit(m.TUnit)
	}
	seconds := v * lengths[at].seconds
	for at < len(lengths)-1 && seconds >= 2*lengths[at+1].seconds {
		at++
	}
	n := seconds / lengths[at].seconds
	return rounded(n) + " " + plural(lengths[at].name, n)
}

// rounded has two digits, or all of a whole part.
func rounded(v float64) string {
	if v >= 10 {
		return words.Short(math.Round(v))
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func plural(name string, n float64) string {
	if rounded(n) == "1" {
		return name
	}
	return name + "s"
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
		line("Restarted", fmt.Sprintf("%d segments of at most %d rows, each from a fitted start of its own: no forecast; it jumps between them, %s",
			p.Count, p.Rows, Jumps(p)), p.Score, nil, false)
	}
	if first < len(out) {
		out[first].Part = part
	}
	return out
}

// Jumps says how far a trajectory jumps where its segments begin.
func Jumps(s *study.Segments) string {
	most := words.Short(num.FromNull(s.Largest))
	if s.Gaps < 2 || s.Typical == nil { // runs of before do not know it
		return "by " + most + " deviations at most"
	}
	return fmt.Sprintf("by %s deviations as a rule, at most by %s", words.Short(*s.Typical), most)
}
