package data

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
)

// figures is the JSON form of a score; null stands for a number that is not finite.
type figures struct {
	MSE   *float64 `json:"mse"`
	NRMSE *float64 `json:"nrmse"`
	R2    *float64 `json:"r2"`
	Below int      `json:"below,omitempty"`
}

// componentList is a JSON object that keeps its order.
type componentList []ComponentScore

// MarshalJSON writes {"name": {"mse", "nrmse", "r2"}, …} in column order.
func (l componentList) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, c := range l {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(figures{num.OrNull(c.MSE), num.OrNull(c.NRMSE), num.OrNull(c.R2), c.Below})
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes, in the order of the text.
func (l *componentList) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("components: want an object")
	}
	*l = nil
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var f figures
		if err := d.Decode(&f); err != nil {
			return err
		}
		*l = append(*l, ComponentScore{key.(string), num.FromNull(f.MSE), num.FromNull(f.NRMSE), num.FromNull(f.R2), f.Below})
	}
	return nil
}

type scoresJSON struct {
	figures
	Components componentList `json:"components,omitempty"`
}

// MarshalJSON writes {"mse", "nrmse", "r2", "components": {name: {…}}}; numbers
// that are not finite become null, components are left out if there are none.
func (s Scores) MarshalJSON() ([]byte, error) {
	return json.Marshal(scoresJSON{figures{num.OrNull(s.MSE), num.OrNull(s.NRMSE), num.OrNull(s.R2), s.Below}, s.Components})
}

// UnmarshalJSON reads what MarshalJSON writes; null becomes NaN.
func (s *Scores) UnmarshalJSON(text []byte) error {
	var j scoresJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*s = Scores{num.FromNull(j.MSE), num.FromNull(j.NRMSE), num.FromNull(j.R2), j.Below, j.Components}
	return nil
}
