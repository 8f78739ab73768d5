package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// sample is a model with hidden states, an input, two members and two
// recordings, one of which has measured inputs.
func sample(t testing.TB) *Model {
	t.Helper()
	frame := field.Frame{TUnit: "a", States: []string{"prey", "predator"}, Shift: []float64{1.5, -2}, Scale: []float64{0.1, 3},
		Inputs: []string{"rain"}, UShift: []float64{7}, UScale: []float64{1.0 / 3}, T0: 1900, Time: 0.7}
	m := &Model{ArchName: "mlp", Arch: &field.MLP{Hidden: []int{3}, Activation: "tanh", Augment: 1},
		Units: []string{"thousand", ""}, Time: "year", TUnit: "a", Hold: "linear", Loss: "huber", Solver: ode.Options{Solver: "dopri5", RTol: 1e-6, ATol: 1e-6, MaxSteps: 20_000, Memory: 64 << 20},
		From: Provenance{Data: "lynx-hare.csv", Hash: "00ff", Method: "vanilla", Seed: 1<<64 - 1, Version: "0.1.0", Kernel: "generic", Command: `entrain fit "a b".csv`}}
	var err error
	if m.Parts, err = m.Arch.Build(frame); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		theta, err := field.Draw(m.Parts, "torch", seed, 0)
		if err != nil {
			t.Fatal(err)
		}
		m.Theta = append(m.Theta, theta)
	}
	m.Records = []Record{
		{ID: "north", T0: 1900, End: 1920, Step: 1, Rows: 21, Start: [][]float64{{1, 2, 0}, {1, 2.5, 0.1}}},
		{ID: "south", T0: 1900.5, End: 1910, Step: 0.1, Rows: 95, Start: [][]float64{{3, 4, 0}, {3, 4.5, -0.1}},
			U: data.Series{ID: "south", Inputs: []string{"rain"}, Time: "year", TUnit: "a", T: []float64{1900.5, 1910}, U: []float64{5, 6}}},
	}
	return m
}

func written(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestModelSurvivesFile compares all fields, the rebuilt programs included.
func TestModelSurvivesFile(t *testing.T) {
	m := sample(t)
	got, err := Read(bytes.NewReader(written(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got  %+v\nwant %+v", got, m)
	}
}

// A model that is confined to a box is so again, and remembers the box.
func TestConfinedModelsSurviveFile(t *testing.T) {
	m := sample(t)
	m.Confine(&field.Box{Lo: []float64{-2, -3}, Hi: []float64{2, 3}, Rate: 20})
	got, err := Read(bytes.NewReader(written(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got  %+v\nwant %+v", got, m)
	}
}

// TestEquationsSurviveFile is the same for equations with a hidden state,
// bounded parameters and a network.
func TestEquationsSurviveFile(t *testing.T) {
	low := 0.0
	m := sample(t)
	m.ArchName, m.Arch = "equations", &field.Equations{
		Text:       "prey' = birth*prey - nn1(prey, rain) - store\npredator' = -predator\nstore' = prey - store",
		Parameters: map[string]field.Unknown{"birth": {Start: 0.1, Min: &low}},
		Start:      map[string]float64{"store": 0.3},
	}
	var err error
	if m.Parts, err = m.Arch.Build(MeasuredFrame(m.Parts)); err != nil {
		t.Fatal(err)
	}
	for i := range m.Theta {
		m.Theta[i] = m.Parts.Theta0
	}
	got, err := Read(bytes.NewReader(written(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got  %+v\nwant %+v", got, m)
	}
}

func TestForecastsOfFileAreBitForBit(t *testing.T) {
	m := sample(t)
	again, err := Read(bytes.NewReader(written(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	times := []float64{1900.5, 1901, 1903.25, 1909}
	want, err := m.Forecast(1, times, &m.Records[1].U)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Forecast(1, times, &again.Records[1].U)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.X) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestModelBytesAreDeterministic(t *testing.T) {
	first := written(t, sample(t))
	again, err := Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	for range 8 { // maps must not decide the order
		if !bytes.Equal(written(t, again), first) {
			t.Fatal("writing the model again gives other bytes")
		}
	}
}

func TestEveryArchitectureSurvivesJSON(t *testing.T) {
	for _, name := range field.Architectures.Names() {
		a, err := field.Architectures.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := architecture(name, text); err != nil || !reflect.DeepEqual(again, a) {
			t.Errorf("%s: %s became %+v, %v", name, text, again, err)
		}
	}
}

// TestEveryDamagedByteIsFound flips one bit in every byte of a file. A space
// in the header is the only place where that may not matter.
func TestEveryDamagedByteIsFound(t *testing.T) {
	whole := written(t, sample(t))
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1
		if _, err := Read(bytes.NewReader(b)); err == nil {
			t.Fatalf("byte %d (%q) can change unseen", i, whole[i])
		}
	}
	for n := range whole {
		_, err := Read(bytes.NewReader(whole[:n]))
		if err == nil || n >= 8 && !strings.Contains(err.Error(), "truncated") {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
}

// resealed changes the description of a sample file and makes its checksum
// right again.
func resealed(t testing.TB, change func(meta map[string]string, d *described) []tensor) []byte {
	t.Helper()
	meta, tensors, err := readTensors(bytes.NewReader(written(t, sample(t))))
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal([]byte(meta[keyModel]), &d); err != nil {
		t.Fatal(err)
	}
	if other := change(meta, &d); other != nil {
		tensors = other
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	meta[keyModel] = string(text)
	return sealed(t, meta, tensors)
}

func TestWrongModelsAreExplained(t *testing.T) {
	type meta = map[string]string
	for want, change := range map[string]func(meta, *described) []tensor{
		"newer Entrain":            func(m meta, _ *described) []tensor { m[keyVersion] = "2"; return nil },
		`version "x"`:              func(m meta, _ *described) []tensor { m[keyVersion] = "x"; return nil },
		"not a model that Entrain": func(m meta, _ *described) []tensor { delete(m, keyFormat); return nil },
		`did you mean "mlp"?; if`:  func(_ meta, d *described) []tensor { d.Architecture.Name = "mpl"; return nil },
		`unknown field "depth"`: func(_ meta, d *described) []tensor {
			d.Architecture.Config = json.RawMessage(`{"depth":3}`)
			return nil
		},
		"cannot be rebuilt": func(_ meta, d *described) []tensor {
			d.Architecture.Config = json.RawMessage(`{"activation":"tahn"}`)
			return nil
		},
		"differ in number": func(_ meta, d *described) []tensor { d.Frame.Shift = d.Frame.Shift[:1]; return nil },
		"1 units for 2":    func(_ meta, d *described) []tensor { d.Units = d.Units[:1]; return nil },
		"not positive":     func(_ meta, d *described) []tensor { d.Frame.Time = 0; return nil },
		`lacks the tensor`: func(_ meta, d *described) []tensor { d.Records = append(d.Records, d.Records[0]); return nil },
		"needs [members":   func(_ meta, _ *described) []tensor { return []tensor{{"theta", []int{0}, nil}} },
		"no members":       func(_ meta, _ *described) []tensor { return []tensor{{"theta", []int{0, 27}, nil}} },
	} {
		_, err := Read(bytes.NewReader(resealed(t, change)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestIncompleteModelsAreNotWritten(t *testing.T) {
	for i, spoil := range []func(*Model){
		func(m *Model) { m.Theta[1] = m.Theta[1][1:] },
		func(m *Model) { m.Records[0].Start = m.Records[0].Start[:1] },
		func(m *Model) { m.Records[0].Start[1] = nil },
		func(m *Model) { m.Records[1].U.U = nil },
		func(m *Model) { m.ArchName = "unheard of" },
	} {
		m := sample(t)
		spoil(m)
		var b bytes.Buffer
		if err := m.Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("spoilt model %d: error %v, %d bytes written", i, err, b.Len())
		}
	}
}

// Descriptions with a right checksum that mean nothing are refused.
func TestModelsWithoutMeaningAreRefused(t *testing.T) {
	type meta = map[string]string
	nan := math.NaN()
	for want, change := range map[string]func(meta, *described) []tensor{
		"side 1 of the box": func(_ meta, d *described) []tensor {
			d.Box = &field.Box{Lo: []float64{1}, Hi: []float64{0}, Rate: 1}
			return nil
		},
		"a scale is -1: not positive": func(_ meta, d *described) []tensor { d.Frame.Scale[0] = -1; return nil },
		"there twice":                 func(_ meta, d *described) []tensor { d.Frame.States[1] = d.Frame.States[0]; return nil },
		"empty":                       func(_ meta, d *described) []tensor { d.Frame.Inputs[0] = ""; return nil },
		"control character":           func(_ meta, d *described) []tensor { d.Frame.States[0] = "\x1b[31m"; return nil },
		`"a\u009bb"`:                  func(_ meta, d *described) []tensor { d.Records[0].ID = "a\u009bb"; return nil },
		"the command":                 func(_ meta, d *described) []tensor { d.From.Command = "\x1b]0;x\x07"; return nil },
		"a name has":                  func(_ meta, d *described) []tensor { d.TUnit = strings.Repeat("s", 5000); return nil },
		"hold is":                     func(_ meta, d *described) []tensor { d.Hold = "nope"; return nil },
		"recording 1: it goes":        func(_ meta, d *described) []tensor { d.Records[0].T0 = 1e9; return nil },
		"rows are -1 apart":           func(_ meta, d *described) []tensor { d.Records[0].Step = -1; return nil },
		"it has -5 rows":              func(_ meta, d *described) []tensor { d.Records[0].Rows = -5; return nil },
		"starts anew":                 func(_ meta, d *described) []tensor { d.Records[0].Anchors = []float64{1910, 1905}; return nil },
		"takes":                       func(_ meta, d *described) []tensor { d.Solver.MaxSteps = 1 << 62; return nil },
		"solver: ":                    func(_ meta, d *described) []tensor { d.Solver.RTol = -1; return nil },
		"no calendar": func(_ meta, d *described) []tensor {
			d.Epoch, d.Records[0].End = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), 1e300
			return nil
		},
		"hidden: the model would": func(_ meta, d *described) []tensor {
			d.Architecture.Config = json.RawMessage(`{"hidden":[4611686018427387904],"activation":"tanh"}`)
			return nil
		},
		"augment": func(_ meta, d *described) []tensor {
			d.Architecture.Config = json.RawMessage(`{"hidden":[3],"activation":"tanh","augment":1000000000}`)
			return nil
		},
	} {
		_, err := Read(bytes.NewReader(resealed(t, change)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	for name, v := range map[string]float64{"NaN": nan, "infinity": math.Inf(1), "huge": 1e308} {
		for _, tensorName := range []string{"theta", "start.0", "time.1", "inputs.1"} {
			_, err := Read(bytes.NewReader(resealedNumbers(t, tensorName, v)))
			if err == nil || !strings.Contains(err.Error(), "not finite") && !strings.Contains(err.Error(), "do not increase") {
				t.Errorf("%s in %s: %v", name, tensorName, err)
			}
		}
	}
}

// resealedNumbers puts v into a tensor of a sample file with a right checksum.
func resealedNumbers(t testing.TB, name string, v float64) []byte {
	t.Helper()
	meta, tensors, err := readTensors(bytes.NewReader(written(t, sample(t))))
	if err != nil {
		t.Fatal(err)
	}
	for i := range tensors {
		if tensors[i].Name == name {
			tensors[i].V[0] = v
		}
	}
	return sealed(t, meta, tensors)
}

func sealed(t testing.TB, meta map[string]string, tensors []tensor) []byte {
	t.Helper()
	meta[keySum] = checksum(meta, tensors)
	var b bytes.Buffer
	if err := writeTensors(&b, meta, tensors); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A description may call for a large model; the fuzzer is to look for other things.
var largeNumber = regexp.MustCompile(`[0-9]{4,}|[0-9][eE]`)

// FuzzReadModel changes the description and the numbers of a model and makes
// the checksum anew: what is refused is refused in words, what is accepted can
// be shown, forecasts finite values and survives being written.
func FuzzReadModel(f *testing.F) {
	meta, tensors, err := readTensors(bytes.NewReader(written(f, sample(f))))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(meta[keyModel], littleEndian(tensors[0].V[:4]))
	f.Add(strings.ReplaceAll(meta[keyModel], `"scale":[0.1`, `"scale":[1e308`), []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f})
	f.Add(`{"architecture":{"name":"equations","config":{"equations":"prey' = prey\npredator' = -predator"}}}`, []byte{})
	f.Fuzz(func(t *testing.T, description string, numbers []byte) {
		var d described
		if len(description) > 1<<13 || json.Unmarshal([]byte(description), &d) == nil && largeNumber.Match(d.Architecture.Config) {
			return
		}
		changed := slices.Clone(tensors)
		for i := range changed {
			changed[i].V = slices.Clone(changed[i].V)
			for k := range changed[i].V {
				if len(numbers) >= 8 {
					changed[i].V[k] = math.Float64frombits(binary.LittleEndian.Uint64(numbers))
					numbers = numbers[8:]
				}
			}
		}
		b := sealed(t, map[string]string{keyFormat: formatName, keyVersion: "1", keyModel: description}, changed)
		m, err := Read(bytes.NewReader(b))
		if (m == nil) == (err == nil) {
			t.Fatal("a model or an error, not both", fmt.Sprint(m), err)
		}
		if err != nil {
			return
		}
		m.Text()
		m.Solver.MaxSteps = 200
		if m.Solver.Step == 0 && len(m.Records) > 0 {
			r := &m.Records[0]
			if fc, err := m.Forecast(0, []float64{r.T0, r.End}, &r.U); err == nil && !num.AllFinite(slices.Concat(fc.X, fc.Lo, fc.Hi)) {
				t.Fatalf("the forecast %v is not finite", fc.X)
			}
		}
		if _, err := Read(bytes.NewReader(written(t, m))); err != nil {
			t.Fatal("written and read again:", err)
		}
	})
}

// A model of delays says of which column and how far apart; one that contradicts itself is refused.
func TestModelsOfDelaysSurviveFile(t *testing.T) {
	m := sample(t)
	m.Embedding = &data.Embedding{Dimension: 2, Lag: 3, Step: 0.5}
	got, err := Read(bytes.NewReader(written(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, m) || !slices.Equal(got.Columns(), []string{"prey"}) {
		t.Errorf("got  %+v\nwant %+v", got, m)
	}
	m.Embedding.Dimension = 3
	if err := m.Write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "delays of one column") {
		t.Errorf("three delays of two states: %v", err)
	}
}
