package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/entrain-dev/entrain/model"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/study"
)

// forecastFlags say what is to be forecast.
type forecastFlags struct {
	times, recording, inputs, band string
	horizon, step                  string // "": not given
	from                           []string
	plot                           bool
}

func (a *app) forecastCommand() *cobra.Command {
	var f forecastFlags
	c := &cobra.Command{
		Use: "forecast RUN|MODEL", Short: "Continue a recording, or follow the fitted trajectory at any times",
		Long: `Print a forecast as CSV: time, states, and the band of each state that --band asks
for. The predictive band (name_predictive_lo, name_predictive_hi) is to hold 90 % of
measured values; the band of the fit (name_fit_lo, name_fit_hi) is where the trajectory
lies with 90 %, as far as the members of an ensemble know.

Without --t it begins after the last row, one --step apart (default: the median
distance of the rows, or the months or years between them), and reaches --horizon
further (default: half the span of the rows). Where the rows are dated both may have a
unit (s, min, h, d, mo, y), months and years being those of the calendar, and --horizon
may be the date of the end: --horizon 12mo, --horizon 2027-06-30. It goes on from the
present state, hidden states too, as the last rows say.
With --t a:b:step the trajectory is given at these times: within the recording the
fitted one. They are numbers in the unit of time that entrain check prints, of dates
since the first row; where the rows are dated they may be dates, with a step such as
1d, 6h, 15min or 1mo: --t 2026-07-01:2026-08-01:1d. --from takes another recording and goes on from the present
state after its last row (with --t: the last one at or before a); the more rows it
has, the better. A model with inputs needs their future values: --inputs names a file
with the time and the input columns, and without --horizon the forecast ends with it
at the latest.

A trajectory that cannot be followed to the end is written as far as it goes; the last
line on standard error says why it ends, and the exit code is 1.`,
		Example: "  entrain forecast runs/lv --horizon 12 --step 0.1 > forecast.csv\n  entrain forecast runs/lv --t 0:12:0.1 > rollout.csv",
		Args:    arguments(1, 1, "one run folder or model file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for name, text := range map[string]string{"horizon": f.horizon, "step": f.step} {
				if cmd.Flags().Changed(name) && text == "" {
					return fmt.Errorf("--%s has no value; give a length of time, or leave it away", name)
				}
			}
			return a.forecast(args[0], &f)
		},
	}
	c.Flags().StringArrayVar(&f.from, "from", nil, "continue the recordings in this file, folder or pattern instead of those trained on; may be given again")
	c.Flags().StringVar(&f.times, "t", "", "times as start:end:step, numbers or dates")
	c.Flags().StringVar(&f.horizon, "horizon", "", "how far to go beyond the last row: a number, of dated rows also 12h, 30d, 6mo, 2y or a date")
	c.Flags().StringVar(&f.step, "step", "", "time between rows: a number, of dated rows also 15min or 1mo")
	c.Flags().StringVar(&f.recording, "recording", "", "only the recording of this name")
	c.Flags().StringVar(&f.inputs, "inputs", "", "file with the future values of the inputs")
	c.Flags().StringVar(&f.band, "band", "", "band around the states: predictive (default), fit or none")
	c.Flags().BoolVar(&f.plot, "plot", false, "draw the forecast on standard error too")
	return c
}

func (f *forecastFlags) check() error {
	if bands := []string{"", data.BandPredictive, data.BandFit, noBand}; !slices.Contains(bands, f.band) {
		return &registry.UnknownError{Kind: "band", Name: f.band, Known: bands[1:]}
	}
	if f.times != "" && (f.horizon != "" || f.step != "") {
		return fmt.Errorf("--t gives all times; leave --horizon and --step away")
	}
	if _, date := data.Instant(f.horizon, time.UTC); f.horizon != "" && !date {
		if _, _, err := lengthOf(f.horizon); err != nil {
			return fmt.Errorf("--horizon %s: %w", budget.Quote(f.horizon), err)
		}
	}
	if f.step != "" {
		if _, _, err := lengthOf(f.step); err != nil {
			return fmt.Errorf("--step %s: %w", budget.Quote(f.step), err)
		}
	}
	return nil
}

func (a *app) forecast(path string, f *forecastFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	m, err := a.readModel(path)
	if err != nil {
		return err
	}
	a.doubt(path)
	if _, labels := m.Classes(); labels {
		return a.classify(m, f)
	}
	origins, err := a.origins(m, f)
	if err != nil {
		return err
	}
	future, err := a.future(m, f.inputs)
	if err != nil {
		return err
	}
	if err := ownInputs(origins, future); err != nil {
		return fmt.Errorf("--inputs %s: %w", f.inputs, err)
	}
	if _, err := strconv.ParseFloat(f.horizon, 64); err == nil && !m.Epoch.IsZero() {
		fmt.Fprintf(a.Stderr, "note: --horizon %s is in %s, the unit of the rows\n", f.horizon, m.TUnit)
	}
	out, err := a.follow(path, m, f, origins, future)
	if err != nil {
		return err
	}
	if err := a.writeForecasts(m, out, f.band); err != nil {
		return err
	}
	if f.plot {
		a.plotForecasts(a.Stderr, out)
	}
	return short(out)
}

// follow are the forecasts from origins, of the columns that were measured.
func (a *app) follow(path string, m *model.Model, f *forecastFlags, origins []origin, future *data.Series) (out []model.Forecast, err error) {
	asked := 0
	for _, o := range origins {
		times, err := o.times(m, f, future)
		if err != nil {
			return nil, err
		}
		if asked += len(times); a.tooMany(m, asked) != nil {
			return nil, a.tooMany(m, asked)
		}
		fc, err := o.follow(m, times, future)
		if err != nil {
			return nil, fmt.Errorf("%s: %w%s", path, err, inputAdvice(m, f))
		}
		if fc.Note != "" {
			fmt.Fprintf(a.Stderr, "note: %s\n", fc.Note)
		}
		out = append(out, *m.Shown(fc))
	}
	return out, nil
}

// short is the failure of trajectories that end before the last time that was asked for; what there
// is of them has been written.
func short(all []model.Forecast) error {
	var why []string
	for i := range all {
		f := &all[i]
		switch {
		case f.Failed == "":
		case f.Len() < 2:
			why = append(why, fmt.Sprintf("there is no forecast%s: the trajectory does not go beyond the first time that was asked for: %s", words.Recording(f.ID), f.Failed))
		default:
			why = append(why, fmt.Sprintf("the trajectory%s ends after %s, before the last time that was asked for: %s", words.Recording(f.ID), words.Several(f.Len(), "row"), f.Failed))
		}
	}
	if len(why) == 0 {
		return nil
	}
	if len(all) > 1 {
		why[0] = fmt.Sprintf("%d of %d trajectories end early; %s", len(why), len(all), why[0])
	}
	return failed(errors.New(why[0]))
}

// tooMany refuses to compute more numbers than were allowed: times × states ×
// members, as many lanes as members take.
func (a *app) tooMany(m *model.Model, times int) error {
	each := (len(m.Parts.Frame.States) + 1) * program.PadLanes(len(m.Theta))
	if n := float64(times) * float64(each); n > float64(a.values) {
		return fmt.Errorf("%d times are %.0f numbers for this model's states and members; %d is the limit: take a larger step or a shorter span (%s)",
			times, n, a.values, budget.Hint("values", int64(n)))
	}
	return nil
}

// noBand asks for states alone.
const noBand = "none"

func inputAdvice(m *model.Model, f *forecastFlags) string {
	if len(m.Parts.Frame.Inputs) > 0 && f.inputs == "" {
		return " (--inputs FILE, with the columns " + m.Time + " and the inputs)"
	}
	return ""
}

// writeForecasts prints trajectories as CSV or JSON, as far as they go.
func (a *app) writeForecasts(m *model.Model, all []model.Forecast, kind string) error {
	o := data.WriteOptions{ID: m.IDName}
	var series []data.Series
	for i := range all {
		fc := &all[i]
		fc.Inputs, fc.U = nil, nil
		series = append(series, fc.Series)
		if b, of, ok := study.BandOf(fc, kind); ok {
			o.Bands, o.Kind = append(o.Bands, b), of
		}
	}
	if a.json {
		return a.printJSON(newTrajectories(all))
	}
	return failed(data.Write(a.Stdout, series, o))
}

// origin is where a forecast begins.
type origin struct {
	id        string
	rec       int     // recording of the model, −1 for other data
	from, end float64 // first time allowed, last row
	span      float64 // of the rows
	step      float64 // median distance of rows
	series    *data.Series
	inputs    *data.Series
}

// times are those at which the forecast is wanted. Unless told how far, it goes
// no further than future, which may be nil, knows the inputs.
func (o *origin) times(m *model.Model, f *forecastFlags, future *data.Series) ([]float64, error) {
	if f.times != "" {
		t, err := gridOn(m, f.times)
		for i := range t { // as the user writes it, not as sums round
			t[i] = study.Tidy(t[i], t[len(t)-1])
		}
		return t, err
	}
	step, err := o.spacing(m, f)
	if err != nil {
		return nil, err
	}
	end, err := o.until(m, f, step, future)
	if err != nil {
		return nil, err
	}
	if !step.positive() || !(end > o.end) {
		return nil, fmt.Errorf("the recording does not say how far and how finely to go; give --horizon and --step")
	}
	from := 0.0 // distances from the last row are summed up, and then rounded as the user writes them
	if step.months > 0 {
		from = o.end
	}
	grid, err := step.grid(m, from, end-o.end+from)
	if err != nil {
		return nil, err
	}
	if len(grid) < 2 {
		return nil, fmt.Errorf("the horizon %s is shorter than the step %s; give a smaller --step or a longer --horizon",
			words.Short(end-o.end), words.Short(step.after(m, o.end, 1)-o.end))
	}
	t := make([]float64, len(grid)-1)
	for i := range t {
		t[i] = study.Tidy(o.end-from+grid[i+1], o.end)
	}
	return t, nil
}

// spacing is the time between the rows of a forecast.
func (o *origin) spacing(m *model.Model, f *forecastFlags) (span, error) {
	if f.step == "" {
		if n := rowMonths(m, o.from, o.end, o.step); n > 0 {
			return span{months: n}, nil
		}
		return span{units: study.Tidy(o.step, o.end)}, nil
	}
	s, err := spanOn(m, f.step)
	if err != nil {
		return s, fmt.Errorf("--step %s: %w", budget.Quote(f.step), err)
	}
	return s, nil
}

// until is the time at which a forecast ends.
func (o *origin) until(m *model.Model, f *forecastFlags, step span, future *data.Series) (float64, error) {
	if f.horizon == "" {
		end := o.end + study.Horizon*o.span
		if future != nil && future.Len() > 0 {
			if known := future.T[future.Len()-1]; known >= step.after(m, o.end, 1) {
				end = min(end, known)
			}
		}
		return end, nil
	}
	var s span
	var err error
	if at, ok := data.Instant(f.horizon, m.Epoch.Location()); ok {
		switch s.units = timeOn(m, at) - o.end; {
		case m.Epoch.IsZero():
			err = fmt.Errorf("it is a date, but the model counts time in numbers; give a number in its unit")
		case !(s.units > 0):
			err = fmt.Errorf("the recording ends at %s, not before that date", when(m, o.end))
		}
	} else {
		s, err = spanOn(m, f.horizon)
	}
	if err != nil {
		return 0, fmt.Errorf("--horizon %s: %w", budget.Quote(f.horizon), err)
	}
	return s.after(m, o.end, 1), nil
}
