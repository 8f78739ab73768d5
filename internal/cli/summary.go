package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// statusWords say how a fit ended.
var statusWords = map[string]string{
	train.StatusOK:          "done",
	train.StatusStopped:     "stopped, not converged: the time limit was reached",
	train.StatusInterrupted: "interrupted",
	train.StatusFailed:      "failed",
}

// endWords say how a fit ended, and where.
func endWords(res *study.Result) string {
	if res.Status == train.StatusStopped && res.HeldFolds != nil {
		return "stopped among the folds: the limit was reached"
	}
	return statusWords[res.Status]
}

// summary tells people what came out and what to do next.
func (j *job) summary(fit *train.Result, res *study.Result) error {
	w := &strings.Builder{}
	fmt.Fprintf(w, "%s in %.1f s%s: %s by %s, %s, %s\n", endWords(res), res.Seconds, but(res), res.Model, res.Method,
		words.Several(res.Members, "member"), words.Several(res.Iterations, "iteration"))
	headline(w, res)
	scoreLines(w, res)
	if res.Loss != nil {
		fmt.Fprintf(w, "  %s\n", res.Loss.Words())
	}
	if res.Unusable() == "" {
		bandLine(w, j.series[0].Names, res.Band)
		if res.Shown != nil {
			fmt.Fprintln(w, res.Shown.Words())
		}
		for _, text := range res.Band.Left(j.series[0].Names) {
			fmt.Fprintln(w, text)
		}
	}
	parameterLines(w, res, fit.Warnings)
	story(w, res)
	for _, warning := range fit.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	verdictLines(w, res)
	dir := j.run.Dir
	if name, ok := res.Files["report"]; ok {
		fmt.Fprintf(w, "report: %s\n", filepath.Join(dir, name))
	}
	switch {
	case res.Status == train.StatusFailed || fit.Model == nil:
	case unbegun(res), res.Status == train.StatusStopped && res.Unusable()+res.Behind() != "":
		fmt.Fprintf(w, "go on: entrain fit --resume %s\n", words.Quoted(dir))
	case res.Status == train.StatusStopped:
		fmt.Fprintf(w, "go on: entrain fit --resume %s    or use it: entrain forecast %s%s\n", words.Quoted(dir), words.Quoted(dir), needed(fit.Model))
	case res.Status != train.StatusInterrupted:
		fmt.Fprintf(w, "next: entrain forecast %s%s > forecast.csv    entrain show %s\n", words.Quoted(dir), needed(fit.Model), words.Quoted(dir))
	}
	_, err := io.WriteString(j.Stdout, w.String())
	return failed(err)
}

// verdictLines print what must be known before trusting the fit.
func verdictLines(w io.Writer, res *study.Result) {
	for _, v := range res.Verdicts {
		if v.Code != train.VerdictBaseline || res.Labelled != nil { // the sentence of the comparison says it
			fmt.Fprintf(w, "%s: %s\n", kindOf(v), v.Text)
		}
	}
}

// kindOf is what a verdict is called: some hold nothing against the model.
func kindOf(v train.Verdict) string {
	if v.Note {
		return "note"
	}
	return "warning"
}

// needed are the flags without which a forecast of the model says what is missing.
func needed(m *model.Model) string {
	if _, labels := m.Classes(); labels {
		return " --from NEW.csv"
	}
	if len(m.Parts.Frame.Inputs) == 0 {
		return ""
	}
	return " --inputs FUTURE.csv"
}

// but is what the first line must not leave unsaid.
func but(res *study.Result) string {
	switch a := res.Assessment; {
	case res.Unusable() != "" && res.Status != train.StatusFailed:
		return ", and there is no usable model yet"
	case unbegun(res):
		return " before the first step was done"
	case a == nil || a.Compared == nil || !a.Compared.Loses || res.Unusable() != "":
		return ""
	default:
		return fmt.Sprintf(", BUT A BASELINE IS BETTER on the held-out rows (%s: %s, the model %s)", a.Compared.Best,
			words.Short(num.FromNull(a.Compared.Error)), words.Short(num.FromNull(a.Compared.Model)))
	}
}

// headline says for how long a forecast is good, where that is the figure that means most,
// and whether the model beats the best baseline.
func headline(w io.Writer, res *study.Result) {
	a := res.Assessment
	if a == nil || res.Unusable() != "" {
		return
	}
	if v := a.Valid; v != nil && a.Headline == train.HeadlineValid {
		fmt.Fprintf(w, "%s\n", validText(v))
	}
	if a.Compared != nil {
		fmt.Fprintf(w, "%s\n", a.Compared.Text)
	}
}

// parameterLines print the named parameters and what is known of them, but for what has been warned of.
func parameterLines(w io.Writer, res *study.Result, warned []string) {
	for _, p := range res.Parameters {
		fmt.Fprintf(w, "  %s\n", estimateLine(p))
	}
	termLines(w, res)
	if n := len(res.Starts); n > 0 {
		fmt.Fprintln(w, "starts, learnt:")
	}
	for i, p := range res.Starts {
		if i == page.MostStarts {
			fmt.Fprintf(w, "  … and %d more in result.json\n", len(res.Starts)-i)
			break
		}
		fmt.Fprintf(w, "  %s\n", estimateLine(p))
	}
	noiseLines(w, res)
	for _, text := range res.Determined {
		fmt.Fprintf(w, "  %s\n", text)
	}
	if c := res.Convergence; c != nil && !slices.Contains(warned, c.Why) { // once is enough
		fmt.Fprintln(w, c.Why)
	}
	if l := res.LongRun; l != nil && !l.Confined && !l.Rests { // the others are warnings
		fmt.Fprintln(w, l.Text)
	}
	if i := res.Identified; i != nil {
		fmt.Fprintln(w, i.Text)
	}
}

// noiseLines print how rows lie around what is predicted, where that was asked for.
func noiseLines(w io.Writer, res *study.Result) {
	if len(res.NoiseModels) > 0 {
		fmt.Fprintln(w, "noise, by maximum likelihood:")
	}
	for _, n := range res.NoiseModels {
		parts := []string{n.Kind}
		for _, p := range n.Given {
			parts = append(parts, estimateLine(p)+" (given)")
		}
		for _, p := range n.Numbers {
			parts = append(parts, estimateLine(p))
		}
		if n.Limit != nil {
			parts = append(parts, "censored at or below "+words.Short(*n.Limit))
		}
		fmt.Fprintf(w, "  %s: %s\n", n.Column, strings.Join(parts, ", "))
	}
}

// termLines print the law that was learnt, term by term.
func termLines(w io.Writer, res *study.Result) {
	if len(res.Terms) > 0 {
		fmt.Fprintln(w, "terms of the law, ± one standard error if these are the right ones:")
	}
	for i, p := range res.Terms {
		if i == page.MostTerms {
			fmt.Fprintf(w, "  … and %d more in result.json\n", len(res.Terms)-i)
			break
		}
		if e := num.FromNull(p.SD); math.IsNaN(e) {
			fmt.Fprintf(w, "  %s, %s = %s (%s)\n", p.Of, p.Name, words.Short(num.FromNull(p.Value)), p.Note)
			continue
		}
		p.Name, p.Of = p.Of+", "+p.Name, ""
		fmt.Fprintf(w, "  %s\n", estimateLine(p))
	}
}

// estimateLine is a number, its error and what to know of it.
func estimateLine(p study.Parameter) string {
	s := p.Name
	if p.Of != "" {
		s += " of " + p.Of
	}
	s += " = " + uncertain(num.FromNull(p.Value), num.FromNull(p.SD), num.FromNull(p.Lo), num.FromNull(p.Hi), "")
	if p.Note != "" {
		s += " (" + p.Note + ")"
	}
	return s
}

// story says what was tried, why it stopped, and by which error attempts were
// compared.
func story(w io.Writer, res *study.Result) {
	if len(res.Tried) > 1 {
		fmt.Fprintln(w, "tried:")
	}
	for _, t := range res.Tried {
		fmt.Fprintf(w, "  %s: %s%s\n", t.Method, t.Why, scoreNote(t, len(res.Tried)))
	}
}

func scoreNote(t study.Tried, of int) string {
	s := t.Scores
	switch {
	case t.Rolling != nil:
		far := ""
		if t.RollingTo != nil {
			far = " up to " + words.Short(*t.RollingTo) + " ahead"
		}
		return " (forecasts of held-out rows" + far + ", origins weighing alike: off by " + words.Short(*t.Rolling) + " deviations)"
	case s.Heldout != nil && of == 1:
		return " (held-out mse " + words.Short(num.FromNull(s.Heldout.MSE)) + " along the fitted trajectory)"
	case s.Train != nil:
		return " (training mse " + words.Short(num.FromNull(s.Train.MSE)) + " along the fitted trajectory)"
	}
	return ""
}

// scoreLines print the scores, say to which model each belongs, and put the
// baselines beside those of the rows that were held out.
func scoreLines(w io.Writer, res *study.Result) {
	if res.Labelled != nil {
		labelLines(w, res.Labelled)
		return
	}
	a := res.Assessment
	if a == nil {
		oldScoreLines(w, res)
		return
	}
	t := &grid{}
	if h := a.Held; h != nil {
		t.row(h.Words(), "mse", "nrmse", "r2", rollingHead(h))
		t.score("  "+h.Of, h.Score, rolling(h, h.Rolling, h.Error))
		for _, b := range a.Baselines {
			t.score("  "+b.Name+", "+b.Note, b.Score, rolling(h, b.Rolling, nil))
		}
	} else {
		t.row("", "mse", "nrmse", "r2", "")
	}
	rows := "training rows"
	if res.Refit {
		rows = "all rows"
	}
	if f := a.FromStart; f != nil {
		t.score(fmt.Sprintf("%s (%d), from one start: %s", rows, f.Rows, f.Of), f.Score, "")
	}
	if p := a.Segments; p != nil {
		t.score(fmt.Sprintf("%s, restarted: %d segments of at most %d rows", rows, p.Count, p.Rows), p.Score, "")
	}
	t.write(w)
	if f := res.HeldFolds; f != nil {
		fmt.Fprintf(w, "  %s\n", f.Words())
	}
	fmt.Fprintln(w, "  "+legend("all rows, training and held-out"))
	belowLine(w, a)
	if p := a.Segments; p != nil {
		fmt.Fprintf(w, "  where a segment begins the trajectory jumps, %s; the score of segments is no forecast\n", page.Jumps(p))
	}
	if a.Valid != nil && a.Headline == train.HeadlineValid {
		horizonLines(w, a)
	}
}

// legend says what the figures of a table of scores refer to.
func legend(rows string) string {
	return "nrmse: in deviations of " + rows + "; r2: of the variance of the very rows compared, 0 is as good as their mean"
}

// belowLine says how many of the values compared are no exact ones.
func belowLine(w io.Writer, a *study.Assessment) {
	var parts []string
	if h := a.Held; h != nil && h.Score != nil && h.Score.Below > 0 {
		parts = append(parts, words.Several(h.Score.Below, "held-out value"))
	}
	if f := a.FromStart; f != nil && f.Score != nil && f.Score.Below > 0 {
		parts = append(parts, words.Several(f.Score.Below, "fitted value"))
	}
	if parts != nil {
		fmt.Fprintf(w, "  only a limit is known of %s: a prediction at or below it is no error, one above it is off by its distance to it\n", strings.Join(parts, " and of "))
	}
}

func rollingHead(h *study.HeldOut) string {
	if h.Origins < 2 {
		return ""
	}
	return fmt.Sprintf("nrmse, %d origins", h.Origins)
}

// rolling is the score s of the forecasts from all origins of h; "" of one origin,
// whose score stands before it.
func rolling(h *study.HeldOut, s *study.Score, sd *float64) string {
	if s == nil || h.Origins < 2 {
		return ""
	}
	if e := num.FromNull(sd); !math.IsNaN(e) {
		return fmt.Sprintf("%s ± %.2g", words.Short(num.FromNull(s.NRMSE)), e)
	}
	return words.Short(num.FromNull(s.NRMSE))
}

// validText says how long forecasts stay near the rows.
func validText(v *study.ValidTime) string {
	least, lyapunov := "", ""
	if v.Least {
		least = "at least "
	}
	if e := num.FromNull(v.Lyapunov); e > 0 {
		lyapunov = fmt.Sprintf(", %s Lyapunov times of the model", words.Short(e*num.FromNull(v.Time)))
	}
	return fmt.Sprintf("valid time: %s%s%s (error below %g deviations; median of %s)", least, words.Short(num.FromNull(v.Time)), lyapunov, v.Threshold, words.Several(v.Origins, "origin"))
}

// horizonLines print errors by distance from the origin, the best baseline beside
// the model.
func horizonLines(w io.Writer, a *study.Assessment) {
	var best *study.Baseline
	for i := range a.Baselines {
		if a.Compared != nil && a.Baselines[i].Name == a.Compared.Best {
			best = &a.Baselines[i]
		}
	}
	for i, h := range a.Held.Horizons {
		beside := ""
		if best != nil && i < len(best.Horizons) {
			beside = fmt.Sprintf(" (%s %s)", best.Name, words.Short(num.FromNull(best.Horizons[i].Score.NRMSE)))
		}
		fmt.Fprintf(w, "  %s to %s ahead: nrmse %s%s\n", words.Short(h.From), words.Short(h.To), words.Short(num.FromNull(h.Score.NRMSE)), beside)
	}
}

// oldScoreLines print the scores of a run that was recorded without an
// assessment.
func oldScoreLines(w io.Writer, res *study.Result) {
	line := func(s *study.Score, on, of string) {
		if s != nil {
			fmt.Fprintf(w, "%s: mse %s, nrmse %s, r2 %s (%s)\n", on, words.Short(num.FromNull(s.MSE)), words.Short(num.FromNull(s.NRMSE)), words.Short(num.FromNull(s.R2)), of)
		}
	}
	if res.Refit {
		line(res.Scores.Train, "all rows", "the saved model, refitted to all of them")
		line(res.Scores.Heldout, "held-out rows", "the model before the refit, which had not seen them")
		return
	}
	line(res.Scores.Train, "training rows", "the saved model")
	line(res.Scores.Heldout, "held-out rows", "the saved model, which has not seen them")
}

// grid is text in columns; the first is aligned left, the others right.
type grid struct{ rows [][]string }

func (t *grid) row(cells ...string) { t.rows = append(t.rows, cells) }

// score adds a row of a score and what follows it.
func (t *grid) score(name string, s *study.Score, after string) {
	if s == nil {
		s = &study.Score{}
	}
	t.row(name, words.Short(num.FromNull(s.MSE)), words.Short(num.FromNull(s.NRMSE)), words.Short(num.FromNull(s.R2)), after)
}

func (t *grid) write(w io.Writer) {
	width := []int{}
	for _, r := range t.rows {
		for c, s := range r {
			if c == len(width) {
				width = append(width, 0)
			}
			width[c] = max(width[c], utf8.RuneCountInString(s))
		}
	}
	for _, r := range t.rows {
		line := ""
		for c, s := range r {
			pad := strings.Repeat(" ", width[c]-utf8.RuneCountInString(s))
			if c == 0 {
				line += s + pad
			} else {
				line += "  " + pad + s
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// uncertain is a value with its error, unit and interval.
func uncertain(v, sd, lo, hi float64, unit string) string {
	s, e := words.Measured(v, sd)
	if e != "" {
		s += " ± " + e
	}
	if s += unit; e != "" && !math.IsNaN(lo) && !math.IsNaN(hi) {
		s += fmt.Sprintf(" (95 %%: %s to %s)", words.Short(lo), words.Short(hi))
	}
	return s
}

// bandLine is what the band was measured to hold, on a terminal, with the score of each column.
func bandLine(w io.Writer, names []string, b *study.Band) {
	if b == nil || b.Measured == nil {
		return
	}
	var parts []string
	for c, v := range b.CRPS {
		if v == nil {
			parts = append(parts, names[c]+" not measured")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", names[c], words.Short(num.FromNull(v)), words.Short(num.FromNull(b.Plain[c]))))
	}
	how := "not calibrated: too few rows were held out"
	if b.Calibrated {
		how = "calibrated up to " + words.Short(*b.CalibratedTo) + " ahead"
	}
	fmt.Fprintf(w, "predictive band of %.0f %%: held %.0f %% of %s (%s); CRPS (less is better; in brackets what mean and deviation of the training rows alone have): %s\n",
		100**b.Nominal, 100**b.Measured, words.Several(b.Values, "forecast")+" of held-out values", how, strings.Join(parts, ", "))
}
