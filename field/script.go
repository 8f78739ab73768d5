package field

import "github.com/entrain-dev/entrain/internal/kernel"

// Scripter is a Keeper whose evaluations with one lane can be put together with
// other work, so that a whole step of a solver runs without a call for each.
type Scripter interface {
	Keeper
	// NewScript makes an empty Script whose caller binds that many bases; one
	// of VJPs by state and parameters, if back, otherwise one of evaluations.
	// It is nil if that cannot be.
	NewScript(bases int, back bool) *Script
}

// Script is a fixed sequence of EvalKept, or of VJPKept, and of sums between
// them. Operands are places in vectors that are bound to numbered bases; the
// parameters are those last held.
type Script struct {
	script *kernel.Script
	of     *programmed
	alone  *alone
	own    int // first of the bases that are not the caller's
	times  int // held.times of the parameters it has
	owed   int // evaluations whose debts a run writes
}

// The bases that are not the caller's.
const (
	ownArena = iota
	ownPacked
	ownTheta
	ownOwed
	ownBases
)

// NewScript implements Scripter. Inputs of the field are looked up at every
// evaluation, so there is no script with them.
func (f *programmed) NewScript(bases int, back bool) *Script {
	if f.Kept() == 0 || f.shape.Input > 0 {
		return nil
	}
	a := f.keep.forward
	if back {
		if a = f.keep.back[wantX|wantTheta]; a == nil {
			return nil
		}
	}
	return &Script{script: kernel.NewScript(bases + ownBases), of: f, alone: a, own: bases}
}

// Timed tells that the time is read.
func (s *Script) Timed() bool { return s.alone.t >= 0 }

// Sum appends dst = x + h Σ.
func (s *Script) Sum(sum *kernel.Combination, dst, x, h kernel.ScriptPlace) {
	s.script.Do(kernel.ScriptOp{Code: kernel.ScriptSum, Sum: sum, Dst: dst, A: x, B: h, Rows: dst.Len, Cols: 1})
}

// Eval appends EvalKept at the state x and the time t.
func (s *Script) Eval(dx, kept, t, x kernel.ScriptPlace) {
	a := s.alone
	args := a.places(s.own+ownTheta, t, x)
	args.set(a.out(a.dx), dx)
	args.set(a.out(a.keep), kept)
	a.exec.AppendTo(s.script, s.own, args)
}

// VJP appends VJPKept: gx and what is owed to the parameters.
func (s *Script) VJP(gx, kept, t, x, c kernel.ScriptPlace) {
	a, k := s.alone, s.of.keep
	args := a.places(s.own+ownTheta, t, x)
	args.set(a.kept, kept)
	args.set(a.cdx, c)
	args.set(a.out(a.gx), gx)
	args.set(a.out(a.owed), kernel.ScriptPlace{Base: s.own + ownOwed, At: s.owed * k.row})
	a.exec.AppendTo(s.script, s.own, args)
	s.owed++
}

// Bind makes v the vector of one of the caller's bases.
func (s *Script) Bind(base int, v []float64) { s.script.Bind(base, v) }

// Run runs the sequence; what it owes to the parameters is g's, see Settle.
func (s *Script) Run(g *Point) {
	h, k := &s.of.held, s.of.keep
	if s.alone.times != h.times {
		s.alone.hold(h)
	}
	if s.times != h.times {
		s.script.Bind(s.own+ownTheta, h.theta)
		s.times = h.times
	}
	if s.owed == 0 {
		s.script.Run()
		return
	}
	if k.n+s.owed > debts {
		s.of.Settle(g)
	}
	s.script.Bind(s.own+ownOwed, k.owed[k.n*k.row:])
	s.script.Run()
	if k.n += s.owed; k.n == debts {
		s.of.Settle(g)
	}
}

// places are where the arguments of a program lie.
type places []kernel.ScriptPlace

func (p places) set(k int, at kernel.ScriptPlace) {
	if k >= 0 {
		p[k] = at
	}
}

// places are those of the inputs at a point, the parameters in base theta, and
// room for the others.
func (b *alone) places(theta int, t, x kernel.ScriptPlace) places {
	p := b.exec.Program()
	args := make(places, len(p.Inputs)+len(p.Outputs))
	for k, i := range p.Inputs {
		if p.Nodes[i].Name == "theta" {
			args[k].Base = theta
		}
	}
	args.set(b.t, t)
	args.set(b.x, x)
	return args
}

// out is the number of an output among the arguments; -1 if there is none.
func (b *alone) out(k int) int {
	if k < 0 {
		return k
	}
	return len(b.exec.Program().Inputs) + k
}
