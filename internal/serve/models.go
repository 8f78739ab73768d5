package serve

import (
	"net/http"
	"sync"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// cached is a model that was read, and the file as it was then.
type cached struct {
	m    *model.Model
	size int64
	mod  time.Time
	used uint64
}

// cache keeps the models that were asked for last.
type cache struct {
	mu   sync.Mutex
	all  map[string]*cached
	tick uint64
}

const mostModels = 16

// read is the model of a run.
func (s *Server) read(run string) (*model.Model, error) {
	if err := s.isRun(run); err != nil {
		return nil, err
	}
	none := &problem{http.StatusNotFound, "the run has no model, or not yet"}
	f, err := s.root.Open(run + "/" + study.ModelFile)
	if err != nil {
		return nil, none
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > budget.ModelBytes || !info.Mode().IsRegular() {
		return nil, none
	}
	c := &s.models
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick++
	if old := c.all[run]; old != nil && old.size == info.Size() && old.mod.Equal(info.ModTime()) {
		old.used = c.tick
		return old.m, nil
	}
	m, err := model.Read(f)
	if err != nil {
		return nil, &problem{http.StatusConflict, "the model of the run cannot be read: " + err.Error()}
	}
	m.Solver.Threads = 1 // requests share the cores
	c.keep(run, &cached{m, info.Size(), info.ModTime(), c.tick})
	return m, nil
}

// keep adds a model, in the place of the one not asked for longest if there are many.
func (c *cache) keep(run string, e *cached) {
	if c.all == nil {
		c.all = map[string]*cached{}
	}
	c.all[run] = e
	if len(c.all) <= mostModels {
		return
	}
	oldest := run
	for name, e := range c.all {
		if e.used < c.all[oldest].used {
			oldest = name
		}
	}
	delete(c.all, oldest)
}

// modelOf is what a model is and what can be moved in it.
type modelOf struct {
	Run        string      `json:"run"`
	Model      string      `json:"model"`
	Method     string      `json:"method"`
	Data       string      `json:"data"`
	Equations  string      `json:"equations"`
	Time       string      `json:"time"`
	Unit       string      `json:"time_unit"`
	States     []string    `json:"states"` // measured ones
	Hidden     int         `json:"hidden"`
	Inputs     []string    `json:"inputs"`
	Map        bool        `json:"map"` // in discrete time
	Parameters []parameter `json:"parameters"`
	Recordings []recording `json:"recordings"`
	Members    int         `json:"members"`
}

type parameter struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit,omitempty"`
	Value float64  `json:"value"`
	Min   *float64 `json:"min"`
	Max   *float64 `json:"max"`
}

type recording struct {
	ID    string    `json:"id"`
	From  float64   `json:"from"`
	To    float64   `json:"to"`
	Step  float64   `json:"step"`
	Start []float64 `json:"start"` // measured states
}

func measured(m *model.Model) []string {
	f := &m.Parts.Frame
	return f.States[:len(f.States)-len(m.Parts.Start)]
}

// user is a scaled state in user units.
func user(m *model.Model, z []float64) []float64 {
	f := &m.Parts.Frame
	x := make([]float64, len(f.States))
	for i := range x {
		x[i] = f.User(i, z[i])
	}
	return x
}

func (s *Server) model(r *http.Request) (any, error) {
	run := r.PathValue("run")
	m, err := s.read(run)
	if err != nil {
		return nil, err
	}
	f, names := &m.Parts.Frame, measured(m)
	out := &modelOf{Run: run, Model: m.ArchName, Method: m.From.Method, Data: m.From.Data, Equations: m.Text(), Time: m.Time, Unit: m.TUnit,
		States: append([]string{}, names...), Hidden: len(m.Parts.Start), Inputs: append([]string{}, f.Inputs...), Map: f.Step > 0,
		Parameters: []parameter{}, Recordings: []recording{}, Members: len(m.Theta)}
	for i, v := range m.Values(0) {
		q := &m.Parts.Named[i]
		out.Parameters = append(out.Parameters, parameter{q.Name, q.Unit, v.Value, q.Min, q.Max})
	}
	for i := range m.Records {
		rec := &m.Records[i]
		out.Recordings = append(out.Recordings, recording{rec.ID, rec.T0, rec.End, rec.Step, user(m, rec.Start[0])[:len(names)]})
	}
	return out, nil
}
