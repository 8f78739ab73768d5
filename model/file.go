package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
)

// A model file is a safetensors file. Its tensors are
//
//	theta        members × parameters
//	start.<r>    members × states: where recording r begins, scaled
//	anchor.<r>.<i>  the same for later segments of recording r
//	present.<r>  the same at its last row, as the last rows have it, if known
//	time.<r>     rows: times of the measured inputs of recording r, if any
//	inputs.<r>   rows × inputs: their values, user units
//
// and its metadata are the four strings below. No other file is needed.
const (
	keyFormat  = "format"  // formatName
	keyVersion = "version" // of the format, a whole number
	keyModel   = "model"   // a described, as JSON
	keySum     = "sha256"  // see checksum
)

const (
	formatName    = "entrain model"
	formatVersion = 1
)

// described is what a model file says in words.
type described struct {
	Architecture struct {
		Name   string          `json:"name"`
		Config json.RawMessage `json:"config"`
	} `json:"architecture"`
	Frame      field.Frame       `json:"frame"` // of the measured states
	Units      []string          `json:"units"`
	Time       string            `json:"time"`
	TUnit      string            `json:"time_unit"`
	Epoch      time.Time         `json:"epoch,omitzero"`       // instant of time 0, if times were timestamps
	Zone       string            `json:"timezone,omitempty"`   // tz database; "": that of the epoch's offset
	Dates      string            `json:"dates,omitempty"`      // see data.Series
	IDName     string            `json:"id_column,omitempty"`  // see Model.IDName
	Embed      *data.Embedding   `json:"embedding,omitempty"`  // see Model.Embedding
	Components *data.Components  `json:"components,omitempty"` // see Model.Components
	Hold       string            `json:"hold"`
	Loss       string            `json:"loss,omitempty"`
	Noise      []*float64        `json:"noise,omitempty"`         // of the measured states, user units; null: not known
	Models     []*noise.Column   `json:"noise_models,omitempty"`  // see Model.NoiseModels
	Process    []float64         `json:"process_noise,omitempty"` // see Model.ProcessNoise
	Common     []Common          `json:"population,omitempty"`    // see Model.Population
	Known      bool              `json:"known_start,omitempty"`   // see Model.KnownStart
	Solver     ode.Options       `json:"solver"`
	Records    []describedRecord `json:"records"`
	From       Provenance        `json:"from"`
	Box        *field.Box        `json:"box,omitempty"` // outside which the field draws states back
	Band       *Band             `json:"band,omitempty"`
}

type describedRecord struct {
	ID     string  `json:"id"`
	T0     float64 `json:"t0"`
	End    float64 `json:"end"`
	Step   float64 `json:"step"`
	Rows   int     `json:"rows"`
	Inputs bool    `json:"inputs"` // the file holds its measured inputs
	// Anchors are the times at which its trajectory starts anew.
	Anchors []float64 `json:"anchors,omitempty"`
}

// Write writes the model as a safetensors file that needs no other file to be
// read. The same model gives the same bytes. Of the measured inputs of a
// recording, times and values are kept.
func (m *Model) Write(w io.Writer) error {
	d, err := m.describe()
	if err != nil {
		return fmt.Errorf("the model cannot be written: %w", err)
	}
	if err := d.check(); err != nil { // what cannot be read back must not be written
		return fmt.Errorf("the model cannot be written: %w", err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("the model cannot be written: %w", err)
	}
	tensors, err := m.tensors()
	if err != nil {
		return fmt.Errorf("the model cannot be written: %w", err)
	}
	meta := map[string]string{keyFormat: formatName, keyVersion: strconv.Itoa(formatVersion), keyModel: string(text)}
	meta[keySum] = checksum(meta, tensors)
	return writeTensors(w, meta, tensors)
}

func (m *Model) describe() (*described, error) {
	d := &described{Frame: MeasuredFrame(m.Parts), Units: m.Units, Time: m.Time, TUnit: m.TUnit, Epoch: m.Epoch,
		Hold: m.Hold, Loss: m.Loss, Process: m.ProcessNoise, Solver: m.Solver, From: m.From, Box: m.Box, Band: m.Band}
	d.Embed, d.Components, d.Models, d.Common, d.Known, d.IDName = m.Embedding, m.Components, m.NoiseModels, m.Population, m.KnownStart, m.IDName
	d.Zone, d.Dates = data.ZoneName(m.Epoch), m.Dates
	for _, v := range m.Noise {
		d.Noise = append(d.Noise, num.OrNull(v))
	}
	config, err := json.Marshal(m.Arch)
	if err != nil {
		return nil, err
	}
	d.Architecture.Name, d.Architecture.Config = m.ArchName, config
	again, err := architecture(m.ArchName, config)
	if err != nil {
		return nil, err
	}
	// What cannot be read back must not be written.
	if back, err := json.Marshal(again); err != nil || !bytes.Equal(back, config) {
		return nil, fmt.Errorf("the settings of model %q do not survive JSON: %s became %s", m.ArchName, config, back)
	}
	for _, r := range m.Records {
		rec := describedRecord{ID: r.ID, T0: r.T0, End: r.End, Step: r.Step, Rows: r.Rows, Inputs: len(r.U.Inputs) > 0}
		for _, a := range r.Anchors {
			rec.Anchors = append(rec.Anchors, a.T)
		}
		d.Records = append(d.Records, rec)
	}
	return d, nil
}

// MeasuredFrame is the frame of the measured states, without the hidden ones that
// the architecture added.
func MeasuredFrame(p *field.Parts) field.Frame {
	f, n := p.Frame, len(p.Frame.States)-len(p.Start)
	f.States, f.Shift, f.Scale = f.States[:n], f.Shift[:n], f.Scale[:n]
	return f
}

// architecture makes the named architecture with the given settings.
func architecture(name string, config []byte) (field.Architecture, error) {
	a, err := field.Architectures.Lookup(name)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(a); err != nil {
		return nil, fmt.Errorf("the settings of model %q are not understood: %w", name, err)
	}
	return a, nil
}

func (m *Model) tensors() ([]tensor, error) {
	all := []tensor{}
	add := func(name string, rows [][]float64, width int) error {
		t := tensor{Name: name, Shape: []int{len(rows), width}, V: make([]float64, 0, len(rows)*width)}
		for _, row := range rows {
			if len(row) != width {
				return fmt.Errorf("%s has a row of %d values instead of %d", name, len(row), width)
			}
			t.V = append(t.V, row...)
		}
		all = append(all, t)
		return nil
	}
	if err := add("theta", m.Theta, len(m.Parts.Theta0)); err != nil {
		return nil, err
	}
	for i, r := range m.Records {
		if len(r.Start) != len(m.Theta) {
			return nil, fmt.Errorf("recording %d has %d starts, but there are %d members", i+1, len(r.Start), len(m.Theta))
		}
		if err := add(fmt.Sprintf("start.%d", i), r.Start, len(m.Parts.Frame.States)); err != nil {
			return nil, err
		}
		for j, a := range r.Anchors {
			if err := add(anchorName(i, j), a.State, len(m.Parts.Frame.States)); err != nil {
				return nil, err
			}
		}
		if r.Present != nil && num.AllFinite(slices.Concat(r.Present...)) {
			if err := add(fmt.Sprintf("present.%d", i), r.Present, len(m.Parts.Frame.States)); err != nil {
				return nil, err
			}
		}
		if n := len(r.U.Inputs); n > 0 {
			rows := len(r.U.T)
			if n != len(m.Parts.Frame.Inputs) || len(r.U.U) != rows*n {
				return nil, fmt.Errorf("the inputs of recording %d are not those of the model", i+1)
			}
			all = append(all, tensor{fmt.Sprintf("time.%d", i), []int{rows}, r.U.T},
				tensor{fmt.Sprintf("inputs.%d", i), []int{rows, n}, r.U.U})
		}
	}
	return all, nil
}

func anchorName(rec, i int) string { return fmt.Sprintf("anchor.%d.%d", rec, i) }

// checksum is the SHA-256, in hexadecimal, of the metadata (keys in order,
// without the checksum itself) and the tensors (names in order): each string
// as a quoted line, each tensor as its name, its shape and its bytes. Writing
// the same file with another program keeps it.
func checksum(meta map[string]string, tensors []tensor) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(meta)) {
		if k != keySum {
			fmt.Fprintf(h, "%q %q\n", k, meta[k])
		}
	}
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, func(a, b tensor) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range sorted {
		fmt.Fprintf(h, "%q %d\n", t.Name, t.Shape)
		h.Write(littleEndian(t.V))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ReadModel reads a model that Write has written. Its errors are for the user
// and do not name the file.
func Read(r io.Reader) (*Model, error) {
	meta, tensors, err := readTensors(r)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(meta, tensors); err != nil {
		return nil, err
	}
	var d described
	if err := json.Unmarshal([]byte(meta[keyModel]), &d); err != nil {
		return nil, fmt.Errorf("the description of the model is not valid: %w", err)
	}
	m, err := d.build()
	if err != nil {
		return nil, err
	}
	named := map[string]tensor{}
	for _, t := range tensors {
		named[t.Name] = t
	}
	if err := m.fill(named, d.Records); err != nil {
		return nil, err
	}
	if err := m.checkNumbers(tensors); err != nil {
		return nil, err
	}
	if err := m.checkSolver(); err != nil {
		return nil, err
	}
	return m, nil
}

func checkFormat(meta map[string]string, tensors []tensor) error {
	if meta[keyFormat] != formatName {
		return errors.New("this is a safetensors file, but not a model that Entrain wrote")
	}
	version, err := strconv.Atoi(meta[keyVersion])
	if err != nil || version < 1 {
		return fmt.Errorf("the format version %q of the model is not valid", meta[keyVersion])
	}
	if version > formatVersion {
		return fmt.Errorf("the model was written by a newer Entrain (its format is version %d, this one reads up to %d); update Entrain", version, formatVersion)
	}
	if checksum(meta, tensors) != meta[keySum] {
		return errors.New("the file is damaged: its contents do not match their checksum (SHA-256); copy it again from where it came from")
	}
	return nil
}

// build makes the model without its numbers.
func (d *described) build() (*Model, error) {
	arch, err := architecture(d.Architecture.Name, d.Architecture.Config)
	if err != nil {
		var unknown *registry.UnknownError
		if errors.As(err, &unknown) {
			return nil, fmt.Errorf("%w; if a newer Entrain wrote the model, update", err)
		}
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	if n := len(d.Noise); n > 0 && n != len(d.Frame.States) {
		return nil, fmt.Errorf("the description of the model is not valid: the noise of %d states, but there are %d", n, len(d.Frame.States))
	}
	if err := checkNoise(d.Models, len(d.Frame.States)); err != nil {
		return nil, err
	}
	d.Epoch = data.InZone(d.Epoch, d.Zone)
	m := &Model{NoiseModels: d.Models, ArchName: d.Architecture.Name, Arch: arch, Units: d.Units, Time: d.Time, TUnit: d.TUnit, Epoch: d.Epoch, Dates: d.Dates,
		Hold: d.Hold, Loss: d.Loss, ProcessNoise: d.Process, Solver: d.Solver, From: d.From, Band: d.Band,
		Population: d.Common, KnownStart: d.Known, IDName: d.IDName, Embedding: d.Embed, Components: d.Components}
	for _, v := range d.Noise {
		m.Noise = append(m.Noise, num.FromNull(v))
	}
	if err := d.Band.check(len(d.Frame.States)); err != nil {
		return nil, err
	}
	if d.Band != nil {
		d.Band.Models = d.Models
	}
	d.Frame.TUnit = d.TUnit
	if m.Parts, err = arch.Build(d.Frame); err != nil {
		return nil, fmt.Errorf("the model cannot be rebuilt: %w", err)
	}
	if d.Box != nil {
		if err := d.Box.Check(len(d.Frame.States)); err != nil {
			return nil, fmt.Errorf("the description of the model is not valid: %w", err)
		}
		m.Confine(d.Box)
	}
	if err := checkPopulation(m.Population, len(m.Parts.Frame.States)); err != nil {
		return nil, err
	}
	return m, checkProcessNoise(m.ProcessNoise, len(m.Parts.Frame.States))
}

// checkNoise reports noise that was read and does not fit so many columns.
func checkNoise(all []*noise.Column, columns int) error {
	if all != nil && len(all) != columns {
		return fmt.Errorf("the description of the model is not valid: the noise of %d columns, but there are %d", len(all), columns)
	}
	for _, c := range all {
		if c == nil {
			continue
		}
		if err := c.Check(); err != nil {
			return fmt.Errorf("the description of the model is not valid: %w", err)
		}
	}
	return nil
}

// fill gives the model its numbers.
func (m *Model) fill(named map[string]tensor, records []describedRecord) error {
	theta, err := matrix(named, "theta", -1, len(m.Parts.Theta0))
	if err != nil {
		return err
	}
	if len(theta) == 0 {
		return errors.New("the model has no members")
	}
	m.Theta = theta
	inputs := m.Parts.Frame.Inputs
	for i, d := range records {
		r := Record{ID: d.ID, T0: d.T0, End: d.End, Step: d.Step, Rows: d.Rows}
		if r.Start, err = matrix(named, fmt.Sprintf("start.%d", i), len(theta), len(m.Parts.Frame.States)); err != nil {
			return err
		}
		for j, t := range d.Anchors {
			a := Anchor{T: t}
			if a.State, err = matrix(named, anchorName(i, j), len(theta), len(m.Parts.Frame.States)); err != nil {
				return err
			}
			r.Anchors = append(r.Anchors, a)
		}
		if name := fmt.Sprintf("present.%d", i); named[name].Name != "" {
			if r.Present, err = matrix(named, name, len(theta), len(m.Parts.Frame.States)); err != nil {
				return err
			}
		}
		if d.Inputs {
			t, name := named[fmt.Sprintf("time.%d", i)], fmt.Sprintf("inputs.%d", i)
			if _, err := matrix(named, name, len(t.V), len(inputs)); err != nil {
				return err
			}
			r.U = data.Series{ID: d.ID, Inputs: inputs, Time: m.Time, TUnit: m.TUnit, Epoch: m.Epoch, T: t.V, U: named[name].V}
		}
		m.Records = append(m.Records, r)
	}
	return nil
}

// matrix returns the rows of the named tensor, which must be rows × cols
// (rows < 0: any number).
func matrix(named map[string]tensor, name string, rows, cols int) ([][]float64, error) {
	t, ok := named[name]
	if !ok {
		return nil, fmt.Errorf("the file lacks the tensor %q", name)
	}
	if len(t.Shape) != 2 || t.Shape[1] != cols || rows >= 0 && t.Shape[0] != rows {
		want := fmt.Sprint(rows)
		if rows < 0 {
			want = "members"
		}
		return nil, fmt.Errorf("the tensor %q has the shape %v; the model needs [%s %d]", name, t.Shape, want, cols)
	}
	if rows < 0 && t.Shape[0] > budget.Members {
		return nil, fmt.Errorf("the tensor %q has %d rows; %d members are the most", name, t.Shape[0], budget.Members)
	}
	m := make([][]float64, t.Shape[0])
	for i := range m {
		m[i] = t.V[i*cols : (i+1)*cols : (i+1)*cols]
	}
	return m, nil
}
