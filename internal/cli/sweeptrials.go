package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// recorded is a data file that several trials may use.
type recorded struct {
	series []data.Series
	hash   string
	err    error
}

// trials reads the data of the trials. What is wrong with them is kept: it
// becomes a line of the table.
func (a *app) trials(st *config.Study) []study.Trial {
	files := map[string]*recorded{}
	out := make([]study.Trial, len(st.Trials))
	for i := range st.Trials {
		t := &st.Trials[i]
		out[i].Labels = t.Labels
		out[i].Err = a.loaded(t, files, &out[i])
	}
	return out
}

// loaded fills in what a trial needs.
func (a *app) loaded(t *config.Trial, files map[string]*recorded, to *study.Trial) error {
	if t.Missing != "" {
		return fmt.Errorf("%s", t.Missing)
	}
	c := t.Config
	key := fmt.Sprintf("%q", []any{c.Data, c.Columns()})
	r := files[key]
	if r == nil {
		r = &recorded{}
		if r.series, r.hash, r.err = a.readData(c.Data, c.Columns()); r.err == nil {
			if err := data.FirstError(data.Check(r.series)); err != nil {
				r.err = fmt.Errorf("%s: %w", c.Data, err)
			}
		}
		files[key] = r
	}
	if r.err != nil {
		return r.err
	}
	c.Resolve(&r.series[0])
	identity, err := c.Identity()
	if err != nil {
		return err
	}
	to.Series, to.ModelName, to.Model, to.Method, to.Settings = r.series, c.ModelName, c.Model, c.Method, c.Settings
	to.Limit, to.Config, to.Identity = c.Limit, c.YAML, identity
	to.From = train.Provenance{Data: filepath.Base(c.Data), Hash: r.hash, Method: c.MethodName,
		Seed: c.Seed, Version: version(), Kernel: kernel.Level(), Command: "entrain fit " + study.ConfigFile}
	return nil
}

// sweepProgress tells how a study goes, a line for each trial.
type sweepProgress struct {
	w                    io.Writer
	sweep                *study.Sweep
	metric               string
	ended, failed, known int
}

func (p *sweepProgress) outcome(i int, o *study.Outcome) {
	if o.Ended() {
		p.ended++
	}
	if o.Known {
		p.known++
	}
	said := o.Status
	switch {
	case o.Status == train.StatusFailed:
		p.failed++
		said = "failed: " + strings.ReplaceAll(o.Why, "\n", " ")
	case study.Measure(o, p.metric) != nil:
		said = fmt.Sprintf("%s %.4g", p.metric, *study.Measure(o, p.metric))
	}
	if o.Known {
		said += " (known)"
	} else if o.Result != nil && o.Result.Seconds > 0 {
		said += fmt.Sprintf(" (%.1f s)", o.Result.Seconds)
	}
	fmt.Fprintf(p.w, "[%d/%d] %s: %s\n", p.ended, len(p.sweep.Trials), p.sweep.Trials[i].Name(), said)
}

func (p *sweepProgress) complete() bool { return p.ended == len(p.sweep.Trials) }

func (p *sweepProgress) end(took time.Duration) {
	fmt.Fprintf(p.w, "%d of %s finished, %d of them known before, %d failed, in %.1f s\n",
		p.ended, several(len(p.sweep.Trials), "trial"), p.known, p.failed, took.Seconds())
}
