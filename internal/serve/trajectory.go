package serve

import (
	"math"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// trajectory is rows over time, a list for each column; null where there is no value.
type trajectory struct {
	ID     string                `json:"id,omitempty"`
	Time   string                `json:"time"`
	Unit   string                `json:"time_unit,omitempty"`
	Epoch  string                `json:"epoch,omitempty"` // instant of time 0
	T      []float64             `json:"t"`
	States map[string][]*float64 `json:"states"`
	Inputs map[string][]*float64 `json:"inputs,omitempty"`
	Lo     map[string][]*float64 `json:"lo,omitempty"` // predictive band, else that of the fit
	Hi     map[string][]*float64 `json:"hi,omitempty"`
	Failed string                `json:"failed,omitempty"` // why it ends early
}

// rowsOf are the rows of a recording.
func rowsOf(s *data.Series) trajectory {
	t := trajectory{ID: s.ID, Time: s.Time, Unit: s.TUnit, T: append([]float64{}, s.T...), States: columns(s.Names, s.X), Inputs: columns(s.Inputs, s.U)}
	if !s.Epoch.IsZero() {
		t.Epoch = s.Epoch.Format(time.RFC3339)
	}
	return t
}

// forecastOf is a trajectory with the band that says most.
func forecastOf(f *model.Forecast) trajectory {
	t := rowsOf(&f.Series)
	t.Inputs, t.Failed = nil, f.Failed
	switch {
	case f.PLo != nil:
		t.Lo, t.Hi = columns(f.Names, f.PLo), columns(f.Names, f.PHi)
	case f.Lo != nil:
		t.Lo, t.Hi = columns(f.Names, f.Lo), columns(f.Names, f.Hi)
	}
	return t
}

func columns(names []string, x []float64) map[string][]*float64 {
	if len(names) == 0 || x == nil {
		return nil
	}
	out := map[string][]*float64{}
	for c, name := range names {
		col := make([]*float64, 0, len(x)/len(names))
		for i := c; i < len(x); i += len(names) {
			col = append(col, finite(&x[i]))
		}
		out[name] = col
	}
	return out
}

// finite is a number that JSON has, or nil.
func finite(v *float64) *float64 {
	if math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}
