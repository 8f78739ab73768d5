package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// fill gives every field of v a value that differs from zero.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		if depth > 2 {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value, depth+1)
		v.SetMapIndex(reflect.ValueOf("word"), value)
	case reflect.String:
		v.SetString("word")
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), depth+1)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(7)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(math.Copysign(0, -1))
	default:
		panic("there is a field of a new kind: " + v.Type().String())
	}
}

func TestCheckpointSurvivesTheDiskBitForBit(t *testing.T) {
	var c train.Checkpoint
	fill(reflect.ValueOf(&c).Elem(), 0)
	c.Nested = append(c.Nested, nil)
	c.Layout, c.Parts = train.CheckpointLayout, map[string]train.Numbers{"some": {math.Inf(1), math.Inf(-1), 1e-310, math.Nextafter(1, 2)}}
	dir := t.TempDir()
	p := &progress{State: &c, Seconds: 1.5, Metrics: 12}
	if err := p.write(dir); err != nil {
		t.Fatal(err)
	}
	q, err := readProgress(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := q.State; !reflect.DeepEqual(*got, c) {
		t.Errorf("got  %+v\nwant %+v", *got, c)
	}
	var nan train.Numbers
	if text, err := json.Marshal(train.Numbers{math.Float64frombits(0x7ff8000000000123)}); err != nil || json.Unmarshal(text, &nan) != nil ||
		math.Float64bits(nan[0]) != 0x7ff8000000000123 {
		t.Errorf("NaN lost its bits: %v %v", nan, err)
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	say := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error { io.WriteString(w, text); return err }
	}
	if err := WriteFile(path, say("old", nil)); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, say("new", errors.New("disk full"))); err == nil {
		t.Fatal("no error")
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the file holds %q", text)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
}

func TestFreshFoldersAreNumbered(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "runs")
	for n := 1; n <= 3; n++ {
		dir, err := FreshFolder(parent)
		if want := filepath.Join(parent, fmt.Sprintf("%03d", n)); err != nil || dir != want {
			t.Fatalf("%s, %v; want %s", dir, err, want)
		}
	}
}

func TestFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := CheckFolder(dir); err != nil {
		t.Errorf("empty: %v", err)
	}
	if err := CheckFolder(filepath.Join(dir, "new", "er")); err != nil {
		t.Errorf("new: %v", err)
	}
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o644)
	if CheckFolder(dir) == nil || CheckFolder(file) == nil {
		t.Error("a folder in use or a file was taken")
	}
}

func noConfig(string) ([]byte, error) { return []byte("data: x\n"), nil }

func TestDiscardRemovesWhatCreateMade(t *testing.T) {
	old := t.TempDir()
	for _, c := range []struct {
		dir  string
		gone string // "" if the folder was there before
	}{{filepath.Join(old, "a", "b", "c"), filepath.Join(old, "a")}, {old, ""}} {
		r, err := Create(c.dir, noConfig, model.Provenance{}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Discard() {
			t.Fatal("nothing was discarded")
		}
		if c.gone != "" {
			if _, err := os.Stat(c.gone); err == nil {
				t.Errorf("%s is still there", c.gone)
			}
		} else if entries, err := os.ReadDir(c.dir); err != nil || len(entries) > 0 {
			t.Errorf("the old folder holds %v, %v", entries, err)
		}
	}
}

func TestMetricsOfLostIterationsAreCutOff(t *testing.T) {
	dir := t.TempDir()
	m, err := openMetrics(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	var kept int64
	for k := range 5 {
		line := newMetric(&train.Event{Stage: "s", K: k, Loss: float64(k), MSE: nan, Held: math.Inf(1), Lambda: nan})
		if err := m.add(line); err != nil {
			t.Fatal(err)
		}
		if k == 2 {
			kept = m.size
		}
	}
	m.close()
	if m, err = openMetrics(dir, kept); err != nil {
		t.Fatal(err)
	}
	m.close()
	f, err := os.Open(filepath.Join(dir, MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := ReadMetrics(f)
	if err != nil || len(lines) != 3 || *lines[2].Loss != 2 || lines[2].Heldout != nil {
		t.Errorf("%v %v", lines, err)
	}
}

func TestCutLineOfMetricsIsLeftOut(t *testing.T) {
	lines, err := ReadMetrics(strings.NewReader("{\"k\":0,\"loss\":1}\n{\"k\":1,\"lo"))
	if err != nil || len(lines) != 1 {
		t.Errorf("%v %v", lines, err)
	}
	if _, err := ReadMetrics(strings.NewReader("{\"k\":0}\n{\"k\":1,\"lo\n{\"k\":2}\n")); err == nil {
		t.Error("a damaged line in the middle went unnoticed")
	}
}

// counter is a method that counts, and diverges if asked to.
type counter struct{ status string }

func (c counter) Fit(ctx context.Context, p *train.Problem, from *train.Checkpoint, on func(train.Event)) (*train.Result, error) {
	k := 0
	if from != nil {
		k = from.K
	}
	for ; k < 10 && ctx.Err() == nil; k++ {
		on(train.Event{K: k, Of: 10, Loss: math.Inf(1), MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN(), Text: "on"})
	}
	on(train.Event{K: k, Checkpoint: &train.Checkpoint{Layout: train.CheckpointLayout, Method: "counter", K: k}})
	return &train.Result{Status: c.status, Method: "counter", Iterations: k, Noise: []float64{math.NaN()}}, nil
}

// A result never holds NaN, and every list is a list.
func TestResultOfAFailureIsStillJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, noConfig, model.Provenance{Version: "v"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, res, err := r.Fit(context.Background(), &train.Problem{}, counter{train.StatusFailed}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(res); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, ResultFile))
	for _, want := range []string{`"status": "failed"`, `"tried": []`, `"train": null`, "null\n  ]"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %s:\n%s", want, text)
		}
	}
	if _, err := Open(dir, time.Now); !errors.Is(err, ErrFinished) {
		t.Errorf("a failed run can be opened again: %v", err)
	}
	r.Close()
	lock := filepath.Join(dir, LockFile) // left by a process that was killed at its last step
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, time.Now); !errors.Is(err, ErrFinished) || isThere(lock) {
		t.Errorf("the lock of a killed process stays, %v", err)
	}
}

func TestStoppedRunKeepsItsCheckpoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, noConfig, model.Provenance{Hash: "h"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, res, err := r.Fit(context.Background(), &train.Problem{}, counter{train.StatusStopped}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(res); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, time.Now); err == nil || !strings.Contains(err.Error(), "another process is working") {
		t.Errorf("opened twice: %v", err)
	}
	r.Close()
	again, err := Open(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := again.Done(); !ok || k != 10 || again.Provenance().Hash != "h" {
		t.Errorf("opened at %d, %v, %+v", k, ok, again.Provenance())
	}
}

func TestDamagedCheckpointSaysHowToStartAgain(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, CheckpointFile), []byte("{\"sta"), 0o644)
	if _, err := Open(dir, time.Now); err == nil || !strings.Contains(err.Error(), "entrain fit") {
		t.Errorf("%v", err)
	}
}

// A checkpoint that came too soon after another is not forgotten: it goes to
// the disk as soon as a second has passed, with the metrics of its own moment.
func TestDelayedCheckpointIsWrittenLater(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "run"), time.Unix(1000, 0)
	r, err := Create(dir, noConfig, model.Provenance{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	log, err := openMetrics(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	k := &recorder{run: r, ctx: context.Background(), log: log, start: now}
	onDisk := func() (int, int64) {
		p, err := readProgress(dir)
		if err != nil {
			t.Fatal(err)
		}
		if p.State == nil {
			return -1, p.Metrics
		}
		return p.State.K, p.Metrics
	}
	save := func(i int) {
		k.event(train.Event{K: i, Loss: math.NaN(), Checkpoint: &train.Checkpoint{Layout: train.CheckpointLayout, K: i}})
	}
	line := func(i int) { k.event(train.Event{K: i, Loss: 1}) }
	save(1)
	line(2)
	save(3)
	size := log.size
	if got, _ := onDisk(); got != 1 {
		t.Fatalf("checkpoint %d is on the disk, want 1", got)
	}
	now = now.Add(2 * time.Second)
	line(4)
	if got, bytes := onDisk(); got != 3 || bytes != size || k.err != nil {
		t.Errorf("checkpoint %d with %d bytes, %v; want 3 with %d", got, bytes, k.err, size)
	}
	log.close()
}
