package train

import (
	"encoding/json"

	"github.com/entrain-dev/entrain/internal/num"
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

	Z     []float64    `json:"z,omitempty"`
	Modes *ModeFigures `json:"modes,omitempty"`

	Program *ProgramFigures `json:"program,omitempty"`
}

// MarshalJSON implements json.Marshaler; a Checkpoint in an event is left out.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(told{e.Stage, e.K, e.Of, num.OrNull(e.Loss), num.OrNull(e.MSE), num.OrNull(e.Held), num.OrNull(e.Lambda), e.Gap, e.Text, e.Detail, e.Z, e.Modes, e.Program})
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Event) UnmarshalJSON(text []byte) error {
	var t told
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	*e = Event{Stage: t.Stage, K: t.K, Of: t.Of, Loss: num.FromNull(t.Loss), MSE: num.FromNull(t.MSE), Held: num.FromNull(t.Held), Lambda: num.FromNull(t.Lambda), Gap: t.Gap, Text: t.Text, Detail: t.Detail, Z: t.Z, Modes: t.Modes, Program: t.Program}
	return nil
}

// known is nil for what is no number.
