package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the program itself, for tests that kill it.
func TestMain(m *testing.M) {
	strangeMethods()
	if os.Getenv("ENTRAIN_TEST_PROGRAM") != "" {
		code := Main(Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Interrupt: never})
		if path := os.Getenv("ENTRAIN_TEST_PEAK"); path != "" {
			_ = os.WriteFile(path, fmt.Append(nil, peak()), 0o644)
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func never(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }

// outcome is what a command did.
type outcome struct {
	code     int
	out, err string
}

// entrain runs a command in the current folder.
func entrain(args ...string) outcome {
	return withEnv(Env{Args: args, Interrupt: never})
}

func withEnv(e Env) outcome {
	var out, err bytes.Buffer
	e.Stdout, e.Now = &out, time.Now
	if e.Stdin == nil {
		e.Stdin = strings.NewReader("")
	}
	if e.Stderr == nil {
		e.Stderr = &err
	} else {
		e.Stderr = io.MultiWriter(&err, e.Stderr)
	}
	code := Main(e)
	return outcome{code, out.String(), err.String()}
}

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) outcome {
	t.Helper()
	o := entrain(args...)
	if o.code != 0 {
		t.Fatalf("entrain %s: exit %d\n%s", strings.Join(args, " "), o.code, o.err)
	}
	return o
}

// workplace is an empty current folder with the shipped examples.
func workplace(t *testing.T) {
	t.Helper()
	examples, err := filepath.Glob("../../examples/*")
	if err != nil || len(examples) == 0 {
		t.Fatal("no examples")
	}
	dir := t.TempDir()
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.Base(path)), string(text))
	}
	t.Chdir(dir)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// listing is the names in a folder, separated by spaces.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// oneValue fails unless text is exactly one JSON value.
func oneValue(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, text)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one JSON value\n%s", text)
	}
	return v
}
