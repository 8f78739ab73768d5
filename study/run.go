package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/entrain-dev/entrain/model"
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
	beside   []Beside
	lock     *held

	mu       sync.Mutex // of recorder, see Rescue
	recorder *recorder  // while Fit goes on
}

// Beside is a file that a run needs and that lies nowhere else, such as data that
// came through a pipe: Create writes it into the folder.
type Beside struct {
	Name string
	Fill func(io.Writer) error
}

// saveEvery is the least time between two checkpoints on disk.
const saveEvery = time.Second

// Create makes a run folder out of dir (which must pass CheckFolder) with
// what is needed to resume. config writes config.yaml as seen from the folder.
// An empty dir asks for a fresh folder under runs. beside are further files of it. A folder that was not there
// appears with all of this in it, or not at all. Until Close no other process
// can work in it.
func Create(dir string, config func(dir string) ([]byte, error), from model.Provenance, clock func() time.Time, beside ...Beside) (*Run, error) {
	r := &Run{Dir: dir, Clock: clock, beside: beside, progress: progress{From: from}, files: map[string]string{}}
	err := r.create(config)
	if errors.Is(err, syscall.ENOSPC) { // wherever it was met
		err = around(err)
	}
	if err != nil {
		r.Discard()
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Run) create(config func(dir string) ([]byte, error)) error {
	if r.Dir == "" {
		r.made = outermost("runs")
		var err error
		if r.Dir, err = FreshFolder("runs"); err != nil {
			return err
		}
		if r.made == "" {
			r.made = r.Dir
		}
	} else if err := CheckFolder(r.Dir); err != nil {
		return err
	}
	text, err := config(r.Dir)
	if err != nil {
		return err
	}
	if isThere(r.Dir) {
		return r.fill(text)
	}
	r.made = outermost(r.Dir)
	if !movesLocked {
		if err := makeFolder(r.Dir); err != nil {
			return fmt.Errorf("output folder %s cannot be made: %w; choose another one with --out", r.Dir, reason(err))
		}
		return r.fill(text)
	}
	return r.appear(text)
}

// appear makes the folder whole: under another name, and then under its own.
func (r *Run) appear(config []byte) error {
	parent, base := filepath.Split(filepath.Clean(r.Dir))
	parent = filepath.Clean(parent)
	err := makeFolder(parent)
	var made string
	if err == nil {
		r.clear()
		made, err = os.MkdirTemp(parent, passing(base)+"*")
	}
	if err != nil {
		return fmt.Errorf("output folder %s cannot be made: %w; choose another one with --out", r.Dir, reason(err))
	}
	defer os.RemoveAll(made) // unless it has become the folder
	if err := os.Chmod(made, 0o755); err != nil {
		return around(err)
	}
	if r.lock, err = lock(made, "run"); err != nil {
		return around(err)
	}
	if err := r.begin(made, config); err != nil {
		r.Close()
		return err
	}
	if err := rename(made, r.Dir); err != nil {
		r.Close()
		if e := CheckFolder(r.Dir); e != nil { // another process was first
			return e
		}
		return around(fmt.Errorf("output folder %s cannot be made: %w", r.Dir, reason(err)))
	}
	r.lock.path = filepath.Join(r.Dir, LockFile)
	return nil
}

// fill begins a run in a folder that is there, and empty but for what an
// earlier one may have left.
func (r *Run) fill(config []byte) error {
	if err := r.seize(); err != nil {
		return err
	}
	if err := CheckFolder(r.Dir); err != nil { // another process was first
		r.Close()
		return err
	}
	tidy(r.Dir, wholeFiles...)
	return r.begin(r.Dir, config)
}

// begin writes into dir what a run needs to be opened.
func (r *Run) begin(dir string, config []byte) error {
	err := WriteFile(filepath.Join(dir, ConfigFile), func(w io.Writer) error {
		_, err := w.Write(config)
		return err
	})
	for i := 0; i < len(r.beside) && err == nil; i++ {
		err = WriteFile(filepath.Join(dir, r.beside[i].Name), r.beside[i].Fill)
	}
	if err == nil {
		r.progress.Settings = settingsOf(config)
		err = r.progress.write(dir)
	}
	if err != nil {
		return around(fmt.Errorf("output folder %s cannot be written: %w", r.Dir, reason(err)))
	}
	r.files["config"] = ConfigFile
	return nil
}

// reason is a file error without the path.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError // of a new name
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

func (r *Run) seize() (err error) {
	r.lock, err = lock(r.Dir, "run")
	return around(err)
}

// Close lets other processes work in the folder. It may be called again.
func (r *Run) Close() {
	if r.lock != nil {
		r.lock.release()
		r.lock = nil
	}
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
	if r.lock == nil {
		return r.abandon() // it never was in the folder
	}
	for _, name := range []string{ConfigFile, CheckpointFile, MetricsFile, PathFile} {
		os.Remove(filepath.Join(r.Dir, name))
	}
	for _, b := range r.beside {
		os.Remove(filepath.Join(r.Dir, b.Name))
	}
	r.Close()
	return r.abandon()
}

// abandon removes the folders that Create made, if they are empty.
func (r *Run) abandon() bool {
	if r.made == "" {
		return true
	}
	p := filepath.Clean(r.Dir)
	for !isThere(p) && p != filepath.Clean(r.made) {
		p = filepath.Dir(p)
	}
	for os.Remove(p) == nil && p != filepath.Clean(r.made) {
		p = filepath.Dir(p)
	}
	return true
}

// ErrFinished says that a run has nothing left to do.
var ErrFinished = errors.New("the run is finished")

// ErrUnborn says that the process of a run ended before there was anything to
// go on from: it has to be begun again, in the same folder by Create.
var ErrUnborn = errors.New("the run was ended before it began")

// Open opens the folder of a run that is not finished, and keeps other
// processes out of it until Close. The error is ErrFinished if it is finished,
// and ErrUnborn if it never began.
func Open(dir string, clock func() time.Time) (*Run, error) {
	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, fmt.Errorf("there is no run folder %s", dir)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file; give the folder of a run", dir)
	}
	if !isThere(filepath.Join(dir, CheckpointFile)) {
		return nil, unfinished(dir)
	}
	r := &Run{Dir: dir, Clock: clock, files: map[string]string{"config": ConfigFile}}
	if err := r.seize(); err != nil {
		return nil, err
	}
	p, err := readProgress(dir)
	if err != nil {
		r.Close()
		if errors.Is(err, fs.ErrNotExist) { // it was finished meanwhile
			return nil, unfinished(dir)
		}
		return nil, err
	}
	for _, err := range []error{p.checkSettings(dir), checkGrown(dir, MetricsFile, p.Metrics), checkGrown(dir, PathFile, p.Path)} {
		if err != nil {
			r.Close()
			return nil, err
		}
	}
	tidy(dir, wholeFiles...)
	r.progress = *p
	return r, nil
}

// unfinished says what a folder without a checkpoint is.
func unfinished(dir string) error {
	if isThere(filepath.Join(dir, ResultFile)) {
		if isThere(filepath.Join(dir, LockFile)) { // of a process that was killed at its last step
			if h, err := lock(dir, "run"); err == nil {
				h.release()
			}
		}
		if res, err := ReadResult(dir); err == nil && !ended(res) {
			return fmt.Errorf("%s is missing, and the run was %s before its end; put it back, or start again with: entrain fit %s",
				filepath.Join(dir, CheckpointFile), res.Status, filepath.Join(dir, ConfigFile))
		}
		return ErrFinished
	}
	entries, err := os.ReadDir(dir)
	if err == nil && unborn(entries) {
		if isThere(filepath.Join(dir, ConfigFile)) {
			return ErrUnborn
		}
		return fmt.Errorf("the run in %s was ended before anything was written; begin it again with the command that began it", dir)
	}
	return fmt.Errorf("%s is no run folder: it holds neither %s nor %s", dir, CheckpointFile, ResultFile)
}

// Provenance says where the run comes from.
func (r *Run) Provenance() model.Provenance { return r.progress.From }

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
	return r.fit(ctx, p, m, on, nil)
}

// fit is Fit. It calls learnt, which may be nil, when the method has ended: what is left, scores, is
// work of a bounded amount that nothing ends.
func (r *Run) fit(ctx context.Context, p *train.Problem, m train.Method, on func(train.Event), learnt func()) (*train.Result, *Result, error) {
	log, err := openMetrics(r.Dir, r.progress.Metrics)
	if err != nil {
		return nil, nil, around(fmt.Errorf("metrics cannot be written: %w", err))
	}
	k := &recorder{run: r, ctx: ctx, log: log, start: r.Clock(), before: r.progress.Seconds, on: on}
	if p.Path > 0 {
		if k.path, err = openGrowing(r.Dir, PathFile, r.progress.Path); err != nil {
			log.close()
			return nil, nil, around(fmt.Errorf("the path of training cannot be written: %w", err))
		}
		defer k.path.close()
		r.files["path"] = PathFile
	}
	res, err := r.learn(ctx, p, m, k, learnt)
	if err == nil {
		err = finished(ctx, p, res)
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

// learn runs a method and brings what k recorded of it to the disk.
func (r *Run) learn(ctx context.Context, p *train.Problem, m train.Method, k *recorder, learnt func()) (*train.Result, error) {
	r.record(k)
	if text := p.PilotWords(); text != "" && r.progress.State == nil {
		k.event(train.Remark(text))
	}
	res, err := train.Fit(ctx, m, p, r.progress.State, k.event)
	if learnt != nil && err == nil && res.Model != nil {
		learnt()
	}
	r.record(nil)
	if k.err == nil {
		k.err = k.save()
	}
	if e := k.log.close(); err == nil && k.err == nil {
		k.err = e
	}
	if err == nil && k.err != nil {
		err = around(fmt.Errorf("the run cannot be recorded: %w", reason(k.err)))
	}
	return res, err
}

// finished completes the result of a fit that was not paused.
func finished(ctx context.Context, p *train.Problem, res *train.Result) error {
	if res.Status == train.StatusInterrupted && errors.Is(context.Cause(ctx), errPaused) {
		return errPaused
	}
	return train.Complete(p, res)
}

// record says which recorder is at work.
func (r *Run) record(k *recorder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recorder = k
}

// Rescue brings the newest checkpoint of a fit that goes on in another
// goroutine to the disk, and ends its record: for a process that has to end
// before the fit can. It tells whether there is something to go on from.
func (r *Run) Rescue() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.recorder; k != nil {
		if k.err == nil {
			k.err = k.save()
		}
		if k.err == nil {
			k.err = errRescued
		}
	}
	_, ok := r.Done()
	return ok
}

var errRescued = errors.New("the process had to end")

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
	k.take(&e)
	if k.on != nil {
		k.on(e)
	}
}

func (k *recorder) take(e *train.Event) {
	k.run.mu.Lock()
	defer k.run.mu.Unlock()
	if line := newMetric(e); k.err == nil && line.worth() {
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
	p.Seconds, p.Metrics, p.State = k.seconds(), k.size, k.next
	k.next = nil
	return p.write(k.run.Dir)
}

// WriteModel writes model.safetensors, unless nobody could read it back: that is
// no model.
func (r *Run) WriteModel(m *model.Model) error {
	if m.Refused() != nil {
		return nil
	}
	return r.write("model", ModelFile, m.Write)
}

// WriteReport writes report.html by fill.
func (r *Run) WriteReport(fill func(io.Writer) error) error {
	return r.write("report", ReportFile, fill)
}

// WritePage writes a page such as report.html anew, whole or not at all.
func WritePage(path string, fill func(io.Writer) error) error {
	if err := WriteFile(path, fill); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, reason(err))
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
	if err := remove(filepath.Join(r.Dir, CheckpointFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return around(err)
	}
	return nil
}
