package serve

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/filter"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/model"
)

// stream is what is to be followed, and how.
type stream struct {
	T       []float64             `json:"t"`
	Values  map[string][]*float64 `json:"values"` // of measured columns; null is missing
	Inputs  map[string][]float64  `json:"inputs"`
	Kind    string                `json:"kind"`
	Process *float64              `json:"process"`
	Noise   *float64              `json:"noise"`
	Horizon int                   `json:"horizon"`
	Memory  *filter.Memory        `json:"memory"` // of an answer: goes on behind its last row
}

// filtered is the present state after each row.
type filtered struct {
	Time          string                `json:"time"`
	T             []float64             `json:"t"`
	States        map[string][]*float64 `json:"states"` // all of them, hidden ones too
	SD            map[string][]*float64 `json:"sd"`
	LogLikelihood []*float64            `json:"log_likelihood"` // so far
	Alarms        []string              `json:"alarms"`         // "" is none
	Began         []float64             `json:"began_again"`    // times at which the filter had diverged
	Skipped       []skipped             `json:"skipped"`
	Memory        *filter.Memory        `json:"memory"` // to go on with; null: no row was taken in
}

// skipped is a row that was not taken in.
type skipped struct {
	T   float64 `json:"t"`
	Why string  `json:"why"`
}

// mostAgain is how many rows kind horizon may go through with every row.
const mostAgain = 100

// filter follows rows that a request brings.
func (s *Server) filter(r *http.Request) (any, error) {
	var q stream
	if err := body(r, &q); err != nil {
		return nil, err
	}
	m, err := s.read(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	how, err := q.how()
	if err == nil {
		err = q.check(m, s.Values)
	}
	if err != nil {
		return nil, err
	}
	f, err := filter.NewFollower(m, how)
	if err != nil {
		return nil, bad("%v", err)
	}
	if q.Memory != nil {
		if err := f.Resume(*q.Memory); err != nil {
			return nil, bad("memory is not that of a filter of this model: %v", err)
		}
		if q.T[0] < f.State.T {
			return nil, bad("the first time %g is before %g, where the memory is", q.T[0], f.State.T)
		}
	}
	return q.follow(r, f)
}

// how says how rows are followed.
func (q *stream) how() (filter.Following, error) {
	how := filter.Usual()
	if q.Kind != "" {
		how.Kind = q.Kind
	}
	if !slices.Contains(filter.Kinds, how.Kind) {
		return how, bad("kind is one of %s", strings.Join(filter.Kinds, ", "))
	}
	if q.Process != nil {
		how.Process = *q.Process
	}
	if q.Noise != nil {
		how.Noise = *q.Noise
	}
	if q.Horizon != 0 {
		how.Horizon = q.Horizon
	}
	switch {
	case !(how.Process >= 0 && how.Process <= filter.Farthest):
		return how, bad("process is a number of deviations, 0 to %g", filter.Farthest)
	case !(how.Noise >= 1/filter.Farthest && how.Noise <= filter.Farthest):
		return how, bad("noise is a number of deviations, %g to %g", 1/filter.Farthest, filter.Farthest)
	case how.Horizon < 1 || how.Horizon > mostAgain:
		return how, bad("horizon is a number of rows, 1 to %d", mostAgain)
	}
	return how, nil
}

// check refuses rows that are not those of a model.
func (q *stream) check(m *model.Model, values int) error {
	n := len(q.T)
	if most := values / (2*len(m.Parts.Frame.States) + 3); n < 1 || n > most {
		return bad("t has %d times; 1 to %d may be followed at a time", n, most)
	}
	for i, t := range q.T {
		if math.Abs(t) > budget.Theta {
			return bad("the times reach to %g, which is too far; %g is the limit", t, float64(budget.Theta))
		}
		if i > 0 && t < q.T[i-1] {
			return bad("the times must not go back: %g stands behind %g", t, q.T[i-1])
		}
	}
	any := false
	for name, list := range q.Values {
		if any = true; !slices.Contains(m.Measured(), name) {
			return bad("the model measures no %q; it measures %s", cut(name), budget.List(m.Measured()))
		}
		if len(list) != n {
			return bad("%s has %d values for %d times", name, len(list), n)
		}
	}
	if !any {
		return bad("values has no column; the model measures %s", budget.List(m.Measured()))
	}
	for name := range q.Inputs {
		if !slices.Contains(m.Parts.Frame.Inputs, name) {
			return bad("the model has no input %q", cut(name))
		}
	}
	for _, name := range m.Parts.Frame.Inputs {
		if len(q.Inputs[name]) != n {
			return bad("input %s has %d values for %d times", name, len(q.Inputs[name]), n)
		}
	}
	return nil
}

// row is one of the rows.
func (q *stream) row(m *model.Model, i int) (y, u []float64) {
	for _, name := range m.Measured() {
		v := math.NaN()
		if list := q.Values[name]; list != nil && list[i] != nil {
			v = *list[i]
		}
		y = append(y, v)
	}
	for _, name := range m.Parts.Frame.Inputs {
		u = append(u, q.Inputs[name][i])
	}
	return y, u
}

// follow takes in all rows, until whoever asked is gone.
func (q *stream) follow(r *http.Request, f *filter.Follower) (*filtered, error) {
	m := f.Model
	out := &filtered{Time: m.Time, T: []float64{}, LogLikelihood: []*float64{}, Alarms: []string{}, Began: []float64{}, Skipped: []skipped{}}
	var x, sd []float64
	for i, t := range q.T {
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		y, u := q.row(m, i)
		again, err := f.Row(t, y, u)
		var far *filter.FarError
		var twice *filter.RepeatedError
		if errors.As(err, &far) || errors.As(err, &twice) {
			f.Skipped++
			out.Skipped = append(out.Skipped, skipped{t, err.Error()})
			continue
		} else if err != nil {
			return nil, bad("at %g: %v", t, err)
		}
		for _, l := range f.Left {
			out.Skipped = append(out.Skipped, skipped{t, l.String()})
		}
		if again {
			out.Began = append(out.Began, t)
		}
		at, width := f.Estimate()
		alarm, _ := f.Alarm()
		likelihood := f.State.LogLikelihood
		x, sd = append(x, at...), append(sd, width...)
		out.T, out.LogLikelihood, out.Alarms = append(out.T, t), append(out.LogLikelihood, finite(&likelihood)), append(out.Alarms, alarm)
	}
	out.States, out.SD = columns(m.Parts.Frame.States, x), columns(m.Parts.Frame.States, sd)
	if f.State != nil {
		out.Memory = &f.Memory
	}
	return out, nil
}
