package train

import (
	"strconv"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// seeded evaluates a derivative of a right-hand side in several directions at a time: what they have in
// common is computed once.
type seeded struct {
	prog  *program.Program
	exec  *program.Exec
	lanes int
	count int         // directions at a time
	seeds [][]float64 // of all directions
	none  []float64

	in, out  [][]float64
	at       [5]int        // where t, x, u, theta and the cotangent stand among the inputs; −1: nowhere
	seed     []int         // and each seed
	x, theta []field.Batch // derivatives in each direction, by states and by parameters
}

// mostSeeded is about how many rows of parameters' derivatives are computed at a time.
const mostSeeded = 2048

// newSeeded evaluates p, whose input called seed is a direction, for all directions or as many at a time as
// are kept in fast memory; rows is the size of what each gives.
func newSeeded(p *program.Program, seed string, lanes, all, rows int) *seeded {
	s := &seeded{lanes: lanes, count: max(1, min(all, mostSeeded/max(1, rows)))}
	b := program.New()
	direction, _ := p.Input(seed)
	for k := range s.count {
		d := b.Input(seed+strconv.Itoa(k), direction.Rows, direction.Cols, direction.Batched)
		out := b.Call(p, map[string]program.Value{seed: d})
		for _, o := range p.Outputs {
			b.Output(o.Name+strconv.Itoa(k), out[o.Name])
		}
	}
	var err error
	if s.prog, err = b.Done(); err != nil {
		panic("train: a derivative cannot be put together: " + err.Error())
	}
	s.none = make([]float64, width(direction, lanes))
	s.place(p, seed)
	return s
}

// width is how many numbers a value has.
func width(n program.Node, lanes int) int {
	if n.Batched {
		return n.Size() * lanes
	}
	return n.Size()
}

// place finds where arguments and results stand, and makes room for these.
func (s *seeded) place(p *program.Program, seed string) {
	in := map[string]int{}
	for k, i := range s.prog.Inputs {
		in[s.prog.Nodes[i].Name] = k
	}
	for k, name := range []string{"t", "x", "u", "theta", "cddx"} {
		s.at[k] = -1
		if i, ok := in[name]; ok {
			s.at[k] = i
		}
	}
	for k := range s.count {
		s.seed = append(s.seed, in[seed+strconv.Itoa(k)])
	}
	s.allocate()
}

// allocate makes what one worker needs.
func (s *seeded) allocate() {
	s.exec = program.NewExec(s.prog, s.lanes)
	s.in, s.out = make([][]float64, len(s.prog.Inputs)), make([][]float64, len(s.prog.Outputs))
	s.x, s.theta = make([]field.Batch, s.count), make([]field.Batch, s.count)
	for k, o := range s.prog.Outputs {
		n := s.prog.Nodes[o.Node]
		lanes := 1
		if n.Batched {
			lanes = s.lanes
		}
		b := program.NewBatch(n.Size(), lanes)
		s.out[k] = b.V
		for i := range s.count {
			switch o.Name {
			case "gx" + strconv.Itoa(i):
				s.x[i] = b
			case "gtheta" + strconv.Itoa(i):
				s.theta[i] = b
			}
		}
	}
}

// copy is one that may work beside it.
func (s *seeded) copy() *seeded {
	c := *s
	c.allocate()
	return &c
}

// run computes the derivatives at the points in the directions from k on, with the cotangent w if there is one.
func (s *seeded) run(at *field.Point, w field.Batch, k int) {
	for i, v := range [...][]float64{at.T, at.X.V, at.U.V, at.Theta.V, w.V} {
		if s.at[i] >= 0 {
			s.in[s.at[i]] = v
		}
	}
	for i, slot := range s.seed {
		s.in[slot] = s.none
		if k+i < len(s.seeds) {
			s.in[slot] = s.seeds[k+i]
		}
	}
	s.exec.Run(s.out, s.in)
}

// units are batches that are one in one of some rows.
func units(rows, lanes int) (out [][]float64) {
	for i := range rows {
		u := make([]float64, rows*lanes)
		for l := range lanes {
			u[i*lanes+l] = 1
		}
		out = append(out, u)
	}
	return out
}

// byStates are derivatives by states and, if there are any, parameters, these for each lane.
func byStates(p *program.Program) []program.Wrt {
	wrt := []program.Wrt{{Name: "x"}}
	if n, ok := p.Input("theta"); ok && n.Rows > 0 {
		wrt = append(wrt, program.Wrt{Name: "theta", Batched: true})
	}
	return wrt
}

// seededSlopes are the derivatives of each row of p.
func seededSlopes(p *program.Program, lanes int) *seeded {
	theta, _ := p.Input("theta")
	rows := outputRows(p)
	s := newSeeded(program.VJP(p, byStates(p)...), "c"+p.Outputs[0].Name, lanes, rows, theta.Rows)
	s.seeds = units(rows, lanes)
	return s
}

// seededCurves are those, by each state, of a sum of rows of p that is weighed with cddx.
func seededCurves(p *program.Program, lanes int) *seeded {
	x, _ := p.Input("x")
	theta, _ := p.Input("theta")
	s := newSeeded(program.VJP(program.JVP(p, program.Wrt{Name: "x"}), byStates(p)...), "dx", lanes, x.Rows, theta.Rows)
	s.seeds = units(x.Rows, lanes)
	return s
}
