package study

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Label says where a trial stands on one axis of its study.
type Label struct {
	Axis  string `json:"axis"`
	Value string `json:"value"`
}

// Trial is one fit of a study, with all that it needs. It holds values alone: as
// a folder (see WriteTrial) any process or machine can carry it out.
type Trial struct {
	Labels []Label // one for each axis of the study, in the order of the axes

	Series     []data.Series // not changed; may be shared with other trials
	Test       *Test         // what the fit is tested against; nil: nothing
	Simulated  *Simulation   // where Series come from; nil: from a file
	ModelName  string
	Model      field.Architecture
	MethodName string
	Method     train.Method
	Settings   train.Settings
	Band       string        // kind of the band of forecast.csv; "" = predictive
	Limit      time.Duration // wall clock; 0 = none
	From       model.Provenance

	Until    float64 // share of its iterations that it is to reach for now; 0 = all
	Config   []byte  // config.yaml as seen from the run folder
	Identity []byte  // all settings that the result depends on, in one fixed form
	Err      error   // why the trial cannot be run at all, such as missing data
}

// Key names the trial by its content: a hash of its settings and of its data.
// Trials of equal keys have equal results.
func (t *Trial) Key() string {
	h := sha256.New()
	h.Write(t.Identity)
	h.Write([]byte{0})
	h.Write([]byte(t.From.Hash))
	if t.Test != nil {
		t.Test.hash(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// value is the label of an axis; "" if the trial has none.
func (t *Trial) value(axis string) string {
	for _, l := range t.Labels {
		if l.Axis == axis {
			return l.Value
		}
	}
	return ""
}
