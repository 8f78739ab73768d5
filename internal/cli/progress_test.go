package cli

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

func events(p progress, stage string, of int) {
	nan := math.NaN()
	for k := range of {
		p.event(train.Event{Stage: stage, K: k, Of: of, Loss: 1, MSE: 2, Held: nan, Lambda: nan, Text: "an update was undone"})
		p.event(train.Event{K: k, Of: of, Loss: nan, MSE: nan, Held: nan, Lambda: nan, Checkpoint: &train.Checkpoint{}})
	}
}

func TestPlainProgressIsALineATenthOfAStage(t *testing.T) {
	var w bytes.Buffer
	p := (&app{Env: Env{Stderr: &w}}).newProgress()
	events(p, "one", 1000)
	events(p, "two", 50)
	p.done()
	text := w.String()
	if n := strings.Count(text, "\n"); n != 11+11+1 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	for _, want := range []string{"one  1000/1000  mse 2  loss 1\n", "two  50/50"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "undone") != 1 || strings.Contains(text, "\r") {
		t.Errorf("remarks are repeated, or the terminal is controlled:\n%s", text)
	}
}

func TestBarFitsTheTerminal(t *testing.T) {
	var w bytes.Buffer
	p := (&app{Env: Env{Stderr: &w, Terminal: true, Columns: 80}, screen: &w}).newProgress()
	events(p, "a stage with a name", 400)
	p.done()
	for line := range strings.SplitSeq(w.String(), "\r") {
		if n := len([]rune(strings.TrimRight(line, " "))); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.Contains(w.String(), "━") && !strings.Contains(w.String(), "·") {
		t.Error("no bar")
	}
}

func TestFiguresDropTheLeastTelling(t *testing.T) {
	f := newFigures()
	f.take(&train.Event{Loss: 1, MSE: 2, Held: 3, Lambda: 0.5})
	for room, want := range map[int]string{100: "λ 0.5  mse 2  held-out 3  loss 1", 16: "λ 0.5  mse 2", 3: ""} {
		if got := f.words(room); got != want {
			t.Errorf("room %d: %q, want %q", room, got, want)
		}
	}
}

func TestFiguresOfAnotherAttemptAreForgotten(t *testing.T) {
	f, nan := newFigures(), math.NaN()
	f.take(&train.Event{K: 9, Loss: 1, MSE: 2, Held: 3, Lambda: nan})
	f.take(&train.Event{K: 0, Loss: 5, MSE: nan, Held: nan, Lambda: nan})
	if got := f.words(100); got != "loss 5" {
		t.Errorf("%q", got)
	}
	f.take(&train.Event{K: 0, Stage: "another candidate", Loss: nan, MSE: nan, Held: nan, Lambda: nan})
	if got := f.words(100); got != "" {
		t.Errorf("of one that has not begun: %q", got)
	}
}
