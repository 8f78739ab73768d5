package study

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/entrain-dev/entrain/train"
)

// Run is one fit recorded in a folder. Its life: Create or Open, Fit, then
// WriteModel, WriteForecast, WriteReport, and Finish. Killed at any moment, it
// can be opened again and goes on from the last checkpoint.
type Run struct {
	Dir string
	// Clock tells the time; only durations of the run depend on it.
	Clock func() time.Time

	progress progress
	files    map[string]string
	made     string // outermost folder that Create made; "" if none
}

// saveEvery is the least time between two checkpoints on disk.
const saveEvery = time.Second

// Create makes a run folder out of dir (which must pass CheckFolder) with
// what is needed to resume. config writes config.yaml as seen from the folder.
// An empty dir asks for a fresh folder under runs.
func Create(dir string, config func(dir string) ([]byte, error), from train.Provenance, clock func() time.Time) (*Run, error) {
	r := &Run{Dir: dir, Clock: clock, progress: progress{From: from}, files: map[string]string{}}
	if dir == "" {
		if r.made = outermost("runs"); r.made == "" {
			r.made = "fresh"
		}
		var err error
		if r.Dir, err = FreshFolder("runs"); err != nil {
			return nil, err
		}
		if r.made == "fresh" {
			r.made = r.Dir
		}
	} else {
		if err := CheckFolder(dir); err != nil {
			return nil, err
		}
		r.made = outermost(dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("output folder %s cannot be made: %w; choose another one with --out", dir, err)
		}
	}
	text, err := config(r.Dir)
	if err == nil {
		err = r.write("config", ConfigFile, func(w io.Writer) error {
			_, err := io.Copy(w, bytes.NewReader(text))
			return err
		})
	}
	if err == nil {
		err = r.progress.write(r.Dir)
	}
	if err != nil {
		r.Discard()
		return nil, err
	}
	return r, nil
}

// outermost is the outermost folder on the way to dir that does not exist;
// "" if all do.
func outermost(dir string) string {
	missing := ""
	for p := filepath.Clean(dir); ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil {
			return missing
		}
		missing = p
		if filepath.Dir(p) == p {
			return missing
		}
	}
}

// Discard removes a folder that Create made and in which nothing was
// learnt yet, and tells whether it did. A folder that was there before stays,
// empty.
func (r *Run) Discard() bool {
	if r.progress.State != nil {
		return false
	}
	for _, name := range []string{ConfigFile, CheckpointFile, MetricsFile, PathFile} {
		os.Remove(filepath.Join(r.Dir, name))
	}
	if r.made == "" {
		return true
	}
	for p := filepath.Clean(r.Dir); os.Remove(p) == nil && p != filepath.Clean(r.made); {
		p = filepath.Dir(p)
	}
	return true
}

// ErrFinished says that a run has nothing left to do.
var ErrFinished = errors.New("the run is finished")

// Open opens the folder of a run that is not finished. The error is
// ErrFinished if it is.
func Open(dir string, clock func() time.Time) (*Run, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("there is no run folder %s", dir)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file; give the folder of a run", dir)
	}
	p, err := readProgress(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Join(dir, ResultFile)); err == nil {
			return nil, ErrFinished
		}
		return nil, fmt.Errorf("%s is no run folder: it holds neither %s nor %s", dir, CheckpointFile, ResultFile)
	case err != nil:
		return nil, err
	}
	return &Run{Dir: dir, Clock: clock, progress: *p, files: map[string]string{"config": ConfigFile}}, nil
}

// Provenance says where the run comes from.
func (r *Run) Provenance() train.Provenance { return r.progress.From }

// Done returns the iteration of the last checkpoint, and whether there is one.
func (r *Run) Done() (k int, ok bool) {
	if r.progress.State == nil {
		return 0, false
	}
	return r.progress.State.K, true
}

// Fit trains from the last checkpoint on, or from the beginning, and records
// metrics and checkpoints. on, which may be nil, sees every event. The model
// carries the provenance given to Create.
func (r *Run) Fit(ctx context.Context, p *train.Problem, m train.Method, on func(train.Event)) (*train.Result, *Result, error) {
	log, err := openMetrics(r.Dir, r.progress.Metrics)
	if err != nil {
		return nil, nil, fmt.Errorf("metrics cannot be written: %w", err)
	}
	k := &recorder{run: r, ctx: ctx, log: log, start: r.Clock(), before: r.progress.Seconds, on: on}
	if p.Path > 0 {
		if k.path, err = openGrowing(r.Dir, PathFile, r.progress.Path); err != nil {
			return nil, nil, fmt.Errorf("the path of training cannot be written: %w", err)
		}
		defer k.path.close()
		r.files["path"] = PathFile
	}
	res, err := m.Fit(ctx, p, r.progress.State.checkpoint(), k.event)
	if k.err == nil {
		k.err = k.save()
	}
	if e := log.close(); err == nil && k.err == nil {
		k.err = e
	}
	if err == nil && k.err != nil {
		err = fmt.Errorf("the run cannot be recorded: %w", k.err)
	}
	if err == nil {
		err = train.Complete(p, res)
	}
	if err != nil {
		return res, nil, err
	}
	r.files["metrics"] = MetricsFile
	if res.Model != nil {
		from := r.progress.From
		from.Method, from.Seed = res.Method, p.Seed
		res.Model.From = from
	}
	return res, newResult(res, p, k.seconds(), r.progress.From.Version), nil
}

// recorder stores events of one fit.
type recorder struct {
	run    *Run
	ctx    context.Context
	log    *metrics
	start  time.Time
	before float64
	last   time.Time         // of the last checkpoint on disk
	next   *train.Checkpoint // newest one that is not on disk yet
	size   int64             // of the metrics when next was made
	path   *growing          // nil: the unknowns are not recorded
	passed int64             // size of the path when next was made
	on     func(train.Event)
	err    error // the first failure to write
}

func (k *recorder) seconds() float64 {
	return k.before + k.run.Clock().Sub(k.start).Seconds()
}

func (k *recorder) event(e train.Event) {
	if line := newMetric(&e); k.err == nil && line.worth() {
		k.err = k.log.add(line)
	}
	if e.Z != nil && k.path != nil && k.err == nil {
		k.err = k.path.write(pathRow(e.K, e.Z))
	}
	if e.Checkpoint != nil {
		k.next, k.size = e.Checkpoint, k.log.size
		if k.path != nil {
			k.passed = k.path.size
		}
	}
	if k.err == nil && (k.ctx.Err() != nil || k.run.Clock().Sub(k.last) >= saveEvery) {
		k.err = k.save()
	}
	if k.on != nil {
		k.on(e)
	}
}

// save brings metrics and the newest checkpoint to the disk, in this order:
// the checkpoint counts bytes of the metrics.
func (k *recorder) save() error {
	if k.next == nil {
		return nil
	}
	if err := k.log.sync(); err != nil {
		return err
	}
	if k.path != nil {
		if err := k.path.sync(); err != nil {
			return err
		}
	}
	k.last = k.run.Clock()
	p := &k.run.progress
	p.Path = k.passed
	p.Seconds, p.Metrics, p.State = k.seconds(), k.size, newSaved(k.next)
	k.next = nil
	return p.write(k.run.Dir)
}

// WriteModel writes model.safetensors.
func (r *Run) WriteModel(m *train.Model) error {
	return r.write("model", ModelFile, m.Write)
}

// WriteReport writes report.html by fill.
func (r *Run) WriteReport(fill func(io.Writer) error) error {
	return r.write("report", ReportFile, fill)
}

// WritePage writes a page such as report.html anew, whole or not at all.
func WritePage(path string, fill func(io.Writer) error) error {
	if err := writeFile(path, fill); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

// Finish writes result.json. A run that ended by itself cannot be resumed any
// more; one that was stopped or interrupted keeps its checkpoint.
func (r *Run) Finish(res *Result) error {
	r.files["result"], r.files["folder"] = ResultFile, filepath.ToSlash(r.Dir)
	res.Files = r.files
	err := r.write("result", ResultFile, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(res)
	})
	if err != nil || res.Status == train.StatusStopped || res.Status == train.StatusInterrupted {
		return err
	}
	return os.Remove(filepath.Join(r.Dir, CheckpointFile))
}
