package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
)

// chaosOptions are those of compare --chaos.
type chaosOptions struct {
	on        bool
	threshold float64
	exponent  float64 // per unit of time; 0: from the truth
	out       string
	past      string // file of rows before the truth
	seed      uint64
}

// chaosScores are what forecasts of chaotic systems are judged by.
type chaosScores struct {
	Valid     *validScore           `json:"valid"`
	Distances *chaos.DistanceReport `json:"distances"`
	Baselines []baselineScore       `json:"baselines,omitempty"`
	Notes     []string              `json:"notes"`
}

// validScore is for how long forecasts are valid.
type validScore struct {
	Threshold float64 `json:"threshold"` // root mean squared over columns, deviations
	// Times are one a recording, Ended whether the threshold was passed before its
	// last row; a time that was not is "at least".
	Times []float64 `json:"times"`
	Ended []bool    `json:"ended"`
	Lower float64   `json:"lower"`
	Mid   float64   `json:"median"`
	Upper float64   `json:"upper"`
	// Exponent is the leading one, by which times become Lyapunov times.
	Exponent       float64 `json:"exponent"`
	ExponentError  float64 `json:"exponent_error"`
	ExponentSource string  `json:"exponent_source"`
	Lyapunov       float64 `json:"median_lyapunov_times"`
}

// baselineScore is for how long forecasts of a baseline are valid, from the past alone.
type baselineScore struct {
	Name     string    `json:"name"`
	Settings string    `json:"settings"`
	Times    []float64 `json:"times"`
	Lower    float64   `json:"lower"`
	Mid      float64   `json:"median"`
	Upper    float64   `json:"upper"`
	Lyapunov float64   `json:"median_lyapunov_times"`
}

// baselines fits the baselines to the longest recording of the past, and forecasts every
// recording of the truth from the past of the same name.
func (c *chaosScores) baselines(past, truth []data.Series, sd []float64, threshold float64, seed uint64) error {
	names := truth[0].Names
	longest := 0
	for n := range past {
		var err error
		if past[n], err = past[n].Pick(names); err != nil {
			return fmt.Errorf("the past: %w", err)
		}
		if past[n].Len() > past[longest].Len() {
			longest = n
		}
	}
	all, err := chaos.FitBaselines(past[longest].X, len(names), seed)
	if err != nil {
		return fmt.Errorf("the past: %w", err)
	}
	for _, b := range all {
		s := baselineScore{Name: b.Name, Settings: b.Settings}
		for n := range truth {
			before, err := pickedFrom(past, truth[n].ID, names)
			if err != nil {
				return fmt.Errorf("the past: %w", err)
			}
			dt, err := regular(&truth[n])
			if err != nil {
				return err
			}
			if step, err := regular(before); err != nil || math.Abs(step-dt) > 0.01*dt || math.Abs(truth[n].T[0]-before.T[before.Len()-1]-dt) > 0.1*dt {
				return fmt.Errorf("the past must end one step of %g before the truth begins at %g, with equal steps", dt, truth[n].T[0])
			}
			rows, _ := chaos.ValidRows(b.Forecast(before.X, truth[n].Len()), truth[n].X, sd, threshold)
			s.Times = append(s.Times, float64(rows)*dt)
		}
		s.Lower, s.Mid, s.Upper = chaos.Quartiles(s.Times)
		s.Lyapunov = s.Mid * c.Valid.Exponent
		c.Baselines = append(c.Baselines, s)
	}
	return nil
}

// scoreChaos compares forecasts with the truth as recordings of a chaotic system, and with
// baselines that know the past, if there is one.
func scoreChaos(got, truth, past []data.Series, compare data.CompareOptions, o chaosOptions) (*chaosScores, error) {
	a, b, err := data.Align(got, truth, compare)
	if err != nil {
		return nil, err
	}
	names := b[0].Names
	var all, forecasts [][]float64
	var dt float64
	for n := range b {
		ref, err := pickedFrom(truth, b[n].ID, names)
		if err != nil {
			return nil, err
		}
		fc, err := pickedFrom(got, b[n].ID, names)
		if err != nil {
			return nil, err
		}
		all, forecasts = append(all, ref.X), append(forecasts, fc.X)
		if dt == 0 {
			if dt, err = regular(ref); err != nil {
				return nil, fmt.Errorf("the truth: %w", err)
			}
		}
		for name, s := range map[string]*data.Series{"the truth": ref, "the forecast": fc} {
			if step, err := regular(s); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			} else if math.Abs(step-dt) > 0.01*dt {
				return nil, fmt.Errorf("%s has rows %g apart, others are %g apart; spectra and histograms need equal steps, so resample first", name, step, dt)
			}
		}
	}
	c := &chaosScores{Notes: []string{}}
	if c.Distances, err = chaos.MeasureDistances(all, forecasts, len(names)); err != nil {
		return nil, err
	}
	if c.Distances.Status != chaos.OK {
		c.Notes = append(c.Notes, c.Distances.Reason)
	}
	sd, err := deviations(b)
	if err != nil {
		return nil, err
	}
	c.valid(a, b, sd, all, dt, o)
	if past != nil {
		return c, c.baselines(past, b, sd, o.threshold, o.seed)
	}
	return c, nil
}

// deviations are those of the columns of all recordings.
func deviations(all []data.Series) ([]float64, error) {
	sd := data.NewMoments(all...).Variance()
	for k, v := range sd {
		if sd[k] = math.Sqrt(v); !(sd[k] > 0) {
			return nil, fmt.Errorf("column %q of the truth does not change; leave it out with ignore=%s", all[0].Names[k], all[0].Names[k])
		}
	}
	return sd, nil
}

// pickedFrom is the recording of that name with those columns.
func pickedFrom(all []data.Series, id string, names []string) (*data.Series, error) {
	for n := range all {
		if len(all) == 1 || all[n].ID == id {
			s, err := all[n].Pick(names)
			return &s, err
		}
	}
	return nil, fmt.Errorf("there is no recording %q", id)
}

// valid measures how long each forecast is valid.
func (c *chaosScores) valid(a, b []data.Series, sd []float64, truth [][]float64, dt float64, o chaosOptions) {
	v := &validScore{Threshold: o.threshold, Exponent: math.NaN(), ExponentError: math.NaN(), Lyapunov: math.NaN()}
	for n := range b {
		rows, ended := chaos.ValidRows(a[n].X, b[n].X, sd, o.threshold)
		v.Times, v.Ended = append(v.Times, float64(rows)*dt), append(v.Ended, ended)
	}
	v.Lower, v.Mid, v.Upper = chaos.Quartiles(v.Times)
	switch {
	case o.exponent > 0:
		v.Exponent, v.ExponentSource = o.exponent, "given"
	default:
		longest := 0
		for n := range truth {
			if len(truth[n]) > len(truth[longest]) {
				longest = n
			}
		}
		s, err := chaos.LocalLyapunov(truth[longest], len(sd), dt, chaos.LocalOptions{Count: 1})
		switch {
		case err != nil:
			c.Notes = append(c.Notes, "the leading exponent cannot be had from the truth ("+err.Error()+"); give it with --exponent")
		case s.Supported < 1 || !(s.Exponents[0] > 0):
			c.Notes = append(c.Notes, "the truth does not tell a positive leading exponent, so there are no Lyapunov times; give it with --exponent")
		default:
			v.Exponent, v.ExponentError, v.ExponentSource = s.Exponents[0], s.Errors[0], "from the rows of the truth"
		}
	}
	v.Lyapunov = v.Mid * v.Exponent
	c.Valid = v
}

// print writes the scores for people.
func (c *chaosScores) print(w io.Writer) error {
	v := c.Valid
	least := ""
	for i, t := range v.Times {
		if !v.Ended[i] && t <= v.Mid {
			least = "at least "
		}
	}
	line := fmt.Sprintf("valid prediction time: %s%s (error below %g deviations, from one step before the first row)", least, words.Short(v.Mid), v.Threshold)
	if len(v.Times) > 1 {
		line = fmt.Sprintf("valid prediction time: %s%s, quartiles %s and %s, of %d recordings (error below %g deviations, from one step before the first row)", least, words.Short(v.Mid), words.Short(v.Lower), words.Short(v.Upper), len(v.Times), v.Threshold)
	}
	if !math.IsNaN(v.Lyapunov) {
		exponent := words.Short(v.Exponent)
		if v.ExponentError > 0 {
			exponent += fmt.Sprintf(" ± %.2g", v.ExponentError)
		}
		line += fmt.Sprintf("; %s Lyapunov times, λ₁ = %s %s", words.Short(v.Lyapunov), exponent, v.ExponentSource)
	}
	text := []string{line}
	for _, b := range c.Baselines {
		word := fmt.Sprintf("  %-12s %s", b.Name, words.Short(b.Mid))
		if !math.IsNaN(b.Lyapunov) {
			word += fmt.Sprintf("; %s Lyapunov times", words.Short(b.Lyapunov))
		}
		if b.Settings != "" {
			word += " (" + b.Settings + ")"
		}
		text = append(text, word)
	}
	text = append(text, distanceWords(c.Distances)...)
	for _, note := range c.Notes {
		if note != c.Distances.Reason {
			text = append(text, "note: "+note)
		}
	}
	_, err := fmt.Fprintln(w, strings.Join(text, "\n"))
	return err
}

// csv writes the distances as a table.
func (c *chaosScores) csv(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "distance,whole,value,floor,floor_most"); err != nil {
		return err
	}
	for _, m := range c.Distances.Distances {
		if _, err := fmt.Fprintf(w, "%s,%.6g,%.6g,%.6g,%.6g\n", m.Name, m.Whole, m.Value, m.Floor, m.FloorMost); err != nil {
			return err
		}
	}
	return nil
}
