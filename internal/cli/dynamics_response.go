package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// mostResponses are the inputs, and the columns of each, that are drawn.
const mostResponses = 12

// driven is a trained model with the inputs about which it is to be linearised.
func (d *dynamic) driven(m *model.Model, set map[string]string) error {
	d.model, d.unit = m, m.TUnit
	known := m.Parts.Frame.Inputs
	for name, text := range set {
		c := slices.Index(known, name)
		if c < 0 {
			return &registry.UnknownError{Kind: "input", Name: name, Known: known}
		}
		v, err := numbers(name, text)
		if err != nil || len(v) != 1 {
			return fmt.Errorf("%s=%s: write one number, the value of the input about which the law is linearised", name, text)
		}
		if d.inputs == nil {
			d.inputs = m.MeanInputs()
		}
		d.inputs[c] = v[0]
	}
	return nil
}

// response is how columns of a trained model answer its inputs, by frequencies and by steps.
func (d *dynamic) response() (*dynamicResult, error) {
	if d.model == nil {
		return nil, fmt.Errorf("a response is that of a trained model with inputs: fit the rows with inputs=…, then analyse RUN response")
	}
	r, err := page.NewResponse(d.model, d.inputs)
	if err != nil {
		return nil, err
	}
	f := &dynamicResult{Value: r, Words: r.Words(), Sections: r.Sections(mostResponses, d.flags.dynamics.decibel),
		Head: []string{"input", "column", "steady gain", "rise 10–90 %", "settled to 2 %", "overshoot"}}
	for _, a := range r.Pairs {
		f.Rows = append(f.Rows, append([]string{a.Input, a.Output}, stepWords(&a)...))
	}
	if n := len(d.model.Theta); n > 1 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("the model has %d members; this is the response of the one whose orbit is shown", n))
	}
	if p := max(len(d.model.Parts.Frame.Inputs), len(d.model.Measured())); p > mostResponses {
		f.Warnings = append(f.Warnings, fmt.Sprintf("the first %d inputs and columns are drawn; the table of numbers has all", mostResponses))
	}
	f.Table = func(w io.Writer) error { return responseCSV(w, r) }
	return f, nil
}

// stepWords are the figures of a step; of what does not end, dashes.
func stepWords(a *page.PairAnswer) []string {
	out := []string{orDash(num.FromNull(a.Steady)), orDash(num.FromNull(a.Rise)), orDash(num.FromNull(a.Settling)), "–"}
	if a.Overshoot != nil {
		out[3] = words.Short(100**a.Overshoot) + " %"
	}
	return out
}

// responseCSV has a line for each frequency, then one for each time, of every pair.
func responseCSV(w io.Writer, r *page.Response) error {
	t := csv.NewWriter(w)
	_ = t.Write([]string{"curve", "input", "column", "frequency", "gain", "gain_db", "phase_degrees", "time", "step"}) // Error tells of errors
	number := func(v float64) string {
		if !num.Finite(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, a := range r.Pairs {
		decibel := page.Decibels(a.Gain)
		for k, at := range r.Turns {
			_ = t.Write([]string{"frequency", a.Input, a.Output, number(at), number(a.Gain[k]), number(decibel[k]), number(a.Phase[k]), "", ""})
		}
		for k, at := range r.Times {
			_ = t.Write([]string{"step", a.Input, a.Output, "", "", "", "", number(at), number(a.Step[k])})
		}
	}
	t.Flush()
	return t.Error()
}
