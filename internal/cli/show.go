package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/model"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/study"
)

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show RUN|MODEL", Short: "Say what was learnt: equations, parameters, provenance, scores",
		Args: arguments(1, 1, "one run folder or model file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(args[0]) },
	}
}

// shown is what show --json prints.
type shown struct {
	Model      string           `json:"model"`
	Text       string           `json:"text"`
	States     []string         `json:"states"`
	Inputs     []string         `json:"inputs"`
	Theta      int              `json:"theta"`
	Members    int              `json:"members"`
	Parameters []shownParameter `json:"parameters"`
	Recordings []shownRecording `json:"recordings"`
	Noise      []shownNoise     `json:"noise"`
	From       model.Provenance `json:"from"`
	Result     *study.Result    `json:"result"` // null for a lone model file
}

type shownRecording struct {
	ID    string  `json:"id"`
	From  float64 `json:"from"` // first and last time, in the unit of the model
	To    float64 `json:"to"`
	Step  float64 `json:"step"` // median distance of rows
	Rows  int     `json:"rows"`
	Epoch string  `json:"epoch,omitempty"` // instant of time 0
}

// shownNoise is how rows lie around what is predicted of a column: normal with the deviation where
// there is no model of it.
type shownNoise struct {
	Column string        `json:"column"`
	SD     *float64      `json:"sd"`
	Model  *noise.Column `json:"model"` // kind, numbers and limit
}

type shownParameter struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit"`
	Value *float64 `json:"value"`
	Start *float64 `json:"start"`
	SD    *float64 `json:"sd"`   // over the members of an ensemble, or the standard error of the fit
	Note  string   `json:"note"` // what to know before trusting it
}

func (a *app) show(path string) error {
	m, err := a.readModel(path)
	if err != nil {
		return err
	}
	var res *study.Result
	if info, err := os.Stat(path); err == nil && info.IsDir() && exists(filepath.Join(path, study.ResultFile)) {
		if res, err = study.ReadResult(path); err != nil {
			return err
		}
	}
	values := page.Parameters(m, res)
	if a.json {
		return a.printJSON(newShown(m, res, values))
	}
	w := &strings.Builder{}
	describe(w, m, values)
	describeSteps(w, m)
	describeNoise(w, m)
	if res != nil {
		describeStarts(w, res)
		fmt.Fprintf(w, "\nrun: %s in %.1f s, %s, %s field evaluations\n", endWords(res), res.Seconds,
			words.Several(res.Iterations, "iteration"), words.Grouped(res.Evaluations))
		headline(w, res)
		scoreLines(w, res)
		story(w, res)
		verdictLines(w, res)
	}
	_, err = io.WriteString(a.Stdout, w.String())
	return failed(err)
}

func newShown(m *model.Model, res *study.Result, values []page.Parameter) shown {
	f := &m.Parts.Frame
	s := shown{Model: m.ArchName, Text: m.Text(), States: f.States, Inputs: append([]string{}, f.Inputs...), Theta: len(m.Theta[0]),
		Members: len(m.Theta), Parameters: []shownParameter{}, Noise: []shownNoise{}, Recordings: []shownRecording{}, From: m.From, Result: res}
	for _, r := range m.Records {
		at := shownRecording{ID: r.ID, From: r.T0, To: r.End, Step: study.Tidy(r.Step, r.End), Rows: r.Rows}
		if !m.Epoch.IsZero() {
			at.Epoch = m.Epoch.Format(time.RFC3339)
		}
		s.Recordings = append(s.Recordings, at)
	}
	for _, p := range values {
		s.Parameters = append(s.Parameters, shownParameter{p.Name, p.Unit, num.OrNull(p.Value), num.OrNull(p.Start), num.OrNull(p.SD), p.Note})
	}
	for c, name := range m.Measured() {
		one := shownNoise{Column: name}
		if m.NoiseModels != nil {
			one.Model = m.NoiseModels[c]
		}
		if m.Noise != nil {
			one.SD = num.OrNull(m.Noise[c])
		}
		s.Noise = append(s.Noise, one)
	}
	return s
}

// describe writes a model in words.
func describe(w io.Writer, m *model.Model, values []page.Parameter) {
	if !describeSeason(w, m) {
		fmt.Fprintf(w, "model %s\n", m.ArchName)
		for line := range strings.Lines(m.Text()) {
			fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
		}
	}
	if c := m.Components; c != nil {
		fmt.Fprintf(w, "  c1, c2, … are the %s\n", c.Words())
	}
	if e := m.Embedding; e != nil {
		fmt.Fprintf(w, "  %s\n", e.Words(m.Columns()[0]))
	}
	if len(values) > 0 {
		fmt.Fprintln(w, "\nparameters")
	}
	for _, p := range values {
		note := ""
		if p.Note != "" {
			note = "; " + p.Note
		}
		start := "(started at " + words.Short(p.Start) + note + ")"
		if math.IsNaN(p.Start) {
			start = strings.TrimPrefix(note, "; ")
		}
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace(fmt.Sprintf("%s = %s %s", p.Name, uncertain(p.Value, p.SD, p.Lo, p.Hi, words.Unit(p.Unit)), start)))
	}
	fmt.Fprintf(w, "\n%s in θ, %s, solver %s\n", words.Several(len(m.Theta[0]), "number"), words.Several(len(m.Theta), "member"), m.Solver.Solver)
	for _, r := range m.Records {
		name := ""
		if r.ID != "" {
			name = " " + r.ID
		}
		fmt.Fprintf(w, "recording%s: %s, %s from %s to %s\n", name, words.Several(r.Rows, "row"), m.Time, when(m, r.T0), when(m, r.End))
	}
	p := m.From
	fmt.Fprintf(w, "from %s (SHA-256 %.12s…), seed %d, method %s\nby entrain %s, kernels %s: %s\n", p.Data, p.Hash, p.Seed, p.Method, p.Version, p.Kernel, p.Command)
}

// mostStepLines are printed by show; analyse RUN response has all.
const mostStepLines = 12

// describeSteps writes how fast the columns of a linear law follow its inputs.
func describeSteps(w io.Writer, m *model.Model) {
	if m.ArchName != "linear" || len(m.Parts.Frame.Inputs) == 0 {
		return
	}
	r, err := page.NewResponse(m, nil)
	if err != nil || !r.Stable {
		return
	}
	for _, a := range r.Pairs[:min(len(r.Pairs), mostStepLines)] {
		if a.Rise == nil || a.Settling == nil {
			continue
		}
		text := fmt.Sprintf("step of %s: %s rises (10 to 90 %%) in %s, is settled (2 %%) after %s", a.Input, a.Output,
			words.Short(*a.Rise)+words.Unit(m.TUnit), words.Short(*a.Settling)+words.Unit(m.TUnit))
		if *a.Overshoot > 0 {
			text += ", overshoots by " + words.Short(100**a.Overshoot) + " %"
		}
		fmt.Fprintln(w, text)
	}
}

// describeNoise writes how rows lie around what is predicted.
func describeNoise(w io.Writer, m *model.Model) {
	for c, name := range m.Measured() {
		text := ""
		switch {
		case m.NoiseModels != nil && m.NoiseModels[c] != nil:
			text = m.NoiseModels[c].String()
		case m.Noise != nil && num.Finite(m.Noise[c]) && m.Noise[c] > 0:
			text = "standard deviation " + words.Short(m.Noise[c])
			if m.Parts.Frame.IsLog(c) {
				text += " of its logarithm"
			}
			if m.ProcessNoise != nil {
				text += ", of measurement alone: what drives the states at random comes on top"
			}
		default:
			continue
		}
		fmt.Fprintf(w, "noise of %s: %s\n", name, text)
	}
}

// describeStarts writes the starts that were learnt and what of the parameters is
// determined only together.
func describeStarts(w io.Writer, res *study.Result) {
	if len(res.Starts) > 0 {
		fmt.Fprintln(w, "\nstarts, learnt")
	}
	for _, p := range res.Starts {
		fmt.Fprintf(w, "  %s\n", estimateLine(p))
	}
	for _, text := range res.Determined {
		fmt.Fprintf(w, "  %s\n", text)
	}
	if c := res.Convergence; c != nil {
		fmt.Fprintf(w, "\n%s\n", c.Why)
	}
}
