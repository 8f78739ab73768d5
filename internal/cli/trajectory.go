package cli

import (
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// trajectory is a forecast or simulation as JSON: a column each.
type trajectory struct {
	ID     string                `json:"id,omitempty"`
	Time   string                `json:"time"`
	Unit   string                `json:"time_unit,omitempty"`
	Epoch  string                `json:"epoch,omitempty"` // instant of time 0
	T      []float64             `json:"t"`
	States map[string][]*float64 `json:"states"`
	Lo     map[string][]*float64 `json:"lo,omitempty"` // band of the fit
	Hi     map[string][]*float64 `json:"hi,omitempty"`
	PLo    map[string][]*float64 `json:"predictive_lo,omitempty"` // predictive band
	PHi    map[string][]*float64 `json:"predictive_hi,omitempty"`
	Failed string                `json:"failed,omitempty"` // why it ends early
}

func newTrajectories(all []model.Forecast) []trajectory {
	out := []trajectory{}
	for i := range all {
		f := &all[i]
		t := trajectory{ID: f.ID, Time: f.Time, Unit: f.TUnit, T: append([]float64{}, f.T...), Failed: f.Failed,
			States: columns(f.Names, f.X), Lo: columns(f.Names, f.Lo), Hi: columns(f.Names, f.Hi),
			PLo: columns(f.Names, f.PLo), PHi: columns(f.Names, f.PHi)}
		if !f.Epoch.IsZero() {
			t.Epoch = f.Epoch.Format("2006-01-02T15:04:05Z07:00")
		}
		out = append(out, t)
	}
	return out
}

func columns(names []string, x []float64) map[string][]*float64 {
	if x == nil {
		return nil
	}
	out := map[string][]*float64{}
	for c, name := range names {
		out[name] = []*float64{}
		for i := c; i < len(x); i += len(names) {
			out[name] = append(out[name], num.OrNull(x[i]))
		}
	}
	return out
}
