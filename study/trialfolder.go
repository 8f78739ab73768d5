package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// TrialFile in a folder makes it that of a trial: with the recordings that it
// names it is all that RunTrial needs.
const TrialFile = "trial.json"

// RecordingsFile is where a trial that shares its recordings with no other has
// them, in its folder.
const RecordingsFile = "recordings.json"

// order is what TrialFile holds.
type order struct {
	Format     int              `json:"format"`
	Labels     []Label          `json:"labels"`
	Recordings string           `json:"recordings"` // file, as seen from the folder
	Model      named            `json:"model"`
	Method     named            `json:"method"`
	Settings   train.Settings   `json:"settings"`
	Band       string           `json:"band"`
	Limit      string           `json:"limit"`           // a time.Duration in words
	Until      float64          `json:"until,omitempty"` // share of its iterations to be made for now
	From       model.Provenance `json:"from"`
	Simulated  *Simulation      `json:"simulated,omitempty"`
	Config     string           `json:"config"` // text of config.yaml, for people and --resume
}

const orderFormat = 1

// named is a registered thing with its settings; of a chain of methods they are
// a list.
type named struct {
	Name     string          `json:"name"`
	Settings json.RawMessage `json:"settings"`
}

// recordings is what the file of recordings holds.
type recordings struct {
	Series []recording `json:"series"`
	Test   *testRows   `json:"test,omitempty"`
	// Components are those of all, see data.Series.
	Components *data.Components `json:"components,omitempty"`
}

// recording is a data.Series whose numbers survive bit for bit.
type recording struct {
	ID     string        `json:"id"`
	Names  []string      `json:"names"`
	Units  []string      `json:"units"`
	Inputs []string      `json:"inputs"`
	Time   string        `json:"time"`
	TUnit  string        `json:"time_unit"`
	Epoch  time.Time     `json:"epoch"`
	Zone   string        `json:"timezone,omitempty"` // of the epoch; "": its offset
	T      train.Numbers `json:"t"`
	X      train.Numbers `json:"x"`
	U      train.Numbers `json:"u"`

	IDName    string          `json:"id_column,omitempty"`
	Below     train.Numbers   `json:"below,omitempty"`
	Label     string          `json:"label,omitempty"`
	Embedding *data.Embedding `json:"embedding,omitempty"`
	Dates     string          `json:"dates,omitempty"`
	Shown     train.Numbers   `json:"shown,omitempty"`
}

type testRows struct {
	Rows     recording     `json:"rows"`
	Truth    train.Numbers `json:"truth"`
	Trained  int           `json:"trained"`
	Exponent float64       `json:"exponent"`
	// System is what the model is compared with, if it is.
	System   *Simulation `json:"system,omitempty"`
	LongRows int         `json:"long_rows,omitempty"`
	Ahead    int         `json:"ahead,omitempty"`
	Apart    bool        `json:"apart,omitempty"`
}

func newRecording(s *data.Series) recording {
	return recording{ID: s.ID, Names: s.Names, Units: s.Units, Inputs: s.Inputs, Time: s.Time, TUnit: s.TUnit, Epoch: s.Epoch, Zone: data.ZoneName(s.Epoch),
		T: s.T, X: s.X, U: s.U, IDName: s.IDName, Below: s.Below, Label: s.Label, Embedding: s.Embedding, Dates: s.Dates, Shown: s.Shown}
}

func (r *recording) series() data.Series {
	return data.Series{ID: r.ID, Names: r.Names, Units: r.Units, Inputs: r.Inputs, Time: r.Time, TUnit: r.TUnit, Epoch: data.InZone(r.Epoch, r.Zone),
		T: r.T, X: r.X, U: r.U, IDName: r.IDName, Below: r.Below, Label: r.Label, Embedding: r.Embedding, Dates: r.Dates, Shown: r.Shown}
}

// encodeRecordings are what several trials may learn from and be tested against,
// as a file holds them.
func encodeRecordings(series []data.Series, test *Test) ([]byte, error) {
	r := recordings{}
	for i := range series {
		r.Series, r.Components = append(r.Series, newRecording(&series[i])), series[i].Components
	}
	if test != nil {
		r.Test = &testRows{newRecording(&test.Rows), test.Truth, test.Trained, test.Exponent, test.System, test.LongRows, test.Ahead, test.Apart}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("the recordings cannot be written: %w", err)
	}
	return text, nil
}

// rewrite gives path a content, unless it has it already.
func rewrite(path string, text []byte) error {
	if old, err := readFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	err := WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return around(fmt.Errorf("%s cannot be written: %w", path, reason(err)))
	}
	return nil
}

// WriteTrial makes dir the folder of a trial that RunTrial can carry out, here or
// where the folder is brought. Its recordings are written into it.
func WriteTrial(dir string, t *Trial) error {
	if err := makeFolder(dir); err != nil {
		return around(fmt.Errorf("folder %s cannot be made: %w", dir, reason(err)))
	}
	text, err := encodeRecordings(t.Series, t.Test)
	if err == nil {
		err = rewrite(filepath.Join(dir, RecordingsFile), text)
	}
	if err != nil {
		return err
	}
	return writeOrder(dir, t, RecordingsFile)
}

// writeOrder writes TrialFile into the folder of a trial whose recordings are in
// a file, as seen from there.
func writeOrder(dir string, t *Trial, file string) error {
	o := order{Format: orderFormat, Labels: t.Labels, Recordings: filepath.ToSlash(file), Settings: t.Settings, Band: t.Band,
		Limit: t.Limit.String(), Until: t.Until, From: t.From, Simulated: t.Simulated, Config: string(t.Config)}
	var err error
	if o.Model, err = newNamed(t.ModelName, t.Model); err != nil {
		return fmt.Errorf("the settings of model %s cannot be written: %w", t.ModelName, err)
	}
	if o.Method, err = newNamed(t.MethodName, methodSettings(t.Method)); err != nil {
		return fmt.Errorf("the settings of method %s cannot be written: %w", t.MethodName, err)
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return fmt.Errorf("the settings of the trial cannot be written: %w", err)
	}
	if err := makeFolder(dir); err != nil {
		return around(fmt.Errorf("folder %s cannot be made: %w", dir, reason(err)))
	}
	return rewrite(filepath.Join(dir, TrialFile), append(text, '\n'))
}

func newNamed(name string, settings any) (named, error) {
	text, err := json.Marshal(settings)
	return named{name, text}, err
}

// methodSettings are those of a method, or of all methods of a chain.
func methodSettings(m train.Method) any {
	if c, ok := m.(*train.Chain); ok {
		return c.Methods
	}
	return m
}

// ReadTrial reads the folder of a trial.
func ReadTrial(dir string) (*Trial, error) {
	path := filepath.Join(dir, TrialFile)
	var o order
	if err := readJSON(path, &o); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is no folder of a trial: it holds no %s", dir, TrialFile)
		}
		return nil, err
	}
	if o.Format != orderFormat {
		return nil, fmt.Errorf("%s has format %d, which this version of Entrain does not know; run the study again with it", path, o.Format)
	}
	t := &Trial{Labels: o.Labels, Simulated: o.Simulated, ModelName: o.Model.Name, MethodName: o.Method.Name, Settings: o.Settings,
		Band: o.Band, Until: o.Until, From: o.From, Config: []byte(o.Config)}
	err := t.settings(&o)
	if err == nil {
		t.Limit, err = time.ParseDuration(o.Limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, t.read(filepath.Join(dir, filepath.FromSlash(o.Recordings)))
}

// settings makes the model and the method of a trial.
func (t *Trial) settings(o *order) (err error) {
	if t.Model, err = field.Architectures.Lookup(o.Model.Name); err != nil {
		return err
	}
	if err := json.Unmarshal(o.Model.Settings, t.Model); err != nil {
		return fmt.Errorf("the settings of model %s are not understood: %w", o.Model.Name, err)
	}
	if t.Method, err = train.Methods.Lookup(o.Method.Name); err != nil {
		return err
	}
	methods, settings := []train.Method{t.Method}, []json.RawMessage{o.Method.Settings}
	if c, ok := t.Method.(*train.Chain); ok {
		methods, settings = c.Methods, nil
		err = json.Unmarshal(o.Method.Settings, &settings)
	}
	if err == nil && len(settings) != len(methods) {
		err = fmt.Errorf("there are %d instead of %d", len(settings), len(methods))
	}
	for i := 0; err == nil && i < len(methods); i++ {
		err = json.Unmarshal(settings[i], methods[i])
	}
	if err != nil {
		return fmt.Errorf("the settings of method %s are not understood: %w", o.Method.Name, err)
	}
	return nil
}

// read reads the recordings of a trial.
func (t *Trial) read(path string) error {
	var r recordings
	if err := readJSON(path, &r); err != nil {
		return err
	}
	for i := range r.Series {
		t.Series = append(t.Series, r.Series[i].series())
		t.Series[i].Components = r.Components
	}
	if len(t.Series) == 0 {
		return fmt.Errorf("%s holds no recording", path)
	}
	if r.Test != nil {
		t.Test = &Test{r.Test.Rows.series(), r.Test.Truth, r.Test.Trained, r.Test.Exponent, r.Test.System, r.Test.LongRows, r.Test.Ahead, r.Test.Apart}
	}
	return nil
}

// readJSON reads a file of the folder of a run or trial.
func readJSON(path string, to any) error {
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		return around(fmt.Errorf("%s %w: %w", path, errUnread, reason(err)))
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}
