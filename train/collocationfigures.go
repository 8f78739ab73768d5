package train

import (
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/opt"
)

// ProgramFigures are what a step of method collocation did to the nonlinear program of its first
// member, beside the objective and the largest violated row.
type ProgramFigures struct {
	Dual    *float64 `json:"dual,omitempty"`   // largest residual of the conditions of a minimum; nil: they are not looked at yet
	Delta   float64  `json:"delta"`            // added to the diagonal of the Hessian
	Step    float64  `json:"step"`             // part of the Newton step that was taken
	Weight  float64  `json:"weight,omitempty"` // of squared violations, while they are a penalty
	Factors int      `json:"factors"`          // matrices factorised

	Elements int             `json:"elements"`
	Unknowns int             `json:"unknowns"`
	Rows     int             `json:"rows"`
	Linear   string          `json:"linear"`            // linear algebra
	Paths    []ProgramPath   `json:"paths,omitempty"`   // of each recording, where the program ended
	Pattern  *ProgramPattern `json:"pattern,omitempty"` // of the matrix, likewise
}

// ProgramPath is a recording as the program left it, in user units.
type ProgramPath struct {
	Recording string      `json:"recording,omitempty"`
	Ends      []float64   `json:"ends"`    // of elements, after the beginning of the first
	Defects   []float64   `json:"defects"` // of elements: how far they are from a finer rule, scaled
	T         []float64   `json:"t"`       // of the nodes
	Names     []string    `json:"names"`   // of states
	States    [][]float64 `json:"states"`  // of each name, at the nodes
	// Simulated are the states of the model, integrated; nil: that breaks down.
	Simulated [][]float64 `json:"simulated,omitempty"`
	Apart     *float64    `json:"apart"` // largest distance of the two, in deviations of the data; nil: there is none
}

// relaxedFigures are those of a step while violations are penalised.
func relaxedFigures(it opt.Relaxation) ProgramFigures {
	return ProgramFigures{Delta: it.Delta, Step: 1, Weight: it.Rho, Factors: it.Factors}
}

// exactFigures are those of a Newton step.
func exactFigures(it opt.Iteration) ProgramFigures {
	return ProgramFigures{Dual: num.OrNull(it.Dual), Delta: it.Delta, Step: it.AlphaPrimal, Factors: it.Factors}
}

// programFigures are those of the last step of a start.
func (a *attempt) programFigures() *ProgramFigures {
	f := a.figures
	f.Elements, f.Unknowns, f.Rows, f.Linear = len(a.nlp.elements), a.nlp.size, a.nlp.rows(), a.solver.Linear()
	return &f
}

// paths are the recordings where unknowns are x.
func (c *transcription) paths(x []float64) []ProgramPath {
	f, defects := &c.p.Parts.Frame, c.defects(x)
	simulated, ok := c.simulate(x)
	out := make([]ProgramPath, len(c.p.Train))
	for rec := range out {
		out[rec] = ProgramPath{Recording: c.p.Train[rec].ID, Names: f.States, States: make([][]float64, c.states)}
		if ok {
			out[rec].Simulated, out[rec].Apart = make([][]float64, c.states), new(float64)
		}
		for _, t := range c.mesh[rec] {
			out[rec].Ends = append(out[rec].Ends, f.T0+f.Time*t)
		}
	}
	for e, v := range defects {
		p := &out[c.elements[e].rec]
		p.Defects = append(p.Defects, v)
	}
	c.eachNode(func(node, at int) {
		p := &out[c.elements[node/len(c.rule.C)].rec]
		p.T = append(p.T, f.T0+f.Time*c.time(node))
		for i := range c.states {
			p.States[i] = append(p.States[i], f.User(i, x[at+i]))
			if ok {
				*p.Apart = max(*p.Apart, math.Abs(simulated[node*c.states+i]-x[at+i]))
				p.Simulated[i] = append(p.Simulated[i], f.User(i, simulated[node*c.states+i]))
			}
		}
	})
	return out
}
