package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// finding is one thing that check has to say.
type finding struct {
	Severity  string `json:"severity"` // error or warning
	File      string `json:"file"`
	Recording string `json:"recording,omitempty"`
	Column    string `json:"column,omitempty"`
	Message   string `json:"message"`
}

// mostFindings is how many findings --json lists.
const mostFindings = 1000

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check DATA|CONFIG|STUDY [key=value…]", Short: "Say all that is wrong with data, a configuration or a study, before time is spent",
		Args:              arguments(1, -1, "a data or configuration file, then settings as for fit"),
		ValidArgsFunction: completeSettings,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.check(args) },
	}
}

func (a *app) check(args []string) error {
	said := a.findings(args)
	found := said.found
	errorsFirst(found)
	bad := 0
	for _, f := range found {
		if f.Severity == data.Error.String() {
			bad++
		}
	}
	if a.json {
		if found == nil {
			found = []finding{}
		}
		out := map[string]any{"file": args[0], "ok": bad == 0, "findings": found[:min(len(found), mostFindings)],
			"notes": append([]string{}, said.notes...)}
		if more := len(found) - mostFindings; more > 0 {
			out["more"] = more
		}
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		writeFindings(a.Stdout, found)
		if bad == 0 {
			fmt.Fprint(a.Stdout, said.words())
		}
	}
	if bad > 0 {
		return &failure{exitBad, errSilent}
	}
	return nil
}

// checked is what check has to say.
type checked struct {
	found []finding
	file  string   // of data
	notes []string // what was assumed of it
	about string   // what is in it, and what a fit would do
}

// words are what is told where nothing is wrong.
func (c *checked) words() string {
	text := ""
	for _, note := range c.notes {
		text += c.file + ": " + note + "\n"
	}
	return text + c.about
}

func (c *checked) note(text string) { c.notes = append(c.notes, text) }

func (c *checked) warn(file, text string) {
	c.found = append(c.found, finding{Severity: data.Warning.String(), File: file, Message: text})
}

func (c *checked) problems(file string, found []data.Problem) {
	for _, p := range found {
		c.found = append(c.found, finding{p.Severity.String(), file, p.Recording, p.Column, file + ": " + p.String()})
	}
}

// findings goes as far as a fit would before it trains, and collects what it
// meets on the way.
func (a *app) findings(args []string) (out checked) {
	if found, about, ok := a.studyFindings(args); ok {
		return checked{found: found, about: about}
	}
	c, err := a.configure(args)
	if err != nil {
		return checked{found: problems(args[0], err)}
	}
	a.begin(c)
	for _, note := range c.Notes() {
		out.warn(c.Source(), note)
	}
	out.file = c.Data.String()
	series, _, table, err := a.readRecordings(c, c.Heldout, out.note)
	if err != nil {
		out.found = append(out.found, problems(out.file, err)...)
		return out
	}
	out.about = table
	wrong := checkData(c, series)
	out.problems(out.file, wrong)
	cost := ""
	if data.FirstError(wrong) == nil {
		cost = a.tryFit(c, series, &out)
	}
	if out.about += describeData(c, series) + settingsOf(&a.found); cost != "" {
		out.about += "a fit takes at most " + cost + "\n"
	}
	return out
}

// checkData is what is wrong with recordings for a fit of the configuration.
func checkData(c *config.Config, series []data.Series) []data.Problem {
	known := func(p data.Problem) bool { return p.Begins && c.Settings.Initial == "known" }
	return slices.DeleteFunc(data.Check(series), known)
}

// tryFit builds what a fit would solve, and returns what that would take.
func (a *app) tryFit(c *config.Config, series []data.Series, out *checked) (cost string) {
	if c.Label != "" {
		series = train.Driving(series)
	}
	findHold(c, series, out.note)
	p, err := buildable(c, series)
	var takes expectation
	if err == nil {
		p = censorWritten(c, series, p, func() (*train.Problem, error) { return buildable(c, series) }, out.note)
		takes, err = a.expect(c, p)
	}
	if err == nil && !takes.large {
		err = train.Refusal(c.Method, p)
	}
	if err != nil {
		out.found = append(out.found, problems(c.Source(), c.Explain(err))...)
	} else {
		if why := p.Undefined(); why != "" {
			out.warn(c.Source(), c.Explain(errors.New("where a fit begins: "+why)).Error())
		}
		for _, note := range p.Parts.Notes {
			out.warn(c.Source(), c.Explain(errors.New(note)).Error())
		}
		for _, text := range p.EventNotes() {
			out.warn(c.Source(), text)
		}
		out.about += happens(p)
		out.problems(out.file, data.SetColumns(series, p.Joined))
	}
	if p != nil {
		for name, text := range p.NoiseWords() {
			out.about += fmt.Sprintf("noise of %s: %s\n", name, text)
		}
	}
	return takes.words
}

// happens says what events and delays there are.
func happens(p *train.Problem) string {
	text := ""
	if e := p.Parts.Events; e != nil {
		for _, line := range e.Text {
			text += "event: " + line + "\n"
		}
	}
	if d := p.Parts.Delays; d != nil {
		text += "looks back: " + strings.Join(slices.Concat(d.Names, d.Text), ", ") + "\n"
	}
	if names := p.Covariates(); len(names) > 0 {
		text += "constant in each recording, which keeps its own: " + strings.Join(names, ", ") + "\n"
	}
	return text + population(p)
}

// population says which parameters recordings have for themselves.
func population(p *train.Problem) string {
	text := ""
	f := &p.Parts.Frame
	for _, q := range p.Parts.PerRecording {
		about := "by their values"
		if q.Positive {
			about = "by their logarithms"
		}
		if q.Block != "" {
			about += ", correlated (" + q.Block + ")"
		}
		text += fmt.Sprintf("of each recording: %s, compared %s\n", f.States[q.State], about)
	}
	return text
}

// A sample is enough to see whether settings fit to recordings.
const (
	sampleRows       = 2000
	sampleRecordings = 50
)

// buildable makes the problem that a fit would solve, of a sample of the rows.
// What goes wrong there is tried with all of them: the sample may lack what
// they have. The problem that is returned has all rows to train on, as its cost
// depends on them.
func buildable(c *config.Config, series []data.Series) (*train.Problem, error) {
	sample := make([]data.Series, min(len(series), sampleRecordings))
	whole := len(sample) == len(series)
	for i := range sample {
		sample[i] = series[i].Every(1 + (series[i].Len()-1)/sampleRows)
		whole = whole && sample[i].Len() == series[i].Len()
	}
	p, err := train.NewProblem(sample, c.ModelName, c.Model, c.Settings)
	if whole {
		return p, err
	}
	if err != nil || p.Apart != nil || p.Labels() != nil { // which recordings are drawn depends on all
		return train.NewProblem(series, c.ModelName, c.Model, c.Settings)
	}
	p.Train = nil
	for i := range series {
		rows, _, err := data.Split(series[i], c.Heldout)
		if err != nil {
			return nil, err
		}
		p.Train = append(p.Train, rows)
		if i >= len(p.Splines) { // those of a sample stand for the rest: costs hardly depend on them
			p.Splines = append(p.Splines, p.Splines[i%len(sample)])
		}
	}
	return p, nil
}

// problems are the findings in an error, which may hold several.
func problems(file string, err error) []finding {
	many := []error{err}
	var all config.Errors
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		many = joined.Unwrap()
	} else if errors.As(err, &all) {
		many = all
	}
	var out []finding
	for _, e := range many {
		if _, nested := e.(interface{ Unwrap() []error }); nested {
			out = append(out, problems(file, e)...)
			continue
		}
		f := finding{Severity: data.Error.String(), File: file, Message: e.Error()}
		var parse *data.ParseError
		if errors.As(e, &parse) {
			f.Column = parse.Column
		}
		out = append(out, f)
	}
	return out
}

// describeData says how a file was understood.
func describeData(c *config.Config, series []data.Series) string {
	rows := 0
	for i := range series {
		rows += series[i].Len()
	}
	s := &series[0]
	text := fmt.Sprintf("%s: %s, %s; time %s, states %s", c.Data, words.Several(len(series), "recording"), words.Several(rows, "row"),
		list([]string{s.Time}, []string{s.TUnit}), list(s.Names, s.Units))
	if len(s.Inputs) > 0 {
		text += ", inputs " + list(s.Inputs, nil)
	}
	return text + "\n"
}

func list(names, units []string) string {
	const most = 100
	text := ""
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += name
		if i < len(units) && units[i] != "" {
			text += " [" + units[i] + "]"
		}
	}
	return text
}
