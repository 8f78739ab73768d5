package study

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/entrain-dev/entrain/train"
)

// Metric is one line of metrics.jsonl. Figures that were not measured are
// left out.
type Metric struct {
	Stage   string   `json:"stage,omitempty"`
	K       int      `json:"k"`
	Of      int      `json:"of,omitempty"`
	Loss    *float64 `json:"loss,omitempty"`
	MSE     *float64 `json:"mse,omitempty"`
	Heldout *float64 `json:"heldout,omitempty"`
	Lambda  *float64 `json:"lambda,omitempty"`
	Gap     float64  `json:"gap,omitempty"` // root mean square gap between segments, scaled units
	Text    string   `json:"text,omitempty"`

	Modes *train.ModeFigures `json:"modes,omitempty"` // of the solver's steps, see train.Modes

	Program *train.ProgramFigures `json:"program,omitempty"` // of a nonlinear program
}

func newMetric(e *train.Event) Metric {
	return Metric{e.Stage, e.K, e.Of, number(e.Loss), number(e.MSE), number(e.Held), number(e.Lambda), e.Gap, e.Text, e.Modes, e.Program}
}

// worth tells that a line says something.
func (m *Metric) worth() bool {
	return m.Loss != nil || m.MSE != nil || m.Heldout != nil || m.Text != ""
}

func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// metrics appends lines to metrics.jsonl.
type metrics struct{ *growing }

// openMetrics opens the file of a run for writing after its first keep bytes.
func openMetrics(dir string, keep int64) (*metrics, error) {
	g, err := openGrowing(dir, MetricsFile, keep)
	return &metrics{g}, err
}

func (m *metrics) add(line Metric) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return m.write(append(text, '\n'))
}

// ReadMetrics returns the lines of metrics.jsonl; a last line that was cut
// short is left out.
func ReadMetrics(r io.Reader) ([]Metric, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var out []Metric
	n := 0
	for line := range bytes.Lines(text) {
		n++
		var m Metric
		if err := json.Unmarshal(line, &m); err != nil {
			if !bytes.HasSuffix(line, []byte("\n")) {
				break
			}
			return out, fmt.Errorf("%s: line %d: %w", MetricsFile, n, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// MetricsOf reads back what training recorded in the folder of a run, all of it
// where it was resumed.
func MetricsOf(dir string) ([]Metric, error) {
	f, err := os.Open(filepath.Join(dir, MetricsFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadMetrics(f)
}
