//go:build slow

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// The study of bands and verdicts: systems that nothing was developed beside are
// simulated, fitted by default with the program, and forecast from fresh origins.
// It is told what bands hold of fresh rows, and whether bad models (worse there
// than the best baseline) come with a verdict and good ones without. With
// ENTRAIN_STUDY=folder the fits stay there and are not made again.

// trialOutcome is one line of the study.
type trialOutcome struct {
	Name     string
	Noise    float64
	Seed     uint64
	Inside   float64 // part of the rows of the record inside their band
	Coverage float64 // part of fresh rows
	Values   int
	Right    float64 // what half widths would have to be multiplied with to hold 90 %
	Error    float64 // NRMSE on fresh rows, of the model and of the best baseline there
	Baseline float64
	Best     string
	// Known is the error on fresh rows of the baseline that was best on the rows held
	// out of the fit, whose name is Before.
	Known    float64
	Before   string
	Kept     string // the attempt that became the model
	Verdicts []string
	Signs    *study.Signs
	Claimed  *float64 // coverage that the fit says it measured
	Code     int
}

func (o *trialOutcome) bad() bool { return !(o.Error <= o.Baseline) }

const freshOrigins = 10

// trial fits one record and forecasts fresh ones.
func (w *world) trial(t *testing.T, dir string, noise float64, seed uint64) trialOutcome {
	t.Helper()
	out := trialOutcome{Name: w.name, Noise: noise, Seed: seed}
	r := rand.New(rand.NewPCG(seed, uint64(len(w.name))*1000+uint64(noise*1000)))
	start := w.start
	if w.fresh != nil {
		start = w.fresh(r)
	}
	ahead := w.rows / 2
	more := ahead
	if w.fresh == nil {
		more = ahead + freshOrigins*w.rows/3
	}
	var all data.Series
	if w.all != nil {
		all = *w.all
	} else {
		tt, x, u := w.record(start, 0, w.rows+more, r)
		all = w.series(tt, x, u)
	}
	sd := data.NewMoments(all.Slice(0, w.rows)).SD
	disturb(&all, sd, noise, r)
	file := filepath.Join(dir, "data.csv")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	fitted := all.Slice(0, w.rows)
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Write(f, []data.Series{fitted}, data.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	run := filepath.Join(dir, "run")
	if _, err := os.Stat(filepath.Join(run, study.ResultFile)); err != nil {
		os.RemoveAll(run)
		args := []string{"fit", file, "time=t", "--out", run, "seed=" + strconv.FormatUint(seed, 10)}
		if len(all.Inputs) > 0 {
			args = append(args, "inputs="+strings.Join(all.Inputs, ","), "hold=zero")
		}
		out.Code = entrain(args...).code
	}
	w.score(t, &out, run, all, sd, noise, r)
	return out
}

// series is what is written down of a simulation.
func (w *world) series(t []float64, x, u [][]float64) data.Series {
	s := data.Series{Time: "t", T: t}
	columns := w.measured
	if columns == nil {
		for c := range w.names {
			columns = append(columns, c)
		}
	}
	for _, c := range columns {
		s.Names = append(s.Names, w.names[c])
	}
	if w.u != nil && !w.drop {
		s.Inputs = w.inputs
	}
	for k := range t {
		for _, c := range columns {
			s.X = append(s.X, x[k][c])
		}
		if s.Inputs != nil {
			s.U = append(s.U, u[k]...)
		}
	}
	return s
}

func disturb(s *data.Series, sd []float64, noise float64, r *rand.Rand) {
	for i := range s.X {
		s.X[i] += noise * sd[i%len(sd)] * r.NormFloat64()
	}
}

// score forecasts fresh origins with the model and with baselines.
func (w *world) score(t *testing.T, out *trialOutcome, run string, all data.Series, sd []float64, noise float64, r *rand.Rand) {
	if out.Code != 0 {
		out.Verdicts = append(out.Verdicts, "exit "+strconv.Itoa(out.Code))
	}
	res, err := study.ReadResult(run)
	if err != nil {
		t.Logf("%s: %v", w.name, err)
		out.Error, out.Baseline, out.Coverage = math.Inf(1), 1, math.NaN()
		return
	}
	for _, v := range res.Verdicts {
		if !v.Note {
			out.Verdicts = append(out.Verdicts, v.Code)
		}
	}
	out.Signs = res.Signs
	for _, c := range res.Tried {
		if c.Kept {
			out.Kept = c.Method
		}
	}
	if res.Band != nil {
		out.Claimed = res.Band.Measured
	}
	f, err := os.Open(filepath.Join(run, study.ModelFile))
	if err != nil {
		out.Error, out.Baseline, out.Coverage = math.Inf(1), 1, math.NaN()
		return
	}
	defer f.Close()
	m, err := model.Read(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	settings := train.DefaultSettings()
	settings.Hold = "zero"
	p, err := train.NewProblem([]data.Series{all.Slice(0, w.rows)}, "mlp", &field.MLP{Hidden: []int{2}, Activation: "tanh"}, settings)
	if err != nil {
		t.Fatal(err)
	}
	baselines := train.Baselines(p)
	errors := make([]float64, len(baselines)+1)
	inside, values := 0, 0
	var ratios []float64
	add := func(history, future *data.Series, fc *model.Forecast) {
		whole := join(history, future)
		if fc == nil {
			if fc, err = m.ForecastAfter(history, future.T, &whole); err != nil {
				fc = &model.Forecast{}
			}
		}
		d := len(future.Names)
		for i, v := range future.X {
			e := 4 * sd[i%d]
			if values++; i < len(fc.X) {
				if fc.PLo[i] <= v && v <= fc.PHi[i] {
					inside++
				}
				ratios = append(ratios, math.Abs(fc.X[i]-v)/(fc.PHi[i]-fc.X[i]))
				e = math.Min(e, math.Abs(fc.X[i]-v))
			}
			errors[0] += e * e / (sd[i%d] * sd[i%d])
		}
		for j := range baselines {
			for i, v := range baselines[j].Run(history, future) {
				e := math.Min(4*sd[i%d], math.Abs(v-future.X[i]))
				errors[j+1] += e * e / (sd[i%d] * sd[i%d])
			}
		}
	}
	ahead, past := min(w.rows/2, all.Len()-w.rows), all.Slice(0, w.rows)
	next := all.Slice(w.rows, w.rows+ahead)
	whole := join(&past, &next)
	fc, err := m.Forecast(0, whole.T, &whole)
	if err != nil {
		t.Fatal(err)
	}
	within := 0
	for i := range past.X {
		if i < len(fc.X) && fc.PLo[i] <= past.X[i] && past.X[i] <= fc.PHi[i] {
			within++
		}
	}
	out.Inside = float64(within) / float64(len(past.X))
	add(&past, &next, nil)
	for k := range freshOrigins {
		if w.fresh == nil {
			at := w.rows + (k+1)*w.rows/3
			if w.all != nil { // what there is of a real record
				at = w.rows + (k+1)*(all.Len()-w.rows)/(freshOrigins+2)
			}
			history, future := all.Slice(at-w.rows, at), all.Slice(at, min(at+ahead, all.Len()))
			add(&history, &future, nil)
			continue
		}
		tt, x, u := w.record(w.fresh(r), 0, w.rows, r)
		s := w.series(tt, x, u)
		s.ID = fmt.Sprint("fresh", k)
		disturb(&s, sd, noise, r)
		history, future := s.Slice(0, w.rows/4), s.Slice(w.rows/4, w.rows/4+ahead)
		add(&history, &future, nil)
	}
	slices.Sort(ratios)
	if len(ratios) > 0 {
		out.Right = ratios[len(ratios)*9/10]
	}
	out.Coverage, out.Values = float64(inside)/float64(values), values
	out.Error = math.Sqrt(errors[0] / float64(values))
	out.Baseline = math.Inf(1)
	for j := range baselines {
		e := math.Sqrt(errors[j+1] / float64(values))
		if c := res.Assessment.Compared; c != nil && c.Best == baselines[j].Name {
			out.Known, out.Before = e, c.Best
		}
		if e < out.Baseline {
			out.Baseline, out.Best = e, baselines[j].Name
		}
	}
}

func join(a, b *data.Series) data.Series {
	out := *a
	out.T = slices.Concat(a.T, b.T)
	out.X = slices.Concat(a.X, b.X)
	out.U = slices.Concat(a.U, b.U)
	return out
}

// realWorlds are the records in the folder ENTRAIN_REAL names: .csv files with a time
// column t; columns whose names begin with u are inputs. The first two thirds of each are
// fitted.
func realWorlds(t *testing.T) []world {
	files, err := filepath.Glob(filepath.Join(os.Getenv("ENTRAIN_REAL"), "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []world
	for _, file := range files {
		if os.Getenv("ENTRAIN_REAL") == "" {
			break
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		head, err := bufio.NewReader(f).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		o := data.ReadOptions{Time: "t"}
		for _, name := range strings.Split(strings.TrimSpace(head), ",") {
			if strings.HasPrefix(name, "u") {
				o.Inputs = append(o.Inputs, name)
			}
		}
		if _, err := f.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		recs, err := data.Read(f, o)
		f.Close()
		if err != nil {
			t.Fatal(file, err)
		}
		out = append(out, world{name: strings.TrimSuffix(filepath.Base(file), ".csv"), all: &recs[0], rows: recs[0].Len() * 2 / 3})
	}
	return out
}

func TestBandsAndVerdictsOnFreshRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a hundred and more records")
	}
	root := os.Getenv("ENTRAIN_STUDY")
	if root == "" {
		root = t.TempDir()
	}
	seeds := uint64(3)
	if n, err := strconv.ParseUint(os.Getenv("ENTRAIN_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	log, err := os.Create(filepath.Join(root, "outcomes.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var all []trialOutcome
	for seed := range seeds { // the outermost: the first part of a study has all systems
		for _, w := range append(worlds(), realWorlds(t)...) {
			if only := os.Getenv("ENTRAIN_WORLD"); only != "" && !strings.Contains(w.name, only) {
				continue
			}
			for _, noise := range []float64{0.03, 0.1} {
				if w.all != nil && (seed > 0 || noise > 0.05) { // there is one of each
					continue
				}
				if w.all != nil {
					noise = 0
				}
				dir := filepath.Join(root, strings.ReplaceAll(w.name, " ", "-")+fmt.Sprintf("-%g-%d", noise, seed))
				o := w.trial(t, dir, noise, seed)
				all = append(all, o)
				line, err := json.Marshal(finiteOutcome(o))
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(log, "%s\n", line)
				t.Logf("%-24s %.2f %d  inside %.2f  fresh %.2f of %d (×%.2f)  error %.3g (%s %.3g)  bad %v  %v  known %s %.3g  %s", o.Name, o.Noise, o.Seed, o.Inside, o.Coverage, o.Values, o.Right,
					o.Error, o.Best, o.Baseline, o.bad(), o.Verdicts, o.Before, o.Known, o.Kept)
			}
		}
	}
	judgeStudy(t, all)
}

// finiteOutcome can be written as JSON.
func finiteOutcome(o trialOutcome) trialOutcome {
	for _, v := range []*float64{&o.Inside, &o.Coverage, &o.Error, &o.Baseline, &o.Known} {
		if math.IsNaN(*v) || math.IsInf(*v, 0) {
			*v = -1
		}
	}
	return o
}

// recordOf is all runs of one system and noise.
type recordOf struct {
	name                 string
	noise                float64
	error, known         float64 // sums over runs
	inside, values, runs float64
	warned               bool
}

// records gather the runs of each record.
func records(all []trialOutcome) []*recordOf {
	var out []*recordOf
	for _, o := range all {
		at := slices.IndexFunc(out, func(r *recordOf) bool { return r.name == o.Name && r.noise == o.Noise })
		if at < 0 {
			at, out = len(out), append(out, &recordOf{name: o.Name, noise: o.Noise})
		}
		r := out[at]
		r.error, r.known, r.runs = r.error+o.Error, r.known+o.Known, r.runs+1
		if !math.IsNaN(o.Coverage) {
			r.inside, r.values = r.inside+o.Coverage*float64(o.Values), r.values+float64(o.Values)
		}
		r.warned = r.warned || len(o.Verdicts) > 0
	}
	return out
}

// judgeStudy demands of the whole what is promised: of runs that bad ones are told, of records, all
// runs of a system and noise together, that bands hold and that no baseline would have been better.
func judgeStudy(t *testing.T, all []trialOutcome) {
	// A verdict on a model that is about as good as a baseline says no more than that.
	better := func(o *trialOutcome) bool { return o.Error < 0.95*o.Baseline }
	good, bad, silent, false_, near := 0, 0, 0, 0, 0
	for _, o := range all {
		warned := len(o.Verdicts) > 0
		if o.Error <= 1.05*o.Known+0.001 {
			near++
		}
		switch {
		case o.bad() && !warned:
			bad, silent = bad+1, silent+1
			t.Logf("bad without a verdict: %s %g %d", o.Name, o.Noise, o.Seed)
		case o.bad():
			bad++
		case better(&o) && warned:
			good, false_ = good+1, false_+1
		case better(&o):
			good++
		}
		if o.Coverage < 0.7 && !warned {
			t.Logf("%s %g %d: the band holds %.2f and no verdict warns", o.Name, o.Noise, o.Seed, o.Coverage)
		}
	}
	var coverage []float64
	within, list := 0, records(all)
	for _, r := range list {
		if r.error <= 1.05*r.known+0.001*r.runs {
			within++
		}
		if r.values == 0 {
			continue
		}
		held := r.inside / r.values
		coverage = append(coverage, held)
		if held < 0.7 && !r.warned {
			t.Errorf("%s %g: the bands hold %.2f and no verdict warns", r.name, r.noise, held)
		}
	}
	slices.Sort(coverage)
	median := coverage[len(coverage)/2]
	t.Logf("%d runs; %d bad, %d of them without a verdict; %d clearly better than baselines, %d with one; %d within 5 %% of the baseline known beforehand", len(all), bad, silent, good, false_, near)
	t.Logf("%d records; %d within 5 %%; coverage: median %.3f, quartiles %.3f %.3f, least %.3f",
		len(list), within, median, coverage[len(coverage)/4], coverage[3*len(coverage)/4], coverage[0])
	if median < 0.85 || median > 0.95 {
		t.Errorf("median coverage %.3f", median)
	}
	if float64(silent) > 0.02*float64(len(all)) || float64(false_) > 0.1*float64(good) || float64(within) < 28./30*float64(len(list)) {
		t.Errorf("%d bad models without a verdict, %d of %d good ones with one, of %d; %d records within 5 %%, of %d", silent, false_, good, len(all), within, len(list))
	}
}
