package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// labelLines print what a model tells of labelled recordings, beside baselines.
func labelLines(w io.Writer, l *study.Labelled) {
	t := &grid{}
	for _, part := range []struct {
		name   string
		scores *study.LabelScores
	}{{"held-out recordings", &l.Held}, {"training recordings by folds", &l.Folds}, {"training recordings", &l.Train}} {
		for i, s := range part.scores.Classes {
			if i == 0 {
				t.row(fmt.Sprintf("%s (%d)", part.name, s.Recordings), "accuracy", "log loss", "brier", "auc")
			}
			t.row("  "+s.Name, percent(s.Accuracy), shortOf(s.LogLoss), shortOf(s.Brier), shortOf(s.AUC))
		}
		for i, s := range part.scores.Numbers {
			if i == 0 {
				t.row(part.name, "rmse", "mae", "r2")
			}
			t.row("  "+s.Name, shortOf(s.RMSE), shortOf(s.MAE), shortOf(s.R2))
		}
	}
	t.write(w)
	fmt.Fprintf(w, "  minimised: loss=%s\n", l.Loss)
	confusionLines(w, l)
}

// mostConfused is how many classes a table of who was taken for whom has in a terminal.
const mostConfused = 12

// confusionLines print which classes were taken for which.
func confusionLines(w io.Writer, l *study.Labelled) {
	counts, of := l.Held.Confusion, "held-out"
	if counts == nil {
		counts, of = l.Train.Confusion, "training"
	}
	if counts == nil || len(counts) > mostConfused {
		return
	}
	t := &grid{}
	t.row(append([]string{of + " recordings that are … were told to be"}, l.Classes...)...)
	for i, row := range counts {
		line := []string{"  " + l.Classes[i]}
		for _, n := range row {
			line = append(line, strconv.Itoa(n))
		}
		t.row(line...)
	}
	t.write(w)
}

func shortOf(v *float64) string {
	if v == nil {
		return "–"
	}
	return words.Short(*v)
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*num.FromNull(v))
}

// noTrajectory refuses a classifier where something is followed in time.
func noTrajectory(m *model.Model, path, what string) error {
	if _, labels := m.Classes(); !labels {
		return nil
	}
	return fmt.Errorf("%s is a classifier, which %s; show it whole recordings: entrain forecast %s --from NEW.csv", path, what, words.Quoted(path))
}

// classify prints what a classifier says of the recordings in other files.
func (a *app) classify(m *model.Model, f *forecastFlags) error {
	if len(f.from) == 0 {
		return fmt.Errorf("this model tells what whole recordings are called; name theirs: --from new.csv (of those it was fitted to, forecast.csv in its folder says it)")
	}
	if f.times != "" || f.horizon != "" || f.step != "" || f.inputs != "" || f.plot {
		return fmt.Errorf("this model tells what whole recordings are called; --t, --horizon, --step, --inputs and --plot are for trajectories")
	}
	var all []train.LabelOf
	for _, from := range f.from {
		series, err := a.labelled(m, from)
		if err != nil {
			return err
		}
		for _, s := range series {
			if f.recording != "" && s.ID != f.recording {
				continue
			}
			says, err := m.Label(&s)
			if err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}
			one := train.LabelOf{ID: s.ID, Says: says, Unlike: train.Unlike(m, &s)}
			a.warnUnlike(&one)
			all = append(all, one)
		}
	}
	if all == nil {
		return fmt.Errorf("--recording %s: there is no recording of this name", budget.Quote(f.recording))
	}
	if a.json {
		return a.printJSON(newTold(m, all))
	}
	return failed(study.WriteLabels(a.Stdout, m, all))
}

// warnUnlike says that a recording is unlike those of training.
func (a *app) warnUnlike(one *train.LabelOf) {
	if one.Unlike != "" {
		fmt.Fprintf(a.Stderr, "warning: recording%s is unlike anything seen in training (%s); what it is told to be means little\n", label(one.ID), one.Unlike)
	}
}

// labelled reads recordings with the columns of a classifier; others of the file are passed over.
func (a *app) labelled(m *model.Model, from string) ([]data.Series, error) {
	names := m.Parts.Frame.Inputs
	series, _, err := a.readData([]string{from}, data.ReadOptions{Time: m.Time, States: names})
	if err != nil {
		return nil, err
	}
	series = train.Driving(series)
	hold := make([]bool, len(names))
	for i := range series {
		if !slices.Equal(series[i].Inputs, names) {
			return nil, fmt.Errorf("%s: the model has the columns %s, this file %s", from, budget.List(names), budget.List(series[i].Inputs))
		}
	}
	series = data.FillInputs(series, hold)
	for i := range series {
		s := &series[i]
		for k, v := range s.U {
			if !num.Finite(v) {
				return nil, fmt.Errorf("%s: column %s%s has no value; what it is called cannot be told without", from, budget.Quote(names[k%len(names)]), words.Recording(s.ID))
			}
		}
	}
	return series, nil
}

// labelTold is what a model says of a recording, in JSON.
type labelTold struct {
	Recording     string             `json:"recording"`
	Told          any                `json:"told"` // the class, or the number
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Unlike        string             `json:"unlike,omitempty"` // what of it is unlike all that was trained on
}

func newTold(m *model.Model, all []train.LabelOf) (out []labelTold) {
	classes, _ := m.Classes()
	for _, e := range all {
		one := labelTold{Recording: e.ID, Unlike: e.Unlike}
		if classes == nil {
			one.Told = e.Says[0]
		} else {
			one.Told, one.Probabilities = classes[train.MostProbable(e.Says)], map[string]float64{}
			for c, name := range classes {
				one.Probabilities[name] = e.Says[c]
			}
		}
		out = append(out, one)
	}
	return out
}
