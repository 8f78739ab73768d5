package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// subject is whose loss is looked at.
type subject struct {
	title    string
	dir      string         // run folder; "" for anything else
	problem  *train.Problem // before rows are cut away
	start    *train.Problem // as the run had it, where its model is of the same kind; nil for anything else
	model    *model.Model   // nil: not trained
	method   train.Method   // of the run; nil for anything else
	best     int            // iteration of the saved model; −1: not known
	warnings []string
}

// subject reads what the first argument of analyse names.
func (a *app) subject(path string, settings []string, f *analyseFlags) (*subject, error) {
	info, err := os.Stat(path)
	trained := err == nil && (info.IsDir() || strings.HasSuffix(path, ".safetensors"))
	if !trained {
		if f.data != "" {
			return nil, fmt.Errorf("--data is for a run folder or a model file; %s names its data itself", path)
		}
		c, err := a.configure(append([]string{path}, settings...))
		if err != nil {
			return nil, err
		}
		a.begin(c)
		j, err := a.prepare(c)
		if err != nil {
			return nil, err
		}
		return &subject{title: filepath.Base(path), problem: j.problem, best: -1}, nil
	}
	if len(settings) > 0 {
		return nil, fmt.Errorf("argument %q: a trained model keeps its settings; leave it away", settings[0])
	}
	m, err := a.readModel(path)
	if err != nil {
		return nil, err
	}
	if err := noTrajectory(m, path, "has no loss of rows to look at"); err != nil {
		return nil, err
	}
	s := &subject{title: filepath.Base(filepath.Clean(path)), model: m, best: -1}
	var p *train.Problem
	if info.IsDir() {
		s.dir = path
		p, err = a.problemOfRun(s, f)
	} else {
		p, err = a.problemOfFile(m, f)
	}
	if err != nil {
		return nil, err
	}
	s.notes()
	if info.IsDir() && p.ArchName == m.ArchName {
		s.start = p
	}
	s.problem, err = p.Of(m)
	return s, err
}

// notes warns of what the loss does not show.
func (s *subject) notes() {
	if n := len(s.model.Theta); n > 1 {
		s.warnings = append(s.warnings, s.oneOfMany())
	}
	for _, r := range s.model.Records {
		if len(r.Anchors) > 0 {
			s.warnings = append(s.warnings, "the model was fitted in segments; this is the loss of whole trajectories from the first start")
			break
		}
	}
}

// oneOfMany warns that a loss is that around one of several members.
func (s *subject) oneOfMany() string {
	return fmt.Sprintf("the model has %d members; this is the loss around the one whose orbit is shown", len(s.model.Theta))
}

// problemOfRun is the problem that a run was given.
func (a *app) problemOfRun(s *subject, f *analyseFlags) (*train.Problem, error) {
	file := filepath.Join(s.dir, study.ConfigFile)
	text, err := a.readFile(file)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(file, text, nil, 1)
	if err != nil {
		return nil, err
	}
	s.method = c.Method
	heldout := c.Heldout
	if f.data != "" {
		c.Data = config.Files{f.data}
	}
	if len(c.Data) == 0 {
		return nil, fmt.Errorf("%s names no data, such as that of a trial whose recording was simulated; give the recordings with --data", file)
	}
	if exists(filepath.Join(s.dir, study.ResultFile)) {
		res, err := study.ReadResult(s.dir)
		if err != nil {
			return nil, err
		}
		s.best = res.Best
		if res.Refit {
			c.Heldout, c.Keep = 0, ""
		}
	}
	j, err := a.prepareLong(c, heldout)
	if err != nil {
		return nil, fmt.Errorf("%w (--data gives the recordings if they have moved)", err)
	}
	if f.data == "" && j.hash != s.model.From.Hash {
		return nil, fmt.Errorf("%s has changed since the run; put the old file back, or give it with --data", c.Data)
	}
	return j.problem, nil
}

// problemOfFile is that of a lone model file and recordings that are given.
func (a *app) problemOfFile(m *model.Model, f *analyseFlags) (*train.Problem, error) {
	if f.data == "" {
		return nil, fmt.Errorf("a model file holds no recordings; give them with --data, or give the run folder")
	}
	series, _, err := a.readData(config.Files{f.data}, data.ReadOptions{Time: m.Time, States: m.Columns(), Inputs: m.Parts.Frame.Inputs, Timezone: data.ZoneName(m.Epoch)})
	if err == nil {
		series, err = m.States(series)
	}
	if err != nil {
		return nil, err
	}
	if len(series) != len(m.Records) {
		return nil, fmt.Errorf("%s has %s, but the model was trained on %d", f.data, words.Several(len(series), "recording"), len(m.Records))
	}
	s := train.DefaultSettings()
	s.Heldout, s.Seed, s.Hold, s.Loss, s.Solver = 0, m.From.Seed, m.Hold, m.Loss, m.Solver
	return train.NewProblem(series, m.ArchName, m.Arch, s)
}
