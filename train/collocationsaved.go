package train

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/opt"
)

// Collocated is the state of one start of a member of method collocation.
type Collocated struct {
	Member   int                `json:"member"`
	Lane     int                `json:"lane"` // which of the drawn beginnings it had
	Chosen   bool               `json:"chosen"`
	Over     bool               `json:"over"`
	Rounds   int                `json:"rounds"`          // cuts of elements
	Weighed  int                `json:"weighed"`         // changes of the weights of layers
	Decay    []float64          `json:"decay,omitempty"` // of each parameter, once they were changed
	Loose    []float64          `json:"loose,omitempty"` // unknowns with which it went on when it had been relaxed
	Mesh     [][]float64        `json:"mesh,omitempty"`  // ends of elements of each recording, scaled time, once they were cut
	Relaxed  *opt.RelaxedState  `json:"relaxed,omitempty"`
	Interior *opt.InteriorState `json:"interior,omitempty"`
}

// checkpoint copies the state. State has the evaluations, the best score of each
// member and its iteration, those of what was relaxed, then objective and violation of each start. The best of
// each member are the columns of Best.Z, as in leastSquares.
func (l *collocating) checkpoint() *Checkpoint {
	c := &Checkpoint{Method: "collocation", K: l.k, Z: l.gather(), State: []float64{float64(l.evaluations())}}
	best, any, n := make([]float64, len(c.Z)), false, len(l.members)
	for j, m := range l.members {
		c.State = append(c.State, float64(m.best.K), m.best.Score, float64(m.loose.K), m.loose.Score)
		for i, v := range m.best.Z {
			best[i*n+j] = v
		}
		any = any || m.best.K >= 0
	}
	for j, m := range l.members {
		for _, a := range m.tries {
			s := &Collocated{Member: j, Lane: a.lane, Chosen: m.chosen, Over: m.over, Rounds: a.rounds, Weighed: a.weighings, Loose: m.loose.Z}
			if a.weighings > 0 {
				s.Decay = slices.Clone(a.nlp.decay)
			}
			if a.rounds > 0 {
				s.Mesh = a.nlp.mesh
			}
			if a.relaxed != nil {
				s.Relaxed = a.relaxed.Clone()
			}
			if a.state != nil {
				s.Interior = a.state.Clone()
			}
			c.Stage, c.Collocated = 1, append(c.Collocated, s)
			c.State = append(c.State, a.objective, a.violation)
		}
	}
	if any {
		c.Best = &Iterate{K: l.members[0].best.K, Score: l.members[0].best.Score, Z: best}
	}
	return c
}

// resume goes on from a checkpoint, or reports that it is of something else.
func (l *collocating) resume(c *Checkpoint) error {
	if c.Method != "collocation" {
		return fmt.Errorf("the checkpoint is of method %q, not %q", c.Method, "collocation")
	}
	misfit := fmt.Errorf("the checkpoint does not fit: it is of another model, other recordings, another number of members or other settings of collocation")
	n := len(l.members)
	if len(c.Z) != len(l.begin)/l.starts || len(c.State) != 1+4*n+2*len(c.Collocated) || c.Best != nil && len(c.Best.Z) != len(c.Z) {
		return misfit
	}
	l.k, l.past = c.K, int(c.State[0])
	for j, m := range l.members {
		at := c.State[1+4*j:]
		m.best, m.loose = Iterate{K: int(at[0]), Score: at[1]}, Iterate{K: int(at[2]), Score: at[3]}
		if c.Best != nil && m.best.K >= 0 {
			m.best.Z = ofMembers(c.Best.Z, n).Lane(nil, j)
		}
	}
	for i, s := range c.Collocated {
		if s == nil || s.Member < 0 || s.Member >= n || (s.Relaxed == nil) == (s.Interior == nil) || s.Lane < 0 || s.Lane >= n*l.starts {
			return misfit
		}
		mesh := l.mesh
		if s.Mesh != nil {
			mesh = s.Mesh
		}
		if len(mesh) != len(l.mesh) || slices.ContainsFunc(mesh, func(e []float64) bool { return !slices.IsSorted(e) }) {
			return misfit
		}
		a, err := l.newAttempt(s.Lane, mesh)
		if err != nil {
			return err
		}
		if s.Weighed > 0 && len(s.Decay) == a.nlp.theta {
			copy(a.nlp.decay, s.Decay)
		}
		a.weighings, a.rounds, a.objective, a.violation = s.Weighed, s.Rounds, c.State[1+4*n+2*i], c.State[2+4*n+2*i]
		switch rows := a.nlp.rows(); {
		case s.Relaxed != nil && len(s.Relaxed.X) == a.nlp.size && len(s.Relaxed.Y) == rows:
			a.relaxed = s.Relaxed.Clone()
		case s.Interior != nil && len(s.Interior.X) == a.nlp.size+a.nlp.inequalities() && len(s.Interior.Y) == rows:
			a.state = s.Interior.Clone()
		default:
			return misfit
		}
		m := l.members[s.Member]
		m.tries, m.chosen, m.over, m.loose.Z = append(m.tries, a), s.Chosen, s.Over, s.Loose
	}
	if c.Stage > 0 && slices.ContainsFunc(l.members, func(m *collocated) bool { return len(m.tries) == 0 }) {
		return misfit
	}
	return nil
}
