package model

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// A checksum says that a file is as it was written, not that what was written
// makes sense. These checks are about the meaning.

func invalid(format string, args ...any) error {
	return fmt.Errorf("the description of the model is not valid: %w", fmt.Errorf(format, args...))
}

// longCommand bounds the text of the command that made a model.
const longCommand = 100_000

// check reports the first thing in a description that no model has.
func (d *described) check() error {
	if err := checkFrame(&d.Frame); err != nil {
		return err
	}
	if n := len(d.Units); n > 0 && n != len(d.Frame.States) {
		return invalid("%d units for %d states", n, len(d.Frame.States))
	}
	if err := d.checkTexts(); err != nil {
		return err
	}
	if e := d.Embed; e != nil && (e.Check() != nil || !(e.Step > 0) || e.Dimension != len(d.Frame.States)) {
		return invalid("%d states are delays of one column, %d of them %d rows of %g apart", len(d.Frame.States), e.Dimension, e.Lag, e.Step)
	}
	if c := d.Components; c != nil && (c.Check() != nil || c.Len() > len(d.Frame.States)) {
		return invalid("%d states are components of %d columns", len(d.Frame.States), len(c.Columns))
	}
	if _, err := Holding(d.Hold, d.Frame.Inputs); err != nil {
		return invalid("hold is %s; it is linear, zero, or one of each input", budget.Quote(d.Hold))
	}
	if year := d.Epoch.Year(); !d.Epoch.IsZero() && (year < 1 || year > 9999) {
		return invalid("its clock begins in the year %d", year)
	}
	if s := &d.Solver; s.MaxSteps < 0 || s.MaxSteps > maxSteps || s.Memory < 0 || s.Memory > 1<<50 || s.Threads < 0 || s.Threads > 1<<20 {
		return invalid("the solver takes %d steps, %d bytes and %d threads", s.MaxSteps, s.Memory, s.Threads)
	}
	if len(d.Records) > budget.Recordings {
		return invalid("%d recordings; %d is the limit", len(d.Records), budget.Recordings)
	}
	for i := range d.Records {
		if err := d.Records[i].check(); err != nil {
			return invalid("recording %d: %w", i+1, err)
		}
		if err := inCalendar(d.Epoch, d.TUnit, &d.Records[i]); err != nil {
			return invalid("recording %d: %w", i+1, err)
		}
	}
	return nil
}

// maxSteps is far more steps than anybody waits for.
const maxSteps = 1_000_000_000

func (d *described) checkTexts() error {
	texts := []string{d.Time, d.TUnit, d.IDName, d.Loss, d.From.Data, d.From.Hash, d.From.Method, d.From.Version, d.From.Kernel}
	texts = append(texts, d.Units...)
	texts = append(texts, d.Frame.Inputs...)
	texts = append(texts, d.Frame.States...)
	for _, r := range d.Records {
		texts = append(texts, r.ID)
	}
	for _, text := range texts {
		if len(text) > budget.Name {
			return invalid("a name has %d characters; %d is the limit", len(text), budget.Name)
		}
		if !printable(text) {
			return invalid("%s holds a line break or control character", budget.Quote(text))
		}
	}
	if !printable(d.From.Command) || len(d.From.Command) > longCommand {
		return invalid("the command %s is too long or holds a control character", budget.Quote(d.From.Command))
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' })
}

// checkFrame checks the names and the scaling of states and inputs.
func checkFrame(f *field.Frame) error {
	n, k := len(f.States), len(f.Inputs)
	if n == 0 || len(f.Shift) != n || len(f.Scale) != n || len(f.Log) > n || len(f.UShift) != k || len(f.UScale) != k {
		return errors.New("the description of the model is not valid: names and scaling of its states or inputs differ in number")
	}
	if n+k > budget.States {
		return invalid("%d states and inputs; %d is the limit", n+k, budget.States)
	}
	for _, list := range [][]float64{{f.Time}, f.Scale, f.UScale} {
		for _, v := range list {
			if !budget.Sizeable(v) {
				return invalid("a scale is %g: not positive, or outside of %g to %g", v, budget.Smallest, budget.Largest)
			}
		}
	}
	for _, list := range [][]float64{{f.T0, f.Step}, f.Shift, f.UShift} {
		for _, v := range list {
			if !num.Finite(v) {
				return invalid("a shift is not a finite number")
			}
		}
	}
	if f.Step < 0 {
		return invalid("the time between samples is %g", f.Step)
	}
	seen := map[string]bool{}
	for _, list := range [][]string{f.States, f.Inputs} {
		for _, name := range list {
			if name == "" || seen[name] {
				return invalid("the name %s of a state or input is empty or there twice", budget.Quote(name))
			}
			seen[name] = true
		}
	}
	return nil
}

func (r *describedRecord) check() error {
	switch {
	case !num.Finite(r.T0) || !num.Finite(r.End) || !num.Finite(r.End-r.T0) || r.End < r.T0:
		return fmt.Errorf("it goes from time %g to %g", r.T0, r.End)
	case !(r.Step >= 0) || !num.Finite(r.Step):
		return fmt.Errorf("its rows are %g apart", r.Step)
	case r.Rows < 0:
		return fmt.Errorf("it has %d rows", r.Rows)
	}
	last := r.T0
	for _, t := range r.Anchors {
		if !(t > last) || t > r.End {
			return fmt.Errorf("its trajectory starts anew at time %g, after %g", t, last)
		}
		last = t
	}
	return nil
}

// inCalendar wants the times of a recording with a clock in years of four digits.
func inCalendar(epoch time.Time, unit string, r *describedRecord) error {
	const longest = 4e11 // seconds, more than 10 000 years
	if size := map[string]float64{"d": 86400, "h": 3600, "min": 60}[unit]; !epoch.IsZero() {
		for _, t := range []float64{r.T0, r.End} {
			if math.Abs(t*max(size, 1)) > longest {
				return fmt.Errorf("time %g is in no calendar", t)
			}
		}
	}
	return nil
}

// Refused says why a file of the model could not be read back; nil if it could. A
// fit that failed may leave numbers that are none.
func (m *Model) Refused() error {
	tensors, err := m.tensors()
	if err != nil {
		return err
	}
	return m.checkNumbers(tensors)
}

// checkNumbers wants finite numbers in every tensor, increasing times, and no
// tensor that the description does not name.
func (m *Model) checkNumbers(tensors []tensor) error {
	known := map[string]bool{"theta": true}
	for i, r := range m.Records {
		for _, name := range []string{"start", "present", "time", "inputs"} {
			known[fmt.Sprintf("%s.%d", name, i)] = true
		}
		for j := range r.Anchors {
			known[anchorName(i, j)] = true
		}
		for k := 1; k < len(r.U.T); k++ {
			if !(r.U.T[k] > r.U.T[k-1]) {
				return fmt.Errorf("the times of the inputs of recording %d do not increase", i+1)
			}
		}
	}
	for _, t := range tensors {
		if !known[t.Name] {
			return fmt.Errorf("the file holds a tensor %s, which is no part of the model", budget.Quote(t.Name))
		}
		for _, v := range t.V {
			if !num.Finite(v) || math.Abs(v) > budget.Theta {
				return fmt.Errorf("the tensor %s holds %g, which is not finite or too large to compute with; such a model cannot be used", budget.Quote(t.Name), v)
			}
		}
	}
	return nil
}

// checkSolver builds the solver of the model once: its options have to be ones
// that it takes.
func (m *Model) checkSolver() error {
	if _, err := ode.NewSolver(m.Parts.NewField(1, false), m.Solver); err != nil {
		return invalid("solver: %w", err)
	}
	return nil
}
