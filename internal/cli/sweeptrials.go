package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// trials reads or simulates the data of the trials of a study in the folder
// dir. What is wrong with them is kept: it becomes a line of the table. The
// error is about the folder.
func (a *app) trials(st *config.Study, dir string) ([]study.Trial, error) {
	files := &recordings{app: a, dir: dir, made: map[string]*recorded{}}
	out := make([]study.Trial, len(st.Trials))
	for i := range st.Trials {
		t := &st.Trials[i]
		out[i].Labels, out[i].Simulated = t.Labels, t.Source.Simulate
		if t.Missing != "" {
			out[i].Err = fmt.Errorf("%s", t.Missing)
		} else {
			out[i].Err = complete(&out[i], t.Config, files.of(t), dir)
		}
		if study.IsAround(out[i].Err) {
			return nil, out[i].Err
		}
	}
	return out, nil
}

// complete fills in what a trial of the study in dir needs beside its labels.
func complete(t *study.Trial, c *config.Config, d *recorded, dir string) error {
	if d.err != nil {
		return d.err
	}
	if !slices.Equal(d.file, pinned(c.Data)) { // made from what the configuration says, with its columns alone
		c.ID, c.Ignore = "", nil
	}
	c.Data = d.file
	c.Resolve(&d.series[0])
	identity, err := c.Identity()
	if err != nil {
		return err
	}
	t.Series, t.Test, t.ModelName, t.Model, t.MethodName, t.Method, t.Settings = d.series, d.test, c.ModelName, c.Model, c.MethodName, c.Method, c.Settings
	t.Limit, t.Band, t.Identity = c.Limit, c.Band, identity
	t.From = model.Provenance{Data: baseNames(d.file), Hash: d.hash, Method: c.MethodName,
		Seed: c.Seed, Version: version(), Kernel: kernel.Level(), Command: "entrain fit " + study.ConfigFile}
	t.Config, err = c.YAML(filepath.Join(dir, study.TrialsFolder, t.Key()))
	return err
}

// sweepProgress tells how a study goes, a line for each trial.
type sweepProgress struct {
	w                    io.Writer
	sweep                *study.Sweep
	now                  func() time.Time
	begun                time.Time
	ended, failed, known int
	faults, unsettled    int
	scored               int          // trials that have a value of one of the metrics
	why                  string       // of the last one that is unsettled
	cut                  string       // what became of the last one that was stopped
	dropped              int          // trials that a search gave up
	waits                map[int]bool // trials that stand at a rung
}

// note tells what was found in the folder of a trial that could not be used.
func (p *sweepProgress) note(_, text string) {
	fmt.Fprintf(p.w, "warning: %s\n", strings.ReplaceAll(text, "\n", " "))
}

func (p *sweepProgress) outcome(i int, o *study.Outcome) {
	if delete(p.waits, i); o.Ended() {
		p.ended++
	}
	if o.Known {
		p.known++
	}
	said := p.count(i, o)
	if o.Known {
		said += " (known)"
	} else if o.Result != nil && o.Result.Seconds > 0 {
		said += fmt.Sprintf(" (%.1f s)", o.Result.Seconds)
	}
	fmt.Fprintf(p.w, "[%d/%d] %s: %s%s\n", p.ended, len(p.sweep.Trials), p.sweep.Trials[i].Name(), said, p.left())
}

// count counts an outcome and puts it into words.
func (p *sweepProgress) count(i int, o *study.Outcome) (said string) {
	said = o.Status
	switch {
	case o.Status == study.StatusUnsettled:
		p.unsettled++
		p.why = strings.ReplaceAll(o.Why, "\n", " ")
		said = "to be tried again: " + p.why
	case o.Status == train.StatusFailed:
		p.failed++
		if o.Result != nil && o.Result.Fault {
			p.faults++
		}
		said = "failed: " + strings.ReplaceAll(o.Why, "\n", " ")
	case o.Status == study.StatusDropped:
		p.dropped++
		said = o.Why
	case o.Status == study.StatusPaused:
		if p.waits == nil {
			p.waits = map[int]bool{}
		}
		p.waits[i] = true
		said = o.Why
	case o.Status == train.StatusInterrupted:
		said = "interrupted, its state is saved"
	default:
		for _, m := range p.sweep.Plan.Metrics { // the first that there is
			if v := study.Measure(o, m); v != nil {
				said = fmt.Sprintf("%s %.4g", m, *v)
				p.scored++
				break
			}
		}
		if !o.Ended() {
			if p.cut = o.Why; said == o.Status {
				said = o.Why
			} else {
				said = o.Why + ", " + said
			}
		}
	}
	return said
}

// left says how long the trials that are left will take if they are like those
// that were run.
func (p *sweepProgress) left() string {
	done, left := p.ended-p.known, len(p.sweep.Trials)-p.ended
	took := p.now().Sub(p.begun)
	if done < 1 || left < 1 || took < 10*time.Second {
		return ""
	}
	return fmt.Sprintf("; about %s left", (took / time.Duration(done) * time.Duration(left)).Round(time.Second))
}

func (p *sweepProgress) complete() bool { return p.ended == len(p.sweep.Trials) }

func (p *sweepProgress) end() {
	dropped := ""
	if p.dropped > 0 {
		dropped = fmt.Sprintf(" %d dropped,", p.dropped)
	}
	fmt.Fprintf(p.w, "%d of %s finished, %d of them known before,%s %d failed, in %.1f s\n",
		p.ended, words.Several(len(p.sweep.Trials), "trial"), p.known, dropped, p.failed, p.now().Sub(p.begun).Seconds())
}
