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
	Rounds   int                `json:"rounds"`             // cuts of elements
	Weighed  int                `json:"weighed"`            // changes of the weights of layers
	Decay    []float64          `json:"decay,omitempty"`    // of each parameter, once they were changed
	Loose    []float64          `json:"loose,omitempty"`    // unknowns with which it went on when it had been relaxed
	Mesh     [][]float64        `json:"mesh,omitempty"`     // ends of elements of each recording, scaled time, once they were cut
	Held     [][]float64        `json:"held,omitempty"`     // times of each recording, scaled, at which inequalities are kept beside the nodes
	Exchange int                `json:"exchange,omitempty"` // additions of such times
	Relaxed  *opt.RelaxedState  `json:"relaxed,omitempty"`
	Interior *opt.InteriorState `json:"interior,omitempty"`
}

// save implements driver.
func (l *collocating) save(c *Checkpoint) {
	for j, m := range l.members {
		c.put(fmt.Sprint("relaxed of member ", j), float64(m.loose.K), m.loose.Score)
		for _, a := range m.tries {
			s := &Collocated{Member: j, Lane: a.lane, Chosen: m.chosen, Over: m.over, Rounds: a.rounds, Weighed: a.weighings, Loose: m.loose.Z,
				Held: a.between, Exchange: a.exchanges}
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
			c.put(fmt.Sprint("values of start ", len(c.Collocated)), a.objective, a.violation)
			c.Stage, c.Collocated = 1, append(c.Collocated, s)
		}
	}
}

// load implements driver.
func (l *collocating) load(c *Checkpoint) error {
	for j, m := range l.members {
		loose := make([]float64, 2)
		if err := c.take(fmt.Sprint("relaxed of member ", j), loose); err != nil {
			return err
		}
		m.loose = Iterate{K: int(loose[0]), Score: loose[1]}
	}
	for i, s := range c.Collocated {
		values := make([]float64, 2)
		if err := c.take(fmt.Sprint("values of start ", i), values); err != nil {
			return err
		}
		a, err := l.loadStart(s)
		if err != nil {
			return err
		}
		a.objective, a.violation = values[0], values[1]
	}
	if c.Stage > 0 && slices.ContainsFunc(l.members, func(m *collocated) bool { return len(m.tries) == 0 }) {
		return errMisfit
	}
	return nil
}

// loadStart adds a start to its member.
func (l *collocating) loadStart(s *Collocated) (*attempt, error) {
	mesh, err := l.meshOf(s)
	if err != nil {
		return nil, err
	}
	a, err := l.newAttempt(s.Lane, mesh, s.Held)
	if err != nil {
		return nil, err
	}
	if s.Weighed > 0 && len(s.Decay) == a.nlp.theta {
		copy(a.nlp.decay, s.Decay)
	}
	a.weighings, a.rounds, a.exchanges = s.Weighed, s.Rounds, s.Exchange
	if !a.load(s) {
		return nil, errMisfit
	}
	m := l.members[s.Member]
	m.tries, m.chosen, m.over, m.loose.Z = append(m.tries, a), s.Chosen, s.Over, s.Loose
	return a, nil
}

// load takes over the state of a solver, if it is of this program.
func (a *attempt) load(s *Collocated) bool {
	rows := a.nlp.rows()
	if r := s.Relaxed; r != nil {
		if len(r.X) != a.nlp.size || len(r.Y) != rows {
			return false
		}
		a.relaxed = r.Clone()
	}
	if st := s.Interior; st != nil {
		if len(st.X) != a.nlp.size+a.nlp.inequalities() || len(st.Y) != rows {
			return false
		}
		a.state = st.Clone()
	}
	return true
}

// meshOf is the mesh of a start; an error if there is no such start.
func (l *collocating) meshOf(s *Collocated) ([][]float64, error) {
	if n := len(l.members); s == nil || s.Member < 0 || s.Member >= n || s.Relaxed == nil && s.Interior == nil || s.Relaxed != nil && s.Chosen || s.Lane < 0 || s.Lane >= n*l.starts {
		return nil, errMisfit
	}
	mesh := l.mesh
	if s.Mesh != nil {
		mesh = s.Mesh
	}
	if len(mesh) != len(l.mesh) || slices.ContainsFunc(mesh, func(e []float64) bool { return !slices.IsSorted(e) }) ||
		s.Held != nil && len(s.Held) != len(mesh) {
		return nil, errMisfit
	}
	return mesh, nil
}
