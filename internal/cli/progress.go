package cli

import (
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"

	"github.com/entrain-dev/entrain/train"
)

// progress shows events while a method works.
type progress interface {
	event(train.Event)
	done()
}

// newProgress is a live bar on a terminal, else a few plain lines.
func (a *app) newProgress() progress {
	if a.Terminal {
		return &bar{w: a.screen, room: max(a.columns()-barColumns, 20), remarks: remarks{details: a.verbose}}
	}
	return &lines{w: a.Stderr, tenth: -1, remarks: remarks{details: a.verbose}}
}

// figures writes what an event measured. Figures that it did not measure
// keep their last value.
type figures struct {
	loss, mse, held, lambda float64
	k                       int
	stage                   string
}

func newFigures() *figures {
	nan := math.NaN()
	return &figures{loss: nan, mse: nan, held: nan, lambda: nan}
}

func (f *figures) take(e *train.Event) {
	if e.K < f.k || e.K == 0 && e.Stage != f.stage { // another attempt
		*f = *newFigures()
	}
	f.k, f.stage = e.K, e.Stage
	for _, v := range []struct {
		to   *float64
		from float64
	}{{&f.loss, e.Loss}, {&f.mse, e.MSE}, {&f.held, e.Held}} {
		if !math.IsNaN(v.from) {
			*v.to = v.from
		}
	}
	if e.Checkpoint == nil {
		f.lambda = e.Lambda
	}
}

// words are the figures that fit into room columns, the most telling first.
func (f *figures) words(room int) string {
	text := ""
	for _, v := range []struct {
		name  string
		value float64
	}{{"λ", f.lambda}, {"mse", f.mse}, {"held-out", f.held}, {"loss", f.loss}} {
		if math.IsNaN(v.value) {
			continue
		}
		word := fmt.Sprintf("%s %.3g", v.name, v.value)
		if math.IsInf(v.value, 0) {
			word = v.name + " –" // it cannot be computed
		}
		if text != "" {
			word = "  " + word
		}
		if room -= utf8.RuneCountInString(word); room < 0 {
			break
		}
		text += word
	}
	return text
}

// remarks are the texts of events, each said once, few in all.
type remarks struct {
	details bool // those for the curious too
	said    map[string]bool
}

const mostRemarks = 20

// of returns what an event has to say that was not said before.
func (r *remarks) of(e *train.Event) []string {
	var out []string
	if r.details && r.fresh(e.Detail) {
		out = append(out, e.Detail)
	}
	if r.fresh(e.Text) {
		out = append(out, e.Text)
	}
	return out
}

func (r *remarks) fresh(text string) bool {
	if r.said == nil {
		r.said = map[string]bool{}
	}
	if text == "" || r.said[text] || len(r.said) >= mostRemarks {
		return false
	}
	r.said[text] = true
	return true
}

// lineColumns is room enough for all figures.
const lineColumns = 100

// lines is progress as plain text: one line for every tenth of a stage.
type lines struct {
	w       io.Writer
	stage   string
	tenth   int // of the stage, already told
	figures *figures
	remarks remarks
}

func (l *lines) event(e train.Event) {
	if l.figures == nil {
		l.figures = newFigures()
	}
	l.figures.take(&e)
	for _, text := range l.remarks.of(&e) {
		fmt.Fprintf(l.w, "  %s\n", text)
	}
	if e.Checkpoint != nil || e.Of == 0 {
		return
	}
	k := min(e.K+1, e.Of)
	tenth := 10 * k / e.Of
	if tenth == l.tenth && e.Stage == l.stage {
		return
	}
	l.tenth, l.stage = tenth, e.Stage
	fmt.Fprintf(l.w, "%s%*d/%d  %s\n", stageLabel(e.Stage), len(fmt.Sprint(e.Of)), k, e.Of, l.figures.words(lineColumns))
}

func (l *lines) done() {}

func stageLabel(stage string) string {
	if stage == "" {
		return ""
	}
	return stage + "  "
}

// Columns of the bar, and of the bar with its percentage, counts and times.
const (
	barWidth   = 14
	barColumns = barWidth + 34
)

// columns is the width of the terminal, or what all terminals have.
func (a *app) columns() int {
	if a.Columns > 0 {
		return a.Columns
	}
	return 80
}

// bar is progress on a terminal.
type bar struct {
	w       io.Writer
	room    int // columns for words
	bar     *progressbar.ProgressBar
	of      int
	figures *figures
	remarks remarks
}

func (b *bar) event(e train.Event) {
	if b.bar == nil {
		b.open(max(e.Of, 1))
	}
	b.figures.take(&e)
	for _, text := range b.remarks.of(&e) {
		b.bar.Clear()
		fmt.Fprintf(b.w, "  %s\n", text)
	}
	if e.Checkpoint != nil {
		return
	}
	if e.Of != b.of && e.Of > 0 {
		b.of = e.Of
		b.bar.ChangeMax(e.Of)
	}
	stage := stageLabel(e.Stage)
	b.bar.Describe(stage + b.figures.words(b.room-utf8.RuneCountInString(stage)))
	b.bar.Set(min(e.K+1, b.of-1)) // the last one would end the bar; done does that
}

func (b *bar) open(of int) {
	b.of, b.figures = of, newFigures()
	b.bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(b.w), progressbar.OptionSetWidth(barWidth),
		progressbar.OptionThrottle(80*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: "·", BarStart: "", BarEnd: ""}))
}

func (b *bar) done() {
	if b.bar != nil {
		b.bar.Clear()
	}
}
