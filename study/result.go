package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Result is what result.json holds. Its keys are a promise to scripts:
// new ones may come, none changes its meaning. Numbers that do not exist are
// null.
type Result struct {
	Status      string            `json:"status"` // ok, stopped, interrupted or failed
	Method      string            `json:"method"`
	Model       string            `json:"model"`
	Seed        uint64            `json:"seed"`
	Members     int               `json:"members"`
	Iterations  int               `json:"iterations"`
	Evaluations int               `json:"evaluations"` // of the field, in forward integrations
	Seconds     float64           `json:"seconds"`
	Noise       []*float64        `json:"noise_estimate"` // standard deviation of each component, user units; of the logarithm where that is the state; misfit apart
	Refit       bool              `json:"refit"`
	Scores      Scores            `json:"scores"`
	Labelled    *Labelled         `json:"labelled,omitempty"` // of labelled recordings, in place of assessment: docs/classification.md
	HeldFolds   *HeldFolds        `json:"folds,omitempty"`    // of heldout=folds: models that have not seen them
	Loss        *LossScore        `json:"loss,omitempty"`     // what was minimised, where that is not the squared distance nor a likelihood
	Assessment  *Assessment       `json:"assessment"`         // what each score means: docs/scores.md
	Band        *Band             `json:"band"`               // what its bands hold
	Signs       *Signs            `json:"signs"`              // the figures behind verdicts
	Verdicts    []train.Verdict   `json:"verdicts"`           // what must be known before trusting the fit
	Shown       *Shown            `json:"columns,omitempty"`  // of held-out recordings in the columns that components are of
	Test        *TestScores       `json:"test,omitempty"`     // of a trial of a study that has a test
	Tried       []Tried           `json:"tried"`
	Files       map[string]string `json:"files"` // in "folder"; by what they are
	Version     string            `json:"version"`
	Best        int               `json:"best_iteration"` // the one that was saved
	Parameters  []Parameter       `json:"parameters"`     // named ones, in user units
	Starts      []Parameter       `json:"starts"`         // states at the first rows, where they are learnt
	Terms       []Parameter       `json:"terms"`          // coefficients of a learnt law, of: the equation
	// NoiseModels says of each column how rows lie around what is predicted; absent where that is
	// constant noise, estimated by least squares.
	NoiseModels []NoiseModel `json:"noise_models,omitempty"`
	Determined  []string     `json:"determined"`  // combinations of parameters that are, where they are not, in words
	Convergence *Convergence `json:"convergence"` // null: the method does not say
	// Constraints says how the saved model keeps inequalities; absent where there are none.
	Constraints []train.LimitState `json:"constraints,omitempty"`
	LongRun     *LongRun           `json:"long_run,omitempty"`        // of a model of chaotic data, followed freely
	Identified  *Identifiability   `json:"identifiability,omitempty"` // of chaotic data
	Error       string             `json:"error,omitempty"`           // why a trial of a study failed
	Fault       bool               `json:"fault,omitempty"`           // that it failed is a fault of the program
}

// Parameter is what the fit knows of a named parameter or of a learnt start.
type Parameter struct {
	Name  string   `json:"name"`
	Of    string   `json:"recording,omitempty"` // of a start, where there are several recordings
	Value *float64 `json:"value"`
	SD    *float64 `json:"sd"` // standard error
	Lo    *float64 `json:"lo"` // with Hi: holds it with a probability of 95 %, where that is not value ± 2 sd; null: open or not known
	Hi    *float64 `json:"hi"`
	Note  string   `json:"note"` // what to know before trusting it; "" if nothing
}

// Convergence says whether a fit ended at a minimum.
type Convergence struct {
	Converged bool     `json:"converged"`
	Gradient  *float64 `json:"gradient"` // standard errors the minimum is away
	Why       string   `json:"why"`      // why it ended, a sentence
}

// Scores are those of the saved model on the rows it was trained on, and of
// the selected model, before any refit, on the rows held out.
type Scores struct {
	Train   *Score `json:"train"`
	Heldout *Score `json:"heldout"`
}

// Score is the overall part of data.Scores.
type Score struct {
	MSE   *float64 `json:"mse"`
	NRMSE *float64 `json:"nrmse"`
	R2    *float64 `json:"r2"`
	// Below is how many of the values compared are known only not to be above a limit: they are
	// no error at or below it.
	Below int `json:"below,omitempty"`
}

// Tried is one attempt of a method that makes several.
type Tried struct {
	Method string `json:"method"`
	Why    string `json:"why_stopped"`
	Kept   bool   `json:"kept"` // it became the model
	Scores Scores `json:"scores"`
	// Rolling is the error by which attempts were compared, in deviations; null if
	// they were not. See train.Tried.
	Rolling *float64 `json:"rolling_nrmse"`
	// RollingTo is the distance from the origins, in time, up to which it counts; absent: to
	// the last row.
	RollingTo *float64 `json:"rolling_to,omitempty"`
}

func newScore(s *data.Scores) *Score {
	if s == nil {
		return nil
	}
	return &Score{number(s.MSE), number(s.NRMSE), number(s.R2), s.Below}
}

func newParameter(e model.Estimate) Parameter {
	return Parameter{e.Name, e.Of, number(e.Value), number(e.SD), number(e.Lo), number(e.Hi), e.Note}
}

// newResult puts the outcome of a fit into the form of result.json.
func newResult(r *train.Result, p *train.Problem, seconds float64, version string) *Result {
	out := &Result{Status: r.Status, Method: r.Method, Model: p.ArchName, Seed: p.Seed, Members: r.Members,
		Iterations: r.Iterations, Evaluations: r.Evaluations, Seconds: seconds, Refit: r.Refit, Best: r.BestK,
		Noise: []*float64{}, Parameters: []Parameter{}, Starts: []Parameter{}, Terms: []Parameter{}, Determined: []string{}, Tried: []Tried{}, Files: map[string]string{}, Version: version,
		Assessment: newAssessment(r.Assessment), Loss: newLoss(r.Loss), Labelled: newLabelled(r.Labelled), HeldFolds: newHeldFolds(r.HeldFolds), Verdicts: append([]train.Verdict{}, r.Verdicts...)}
	for _, v := range r.Noise {
		out.Noise = append(out.Noise, number(v))
	}
	if r.Model != nil {
		out.Model = r.Model.ArchName
		out.Scores = Scores{newScore(&r.Train), newScore(r.Held)}
		out.Band, out.Signs = newBand(r.Model), newSigns(r.Signs)
		out.NoiseModels = newNoise(r, p.Train[0].Names)
	}
	for _, e := range r.Parameters {
		out.Parameters = append(out.Parameters, newParameter(e))
	}
	for _, e := range r.Starts {
		out.Starts = append(out.Starts, newParameter(e))
	}
	for _, e := range r.Terms {
		out.Terms = append(out.Terms, newParameter(e))
	}
	out.Determined, out.Constraints = append(out.Determined, r.Determined...), r.Constraints
	if c := r.Convergence; c != nil {
		out.Convergence = &Convergence{c.Converged, number(c.Gradient), c.Why}
	}
	out.LongRun, out.Identified = newLongRun(r.LongRun), newIdentifiability(r.Identified)
	for _, t := range r.Tried {
		a := Tried{Method: t.Method, Why: t.Why, Kept: t.Kept, Scores: Scores{newScore(t.Train), newScore(t.Held)}}
		if t.Rolling != 0 {
			a.Rolling, a.RollingTo = number(t.Rolling), number(t.RollingTo)
		}
		out.Tried = append(out.Tried, a)
	}
	return out
}

var statuses = []string{train.StatusOK, train.StatusStopped, train.StatusInterrupted, train.StatusFailed}

// ReadResult reads result.json of a run folder.
func ReadResult(dir string) (*Result, error) {
	path := filepath.Join(dir, ResultFile)
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s %w: %w", path, errUnread, reason(err))
	}
	r := &Result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if r.Files["result"] != ResultFile || !slices.Contains(statuses, r.Status) { // what is always there
		return nil, fmt.Errorf("%s is damaged: %w", path, errCut)
	}
	return r, nil
}
