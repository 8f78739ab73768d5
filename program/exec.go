package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Exec runs a program for a fixed number of lanes. It belongs to one
// goroutine. NewExec allocates; Run never does.
type Exec struct {
	p       *Program
	lanes   int
	width   int // lanes of a strip
	code    []instr
	buf     [][]float64 // buffer of each node for the current strip
	arena   []float64
	place   []int    // offset of a node's own buffer in arena; -1 if it has none
	views   []view   // of the executor's own memory, in order
	in      []input  // in the order of Program.Inputs
	out     []result // in the order of Program.Outputs
	inside  []spot   // where nodes lie inside others
	current int      // lanes of the buffers' layout

	script *kernel.Script // what code is, for one lane or lanes that share nothing

	// With one lane:
	held   int    // position of the input that is held; -1
	packs  []pack // its matrices
	packed []float64
}

// view is a node that is part of another one, from lo up to hi (entries, for
// each lane if it is batched).
type view struct {
	node, of, lo, hi int
	batched          bool
}

// input is an argument of Run.
type input struct {
	node   int
	size   int    // numbers the caller gives
	staged bool   // copied strip by strip
	views  []view // of the caller's memory, in order
}

// result is an output of Run.
type result struct {
	node   int
	size   int    // numbers the caller takes
	add    bool   // added to what the caller holds
	direct bool   // computed in the caller's memory
	carry  bool   // a strip of what the caller holds is fetched and added to
	gather bool   // a sum over lanes
	views  []view // parts that are computed there
}

// NewExec prepares p for lanes lanes (1 or a multiple of 8). The outputs
// named in add are added to the caller's buffers, the others overwrite them.
func NewExec(p *Program, lanes int, add ...string) *Exec {
	if lanes < 1 || lanes > 1 && lanes%8 != 0 {
		panic("program: lanes must be 1 or a multiple of 8")
	}
	e := newExec(p, lanes, add)
	if lanes == 1 || e.apart() {
		e.resolve()
	}
	return e
}

func newExec(p *Program, lanes int, add []string) *Exec {
	e := &Exec{p: p, lanes: lanes, width: lanes, held: -1, buf: make([][]float64, len(p.Nodes))}
	class := gatherClasses(p)
	if lanes > stripLanes && class != nil && batchedRows(p) <= stripRows {
		e.width = stripLanes
	}
	accumulate := make([]bool, len(p.Nodes))
	for _, o := range p.Outputs {
		r := result{node: o.Node, size: e.size(o.Node, lanes), gather: class != nil && class[o.Node] == pureSum,
			add: slices.Contains(add, o.Name)}
		r.direct = e.isDirect(&r)
		r.carry = r.add && e.width < lanes && p.Nodes[o.Node].Batched && e.isAlone(&r)
		accumulate[o.Node] = r.direct && (r.add || r.gather && lanes > 1) || r.carry
		e.out = append(e.out, r)
	}
	pl := newPlanner(p, lanes == 1, accumulate)
	e.code, e.inside = pl.lower(), pl.inside
	e.allocate()
	e.layout(e.width)
	return e
}

// Lanes returns the number of lanes e was made for.
func (e *Exec) Lanes() int { return e.lanes }

func (e *Exec) size(i, lanes int) int {
	n := &e.p.Nodes[i]
	if n.Batched {
		return n.Size() * lanes
	}
	return n.Size()
}

// Run evaluates the program. in and out hold one slice for each input and
// output, in the order of Program.Inputs and Program.Outputs: Rows·Cols
// numbers for shared values, Rows·Cols × lanes for batched ones. No output
// may overlap an input.
func (e *Exec) Run(out, in [][]float64) {
	e.check(out, in)
	if e.script != nil {
		e.runScript(out, in)
		return
	}
	for k := range e.out {
		if r := &e.out[k]; r.gather && !r.add && e.lanes > 1 {
			kernel.Fill(out[k], 0)
		}
	}
	e.bind(out, in)
	if e.width == e.lanes {
		e.run()
		e.finish(out, 0)
		return
	}
	for l := 0; l < e.lanes; l += stripLanes {
		n := min(stripLanes, e.lanes-l)
		if n != e.current {
			e.layout(n)
		}
		e.stage(in, l)
		e.fetch(out, l)
		e.run()
		e.finish(out, l)
	}
	if e.current != e.width {
		e.layout(e.width)
	}
}

func (e *Exec) check(out, in [][]float64) {
	if len(in) != len(e.in) || len(out) != len(e.out) {
		panic("program: Run needs one slice for each input and output")
	}
	for k := range e.in {
		if len(in[k]) != e.in[k].size {
			panic("program: an input has the wrong length: " + e.p.Nodes[e.in[k].node].Name)
		}
	}
	for k := range e.out {
		if len(out[k]) != e.out[k].size {
			panic("program: an output has the wrong length: " + e.p.Outputs[k].Name)
		}
	}
}

// bind points the nodes of inputs and direct outputs at the caller's memory.
func (e *Exec) bind(out, in [][]float64) {
	for k := range e.in {
		a := &e.in[k]
		if a.staged || a.size == 0 || len(e.buf[a.node]) > 0 && &e.buf[a.node][0] == &in[k][0] {
			continue
		}
		e.buf[a.node] = in[k]
		e.bindViews(a.views)
	}
	for k := range e.out {
		if r := &e.out[k]; r.direct {
			e.buf[r.node] = out[k]
			e.bindViews(r.views)
		}
	}
}

// finish hands over the outputs that were not computed in place, for the
// strip that starts at lane l.
func (e *Exec) finish(out [][]float64, l int) {
	for k := range e.out {
		r := &e.out[k]
		if r.direct {
			continue
		}
		n, src := &e.p.Nodes[r.node], e.buf[r.node]
		switch {
		case n.Batched && e.width < e.lanes:
			e.scatter(out[k], src, l, n.Size(), r.add && !r.carry)
		case !n.Batched && r.gather && e.lanes > 1:
			kernel.AddTo(out[k], src)
		case !n.Batched && l > 0:
		case r.add:
			kernel.AddTo(out[k], src)
		default:
			copy(out[k], src)
		}
	}
}

// Program returns the program e runs.
func (e *Exec) Program() *Program { return e.p }
