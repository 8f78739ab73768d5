package study

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// halfway is the folder of a run that was interrupted, with a path.
func halfway(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	config := func(string) ([]byte, error) {
		return []byte("data: a.csv\nlimit: 5s\nsolver:\n  threads: 2\nhidden:\n  - 4\nlr: 0.1\n"), nil
	}
	run, err := Create(dir, config, model.Provenance{Hash: "h"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	m, err := train.Methods.Lookup("vanilla")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if _, _, err := run.Fit(ctx, circling(t), m, func(e train.Event) {
		if e.K == 10 {
			stop()
		}
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestNoDamageIsTakenForABeginning cuts every file of a run that is to be resumed at every
// place, also so that what is left is valid: it is named, and not begun anew over what is there.
func TestNoDamageIsTakenForABeginning(t *testing.T) {
	dir := halfway(t)
	for _, name := range []string{CheckpointFile, ConfigFile, MetricsFile, PathFile} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, text []byte) {
			t.Helper()
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := Open(dir, time.Now)
			if err == nil {
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		step := 1 + len(whole)/97
		for n := 0; n < len(whole)-1; n += step {
			refused("cut", whole[:n])
			if name == CheckpointFile {
				refused("cut and closed", append(whole[:n:n], '}'))
			}
		}
		if name == CheckpointFile {
			for _, text := range []string{"{}", "null", `{"from":{}}`, `{"from":{},"state":null}`, strings.Replace(string(whole), `"k":1`, `"k":2`, 1)} {
				refused("changed", []byte(text))
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, ConfigFile)
	if err := os.WriteFile(config, []byte("data: moved/a.csv\nlimit: 9s\nsolver:\n  threads: 1\nhidden:\n  - 4\nlr: 0.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, time.Now)
	if err != nil {
		t.Fatalf("data that moved and another limit: %v", err)
	}
	if _, ok := r.Done(); !ok {
		t.Error("there is no checkpoint")
	}
	r.Close()
	for status, want := range map[string]string{train.StatusStopped: "checkpoint.json is missing", train.StatusOK: "finished"} {
		gone := t.TempDir()
		text := `{"status":"` + status + `","files":{"result":"result.json"}}`
		if err := os.WriteFile(filepath.Join(gone, ResultFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(gone, time.Now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s without a checkpoint: %v", status, err)
		}
	}
	os.Remove(config)
	if _, err := Open(dir, time.Now); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("without %s: %v", ConfigFile, err)
	}
}

// Results that were cut so that they are still valid are none.
func TestResultsThatWereCutAreNone(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"{}", "null", `{"status":"ok"}`, `{"status":"ok","method":"lm","files":{}}`, `{"status":"odd","files":{"result":"result.json"}}`, "{", ""} {
		if err := os.WriteFile(filepath.Join(dir, ResultFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := ReadResult(dir); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
}

// A ledger that lacks what every ledger has is damaged, whatever else it holds.
func TestLedgersThatLackSomethingAreDamaged(t *testing.T) {
	dir := t.TempDir()
	whole := `{"plan":{"metrics":["mse"]},"trials":[{"labels":[],"folder":"abc"},{"labels":[],"why":"no"}]}`
	for text, fine := range map[string]bool{
		whole:               true,
		`{"trials":[null]}`: false,
		strings.Replace(whole, `"metrics":["mse"]`, "", 1):                  false,
		strings.Replace(whole, `"folder":"abc"`, "", 1):                     false,
		strings.Replace(whole, `"abc"`, `"../abc"`, 1):                      false,
		strings.Replace(whole, `"labels":[]`, `"labels":[{"axis":"a"}]`, 1): false,
	} {
		if err := os.WriteFile(filepath.Join(dir, LedgerFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadSweep(dir); (err == nil) != fine || err != nil && !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
