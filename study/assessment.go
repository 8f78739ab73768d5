package study

import (
	"fmt"

	"github.com/entrain-dev/entrain/train"
)

// Assessment is train.Assessment in the form of result.json. Numbers that do not
// exist are null, parts that do not exist as well.
type Assessment struct {
	Headline  string     `json:"headline"` // "free run" or "valid time"
	FromStart *FreeRun   `json:"from_start"`
	Segments  *Segments  `json:"pieces"`
	Held      *HeldOut   `json:"held_out"`
	Valid     *ValidTime `json:"valid_time"`
	Baselines []Baseline `json:"baselines"`
	Compared  *Compared  `json:"compared"`
}

// Compared is train.Compared.
type Compared struct {
	Best  string   `json:"best_baseline"`
	Model *float64 `json:"model_nrmse"`
	Error *float64 `json:"baseline_nrmse"`
	Beats bool     `json:"beats"`
	Loses bool     `json:"loses"` // by more than 5 % and a thousandth of a deviation
	Text  string   `json:"text"`  // a sentence
}

// FreeRun is train.FreeRun.
type FreeRun struct {
	Of     string `json:"of"`
	Rows   int    `json:"rows"`
	Score  *Score `json:"score"`
	Failed string `json:"failed,omitempty"`
}

// Segments is train.Segments, by an older name in the file; of the gaps, their number and the largest.
type Segments struct {
	Of      string   `json:"of"`
	Count   int      `json:"count"`
	Rows    int      `json:"rows"`
	Length  *float64 `json:"length"`
	Score   *Score   `json:"score"`
	Gaps    int      `json:"gaps"`
	Largest *float64 `json:"largest_gap"` // in deviations
	Typical *float64 `json:"typical_gap"` // the median
}

// HeldOut is train.HeldOut without its windows.
type HeldOut struct {
	Of       string         `json:"of"`
	Rows     int            `json:"rows"`
	Whole    int            `json:"recordings,omitempty"` // held out whole
	Cut      bool           `json:"windows,omitempty"`    // these are windows of longer recordings
	Score    *Score         `json:"score"`
	Failed   string         `json:"failed,omitempty"`
	Origins  int            `json:"origins"`
	Rolling  *Score         `json:"rolling"`
	Error    *float64       `json:"rolling_nrmse_error"`
	Horizons []HorizonScore `json:"horizons"`
}

// Words say what was held out and where forecasts of it begin.
func (h *HeldOut) Words() string {
	if h.Whole == 0 {
		return fmt.Sprintf("held-out rows (%d), forecast from the last training row", h.Rows)
	}
	return fmt.Sprintf("held-out %s (%d, %d rows), forecast from their first rows", h.Parts(), h.Whole, h.Rows)
}

// Parts is what was held out: rows, recordings or windows of them.
func (h *HeldOut) Parts() string {
	switch {
	case h.Whole == 0:
		return "rows"
	case h.Cut:
		return "windows"
	}
	return "recordings"
}

// HorizonScore is train.Horizon.
type HorizonScore struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Rows  int     `json:"rows"`
	Score *Score  `json:"score"`
}

// ValidTime is train.ValidTime.
type ValidTime struct {
	Of        string   `json:"of"`
	Time      *float64 `json:"time"`
	Least     bool     `json:"at_least"`
	Origins   int      `json:"origins"`
	Threshold float64  `json:"threshold"`
	Lyapunov  *float64 `json:"lyapunov_exponent"`
}

// Baseline is train.Baseline.
type Baseline struct {
	Name     string         `json:"name"`
	Note     string         `json:"note"`
	Score    *Score         `json:"score"`
	Rolling  *Score         `json:"rolling"`
	Horizons []HorizonScore `json:"horizons"`
}

func newAssessment(a *train.Assessment) *Assessment {
	if a == nil {
		return nil
	}
	out := &Assessment{Headline: a.Headline, Baselines: []Baseline{}}
	if f := a.FromStart; f != nil {
		out.FromStart = &FreeRun{string(f.Of), f.Rows, newScore(&f.Scores), f.Failed}
	}
	if p := a.Segments; p != nil {
		out.Segments = &Segments{string(p.Of), p.Count, p.Rows, number(p.Length), newScore(&p.Scores), len(p.Gaps), number(p.Largest), number(p.Typical)}
	}
	if h := a.Held; h != nil {
		out.Held = &HeldOut{string(h.Of), h.Rows, h.Recordings, h.Cut, newScore(&h.Scores), h.Failed, h.Origins, newScore(&h.Rolling), number(h.Error), newHorizons(h.Horizons)}
	}
	if v := a.Valid; v != nil {
		out.Valid = &ValidTime{string(v.Of), number(v.Time), v.Least, v.Origins, v.Threshold, number(v.Lyapunov)}
	}
	for _, b := range a.Baselines {
		out.Baselines = append(out.Baselines, Baseline{b.Name, b.Note, newScore(&b.Scores), newScore(&b.Rolling), newHorizons(b.Horizons)})
	}
	if c := a.Compare(); c != nil {
		out.Compared = &Compared{c.Baseline.Name, number(c.Model), number(c.Best), c.Beats(), c.Loses(), c.Text()}
	}
	return out
}

func newHorizons(all []train.Horizon) []HorizonScore {
	out := []HorizonScore{}
	for _, h := range all {
		out = append(out, HorizonScore{h.From, h.To, h.Rows, newScore(&h.Scores)})
	}
	return out
}
