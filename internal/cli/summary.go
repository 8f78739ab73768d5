package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// statusWords say how a fit ended.
var statusWords = map[string]string{
	train.StatusOK:          "done",
	train.StatusStopped:     "stopped: the time limit was reached",
	train.StatusInterrupted: "interrupted",
	train.StatusFailed:      "failed",
}

// summary tells people what came out and what to do next.
func (j *job) summary(fit *train.Result, res *study.Result) error {
	w := &strings.Builder{}
	fmt.Fprintf(w, "%s in %.1f s: %s by %s, %s, %s\n", statusWords[res.Status], res.Seconds, res.Model, res.Method,
		several(res.Members, "member"), several(res.Iterations, "iteration"))
	story(w, res)
	scoreLines(w, res)
	parameterLines(w, res)
	for _, warning := range fit.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	dir := j.run.Dir
	if name, ok := res.Files["report"]; ok {
		fmt.Fprintf(w, "report: %s\n", filepath.Join(dir, name))
	}
	switch {
	case res.Status == train.StatusFailed:
	case res.Status == train.StatusStopped:
		fmt.Fprintf(w, "go on: entrain fit --resume %s    or use it: entrain forecast %s\n", quoted(dir), quoted(dir))
	case res.Status != train.StatusInterrupted:
		fmt.Fprintf(w, "next: entrain forecast %s > forecast.csv    entrain show %s\n", quoted(dir), quoted(dir))
	}
	_, err := io.WriteString(j.Stdout, w.String())
	return failed(err)
}

// parameterLines print the named parameters and what is known of them.
func parameterLines(w io.Writer, res *study.Result) {
	for _, p := range res.Parameters {
		note := ""
		if p.Note != "" {
			note = " (" + p.Note + ")"
		}
		fmt.Fprintf(w, "  %s = %s%s%s\n", p.Name, short(orNaN(p.Value)), deviation(orNaN(p.SD)), note)
	}
}

// story says what was tried and why it stopped.
func story(w io.Writer, res *study.Result) {
	for _, t := range res.Tried {
		fmt.Fprintf(w, "  %s: %s%s\n", t.Method, t.Why, scoreNote(t.Scores))
	}
}

func scoreNote(s study.Scores) string {
	switch {
	case s.Heldout != nil:
		return " (held-out mse " + short(orNaN(s.Heldout.MSE)) + ")"
	case s.Train != nil:
		return " (training mse " + short(orNaN(s.Train.MSE)) + ")"
	}
	return ""
}

// scoreLines print the scores and say to which model each belongs.
func scoreLines(w io.Writer, res *study.Result) {
	line := func(s *study.Score, on, of string) {
		if s != nil {
			fmt.Fprintf(w, "%s: mse %s, nrmse %s, r2 %s (%s)\n", on, short(orNaN(s.MSE)), short(orNaN(s.NRMSE)), short(orNaN(s.R2)), of)
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
