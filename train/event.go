package train

import (
	"encoding/json"
	"math"
)

// told is an Event as JSON: what is no number is null.
type told struct {
	Stage  string   `json:"stage,omitempty"`
	K      int      `json:"k"`
	Of     int      `json:"of"`
	Loss   *float64 `json:"loss"`
	MSE    *float64 `json:"mse"`
	Held   *float64 `json:"held"`
	Lambda *float64 `json:"lambda"`
	Gap    float64  `json:"gap,omitempty"`
	Text   string   `json:"text,omitempty"`
	Detail string   `json:"detail,omitempty"`

	Z []float64 `json:"z,omitempty"`
}

// MarshalJSON implements json.Marshaler; a Checkpoint in an event is left out.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(told{e.Stage, e.K, e.Of, known(e.Loss), known(e.MSE), known(e.Held), known(e.Lambda), e.Gap, e.Text, e.Detail, e.Z})
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Event) UnmarshalJSON(text []byte) error {
	var t told
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	*e = Event{Stage: t.Stage, K: t.K, Of: t.Of, Loss: figure(t.Loss), MSE: figure(t.MSE), Held: figure(t.Held), Lambda: figure(t.Lambda), Gap: t.Gap, Text: t.Text, Detail: t.Detail, Z: t.Z}
	return nil
}

// known is nil for what is no number.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func figure(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
