package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// Pilot is one start that init=auto tried.
type Pilot struct {
	Init   string  // what would draw it by itself
	First  float64 // error of trajectories over the pieces before any step, in deviations; +Inf: they cannot be followed
	After  float64 // after the steps, on as many rows behind the pieces
	Chosen bool
}

// What a pilot is: pieces of rows, each from its smoothed first one (with
// initial=data from that itself), and steps of
// gradient descent on them. Judged is the free run through as many rows behind.
const (
	pilotPieces = 16
	pilotRows   = 10
	pilotSteps  = 50
	pilotRate   = 0.01
)

// pilotInits are the starts that are tried, the plain one first: it stays unless
// another is clearly ahead.
var pilotInits = []string{"torch", "small", "orthogonal", "timescale", "corrected", "linear", "matched", "matched:weight=0.1"}

// clearly is how much smaller an error must be to be worth a start of its own.
const clearly = 0.95

// pilot tries starts on the problem and chooses one; its evidence is the same for any
// number of threads. Where nothing can be tried the plain start is taken.
func (p *Problem) pilot() []Pilot {
	q := p.pilotProblem()
	var tried []Pilot
	var drawn [][]float64
	for _, init := range pilotInits {
		theta, err := p.drawnAs(init, 0)
		if err == nil && num.AllFinite(theta) {
			tried, drawn = append(tried, Pilot{Init: init, First: math.Inf(1), After: math.Inf(1)}), append(drawn, theta)
		}
	}
	if len(tried) == 0 {
		return []Pilot{{Init: pilotInits[0], Chosen: true}}
	}
	q.Members = len(tried)
	if err := q.race(tried, drawn); err != nil {
		tried[0].Chosen = true
		return tried
	}
	best := 0
	for i := range tried {
		if tried[i].After < clearly*tried[best].After || math.IsInf(tried[best].After, 1) && tried[i].After < tried[best].After {
			best = i
		}
	}
	tried[best].Chosen = true
	return tried
}

// race trains all starts side by side on the pieces and scores them.
func (p *Problem) race(tried []Pilot, drawn [][]float64) error {
	members := len(tried)
	loss, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
	if err != nil {
		return err
	}
	c, err := p.changed(func(q *Problem) { q.Members, q.Budget, q.Keep = members, pilotSteps, "last" }).newCourse("pilot", pilotSteps, "last")
	if err != nil {
		return err
	}
	rule, err := Descent{LR: pilotRate, Schedule: "constant", Clip: 10}.transform(p, members, pilotSteps)
	if err != nil {
		return err
	}
	z := make([]float64, p.ofRecordings().size()*members)
	for m, theta := range drawn {
		for i, v := range theta {
			ofMembers(z, members).Set(i, m, v)
		}
	}
	for i, s := range c.metric.eval(z) {
		tried[i].First = errorOf(s)
	}
	d := newDescent(loss, rule, members, z)
	c.drive, c.saveEvery, c.scoreEvery = d, every, scoreEvery
	c.run(context.Background(), func(Event) {})
	d.last = c.metric.eval(d.z)
	z, _ = c.saved()
	for i, s := range c.metric.eval(z) {
		tried[i].After = errorOf(s)
	}
	return nil
}

// errorOf is the relative error behind the pieces, or within them where nothing is behind.
func errorOf(s score) float64 {
	switch {
	case s.fail != "":
		return math.Inf(1)
	case isNumber(s.held.NRMSE):
		return s.held.NRMSE
	}
	return infinite(s.train.NRMSE)
}

// pilotProblem is a problem of short recordings, evenly spread over those of p, whose starts
// are those of the smoothed rows, or with initial=data of the rows.
func (p *Problem) pilotProblem() *Problem {
	q := p.changed(func(q *Problem) {
		if q.Start, q.Path, q.warm = nil, 0, nil; p.Initial != "data" {
			q.Initial = "known"
		}
		q.Train, q.Held, q.Splines = nil, nil, nil
	})
	all := 0
	for _, s := range p.Train {
		all += max(0, s.Len()-pilotRows)
	}
	every := max(1, all/pilotPieces)
	at := 0
	for rec, s := range p.Train {
		for from := 0; from == 0 || from+pilotRows < s.Len(); from++ {
			if at++; (at-1)%every != 0 {
				continue
			}
			to := min(from+pilotRows, s.Len())
			q.Train = append(q.Train, rowsBetween(s, from, to))
			q.Held = append(q.Held, rowsBetween(s, to, min(to+pilotRows, s.Len())))
			q.Splines = append(q.Splines, p.Splines[rec])
		}
	}
	return q
}

// rowsBetween are rows from … to−1.
func rowsBetween(s data.Series, from, to int) data.Series {
	n, m := len(s.Names), len(s.Inputs)
	s.T, s.X = s.T[from:to], s.X[from*n:to*n]
	if m > 0 {
		s.U = s.U[from*m : to*m]
	}
	return s
}

// Pilots are the starts that were tried for init=auto; nil with any other.
func (p *Problem) Pilots() []Pilot { return p.pilots }

// PilotWords says what init=auto took and why; "" with any other.
func (p *Problem) PilotWords() string {
	i := slices.IndexFunc(p.pilots, func(t Pilot) bool { return t.Chosen })
	if i < 0 {
		return ""
	}
	var rest []string
	for j, t := range p.pilots {
		if j != i {
			rest = append(rest, t.words())
		}
	}
	text := "init=auto takes " + p.pilots[i].words()
	if len(rest) > 0 {
		text += fmt.Sprintf(" (error in deviations behind pieces of %d rows, before and after %d steps); tried beside it: %s", pilotRows, pilotSteps, strings.Join(rest, ", "))
	}
	return text
}

func (t *Pilot) words() string {
	number := func(v float64) string {
		if !isNumber(v) {
			return "no trajectory"
		}
		return fmt.Sprintf("%.3g", v)
	}
	return fmt.Sprintf("%s %s → %s", t.Init, number(t.First), number(t.After))
}

// chosen is the start that was chosen for the model of this problem; for another model
// the plain one is drawn.
func (p *Problem) chosen() string {
	if i := slices.IndexFunc(p.pilots, func(t Pilot) bool { return t.Chosen }); i >= 0 && p.piloted == p.Parts {
		return p.pilots[i].Init
	}
	return pilotInits[0]
}

// chooseStart tries starts where that is asked for and there is something to draw.
func (p *Problem) chooseStart() {
	drawn := slices.ContainsFunc(p.Parts.Layers, func(l field.Layer) bool { return !l.Sparse })
	if p.Init == field.ChosenInit && drawn {
		p.pilots, p.piloted = p.pilot(), p.Parts
	}
}
