package program

import "github.com/entrain-dev/entrain/internal/kernel"

// With one lane nothing is cut into strips and shared and batched values look
// alike, so every operand has its place in the arena or in an argument before
// anything runs, and the instructions become a kernel.Script. So do those of
// more lanes that share nothing.

// The bases of the script: the arena, packed matrices, inputs, outputs.
const (
	baseArena = iota
	basePacked
	baseInputs
)

// NewHeldExec is NewExec for one lane and a program whose input named held
// changes seldom. Hold says what it is, which must come before the first run:
// matrices that are parts of it are packed there, so that products with them
// are faster. Their sums run in index order from the bias on, as those of many
// lanes do.
func NewHeldExec(p *Program, held string, add ...string) *Exec {
	e := newExec(p, 1, add)
	for k, i := range p.Inputs {
		if p.Nodes[i].Name == held {
			e.held = k
		}
	}
	e.resolve()
	return e
}

// Hold sets the input that NewHeldExec named, which is not bound otherwise. v
// must stay as it is until the next Hold.
func (e *Exec) Hold(v []float64) {
	if e.held < 0 {
		return
	}
	e.BindInput(e.held, v)
	for i := range e.packs {
		e.packs[i].pack(e.packed, v)
	}
}

// BindInput and BindOutput set one argument of RunBound, with one lane.
func (e *Exec) BindInput(k int, v []float64) {
	if len(v) != e.in[k].size {
		panic("program: an input has the wrong length: " + e.p.Nodes[e.in[k].node].Name)
	}
	e.script.Bind(baseInputs+k, v)
}

// BindOutput is described with BindInput.
func (e *Exec) BindOutput(k int, v []float64) {
	r := &e.out[k]
	if len(v) != r.size {
		panic("program: an output has the wrong length: " + e.p.Outputs[k].Name)
	}
	e.script.Bind(baseInputs+len(e.in)+k, v)
}

// Reads tells whether the k-th input must be bound.
func (e *Exec) Reads(k int) bool { return e.script.Needs(baseInputs+k) > 0 }

// RunBound is Run for one lane with the arguments that are bound.
func (e *Exec) RunBound() { e.script.Run() }

// AppendTo appends what RunBound does to a script of the caller, where argument
// k, of the inputs and then the outputs, lies at args[k]. Two bases from own on
// are for the values and the packed matrices in between.
func (e *Exec) AppendTo(s *kernel.Script, own int, args []kernel.ScriptPlace) {
	s.Join(e.script, append([]kernel.ScriptPlace{baseArena: {Base: own}, basePacked: {Base: own + 1}}, args...))
	s.Bind(own, e.arena)
	s.Bind(own+1, e.packed)
}

// runScript binds the arguments and runs.
func (e *Exec) runScript(out, in [][]float64) {
	for k, v := range in {
		e.script.Bind(baseInputs+k, v)
	}
	for k, v := range out {
		e.script.Bind(baseInputs+len(in)+k, v)
	}
	e.script.Run()
}

var scriptCodes = map[opcode]kernel.ScriptCode{
	cFill: kernel.ScriptFill, cCopy: kernel.ScriptCopy, cAddTo: kernel.ScriptAddTo, cGatherAdd: kernel.ScriptAddTo,
	cMatVec: kernel.ScriptMatVec, cMatVecLanes: kernel.ScriptMatVec, cMatVecAdd: kernel.ScriptMatVecAdd,
	cMatVecLanesAdd: kernel.ScriptMatVecAdd, cMatVecBias: kernel.ScriptMatVecBias, cMatVecLanesBias: kernel.ScriptMatVecBias,
	cMatVecTimes: kernel.ScriptMatVecTimes, cMatVecLanesTimes: kernel.ScriptMatVecTimes,
	cMatVecTTimes: kernel.ScriptMatVecTTimes, cMatVecTLanesTimes: kernel.ScriptMatVecTTimes,
	cMatVecT: kernel.ScriptMatVecT, cMatVecTLanes: kernel.ScriptMatVecT, cMatVecTAdd: kernel.ScriptMatVecTAdd,
	cMatVecTLanesAdd: kernel.ScriptMatVecTAdd, cOuterSum: kernel.ScriptOuterSum, cOuterLanesAdd: kernel.ScriptOuterSum,
	cOuterLanes: kernel.ScriptOuter, cMul: kernel.ScriptMul, cMulAddTo: kernel.ScriptMulAddTo, cScale: kernel.ScriptScale,
	cAXPY: kernel.ScriptAXPY, cAct: kernel.ScriptAct, cActPair: kernel.ScriptActPair,
}

// apart tells that lanes share nothing and are not cut into strips.
func (e *Exec) apart() bool {
	if e.lanes == 1 || e.width < e.lanes {
		return false
	}
	for k := range e.code {
		in := &e.code[k]
		if _, ok := scriptCodes[in.code]; !ok || in.code == cGatherAdd || in.code == cOuterSum || !in.batched {
			return false
		}
		for _, i := range [3]int{in.a, in.b, in.beside()} {
			if i >= 0 && !e.p.Nodes[i].Batched {
				return false
			}
		}
	}
	for _, r := range e.out {
		if !e.p.Nodes[r.node].Batched {
			return false
		}
	}
	return true
}

// resolve writes the script.
func (e *Exec) resolve() {
	e.script = kernel.NewScript(baseInputs + len(e.in) + len(e.out))
	e.script.Bind(baseArena, e.arena)
	room := 0
	for i := range e.code {
		in := &e.code[i]
		code, ok := scriptCodes[in.code]
		if !ok {
			panic("program: an instruction that one lane does not know")
		}
		o := kernel.ScriptOp{Code: code, Kind: in.kind, Order: in.order, Rows: in.rows, Cols: in.cols, Lanes: e.lanes, S: in.s,
			Dst: e.spot(in.dst), A: e.spot(in.a), B: e.spot(in.b), C: e.spot(in.beside())}
		o.Dst.At, o.Dst.Len = o.Dst.At+in.lo*e.lanes, written(in)*e.lanes
		room = e.pack(&o, room)
		e.script.Do(o)
	}
	e.packed = kernel.Aligned(room)
	e.script.Bind(basePacked, e.packed)
	e.handOver()
}

// handOver writes what was not computed in the caller's memory there.
func (e *Exec) handOver() {
	for k := range e.out {
		r := &e.out[k]
		if r.direct {
			continue
		}
		code := kernel.ScriptCopy
		if r.add {
			code = kernel.ScriptAddTo
		}
		e.script.Do(kernel.ScriptOp{Code: code, A: e.spot(r.node), Dst: kernel.ScriptPlace{Base: baseInputs + len(e.in) + k, Len: r.size}})
	}
}

// written is how many entries an instruction writes.
func written(in *instr) int {
	switch in.code {
	case cMatVec, cMatVecAdd, cMatVecBias, cMatVecTimes, cMatVecLanes, cMatVecLanesAdd, cMatVecLanesBias,
		cMatVecLanesTimes:
		return in.rows
	case cMatVecT, cMatVecTAdd, cMatVecTTimes, cMatVecTLanes, cMatVecTLanesAdd, cMatVecTLanesTimes:
		return in.cols
	}
	return in.rows * in.cols
}

// spot is where a node lies.
func (e *Exec) spot(i int) kernel.ScriptPlace {
	if i < 0 {
		return kernel.ScriptPlace{}
	}
	owner, lo := e.locate(i)
	s := kernel.ScriptPlace{At: lo * e.lanes, Len: e.p.Nodes[i].Size() * e.lanes}
	for k := range e.in {
		if e.in[k].node == owner {
			s.Base = baseInputs + k
			return s
		}
	}
	for k := range e.out {
		if e.out[k].direct && e.out[k].node == owner {
			s.Base = baseInputs + len(e.in) + k
			return s
		}
	}
	s.At += e.place[owner]
	return s
}
