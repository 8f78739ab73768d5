package serve

import (
	"math"
	"net/http"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/study"
)

// span is times evenly apart.
type span struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}

// grid are the times of a span; the error says what is wrong with it.
func (s *Server) grid(m *model.Model, q *span) ([]float64, error) {
	each := (len(m.Parts.Frame.States) + 1) * program.PadLanes(len(m.Theta))
	most := s.Values / each
	switch {
	case math.Abs(q.From)+math.Abs(q.To) > budget.Theta:
		return nil, bad("the times reach to %g, which is too far; %g is the limit", max(math.Abs(q.From), math.Abs(q.To)), float64(budget.Theta))
	case !(q.To > q.From):
		return nil, bad("times go from a number to a larger one")
	case q.Count < 2:
		return nil, bad("count is the number of times, 2 or more")
	case q.Count > most:
		return nil, bad("%d times are too many for this model; %d is the limit", q.Count, most)
	}
	t := make([]float64, q.Count)
	for i := range t {
		t[i] = q.From + (q.To-q.From)*float64(i)/float64(q.Count-1)
	}
	t[q.Count-1] = q.To
	return t, nil
}

// planned are future values of inputs.
type planned struct {
	T      []float64            `json:"t"`
	Values map[string][]float64 `json:"values"`
}

func (p *planned) check(names []string) error {
	for name := range p.Values {
		if !slices.Contains(names, name) {
			return bad("the model has no input %q", cut(name))
		}
	}
	for _, name := range names {
		if len(p.Values[name]) != len(p.T) {
			return bad("input %s has %d values for %d times", name, len(p.Values[name]), len(p.T))
		}
	}
	for i := 1; i < len(p.T); i++ {
		if !(p.T[i] > p.T[i-1]) {
			return bad("the times of the inputs must increase")
		}
	}
	return nil
}

// inputs are those of a recording, and behind them what is planned.
func inputs(m *model.Model, rec *model.Record, p *planned) (*data.Series, error) {
	names := m.Parts.Frame.Inputs
	if len(names) == 0 {
		if p != nil {
			return nil, bad("the model has no inputs")
		}
		return nil, nil
	}
	out := &data.Series{Inputs: names}
	if rec != nil {
		out.T, out.U = slices.Clone(rec.U.T), slices.Clone(rec.U.U)
	}
	if p == nil {
		return out, nil
	}
	if err := p.check(names); err != nil {
		return nil, err
	}
	for i, t := range p.T {
		if n := len(out.T); n > 0 && t <= out.T[n-1] {
			continue // the recording knows better
		}
		out.T = append(out.T, t)
		for _, name := range names {
			out.U = append(out.U, p.Values[name][i])
		}
	}
	return out, nil
}

// ahead is what a forecast is asked for.
type ahead struct {
	Recording string   `json:"recording"`
	Horizon   float64  `json:"horizon"` // beyond the last row; 0 = half the recording
	Count     int      `json:"count"`   // 0 = one for each step of the rows
	Times     *span    `json:"times"`   // instead: any times from the first row on
	Inputs    *planned `json:"inputs"`
}

// times are those of a forecast of a recording.
func (q *ahead) times(s *Server, m *model.Model, rec *model.Record) ([]float64, error) {
	if q.Times != nil {
		return s.grid(m, q.Times)
	}
	h, n := q.Horizon, q.Count
	if h == 0 {
		h = study.Horizon * (rec.End - rec.T0)
	}
	if n == 0 && rec.Step > 0 && h > 0 {
		n = int(math.Min(math.Ceil(h/rec.Step-1e-9), 1e6))
	}
	if !(h > 0) || n < 1 {
		return nil, bad("the horizon is a time above 0, and count a number of times")
	}
	t, err := s.grid(m, &span{rec.End, rec.End + h, n + 1})
	if err != nil {
		return nil, err
	}
	return t[1:], nil
}

// forecast continues a recording.
func (s *Server) forecast(r *http.Request) (any, error) {
	var q ahead
	if err := body(r, &q); err != nil {
		return nil, err
	}
	m, err := s.read(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Records, func(rec model.Record) bool { return rec.ID == q.Recording })
	if q.Recording == "" && len(m.Records) > 0 {
		i = 0
	}
	if i < 0 {
		return nil, &problem{http.StatusNotFound, "the model knows no recording of this name"}
	}
	t, err := q.times(s, m, &m.Records[i])
	if err != nil {
		return nil, err
	}
	u, err := inputs(m, &m.Records[i], q.Inputs)
	if err != nil {
		return nil, err
	}
	f, err := m.Forecast(i, t, u)
	if err != nil {
		return nil, bad("%v", err)
	}
	return forecastOf(f), nil
}

// simulate follows the first member from any state, with parameters at other values.
func (s *Server) simulate(r *http.Request) (any, error) {
	var q struct {
		Start      []float64          `json:"start"` // measured states; none = the first row's
		Parameters map[string]float64 `json:"parameters"`
		Times      span               `json:"times"`
		Inputs     *planned           `json:"inputs"`
	}
	if err := body(r, &q); err != nil {
		return nil, err
	}
	m, err := s.changed(r.PathValue("run"), q.Parameters)
	if err != nil {
		return nil, err
	}
	t, err := s.grid(m, &q.Times)
	if err != nil {
		return nil, err
	}
	var rec *model.Record
	if len(m.Records) > 0 {
		rec = &m.Records[0]
	}
	start, err := startOf(m, rec, q.Start)
	if err != nil {
		return nil, err
	}
	u, err := inputs(m, rec, q.Inputs)
	if err != nil {
		return nil, err
	}
	f, err := m.ForecastFrom(start, t[0], t, u)
	if err != nil {
		return nil, bad("%v", err)
	}
	f.Lo, f.Hi, f.PLo, f.PHi = nil, nil, nil, nil
	return forecastOf(f), nil
}

// startOf is the state that is given, or that of the first row.
func startOf(m *model.Model, rec *model.Record, given []float64) ([]float64, error) {
	switch {
	case len(given) == 0 && rec == nil:
		return nil, bad("the model knows no recording; give the state to start from")
	case len(given) == 0:
		return user(m, rec.Start[0]), nil
	case len(given) != len(measured(m)):
		return nil, bad("start has %d values; the states are %v", len(given), measured(m))
	}
	for _, v := range given {
		if math.Abs(v) > budget.Theta {
			return nil, bad("start holds a number that is too large")
		}
	}
	return given, nil
}

// changed is the first member of the model of a run, with other values of parameters.
func (s *Server) changed(run string, values map[string]float64) (*model.Model, error) {
	m, err := s.read(run)
	if err != nil {
		return nil, err
	}
	if m, err = m.First().WithValues(values); err != nil {
		return nil, bad("%v", err)
	}
	return m, nil
}
