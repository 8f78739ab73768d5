package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// singleStrip is how many lanes are evaluated at a time in float32.
const singleStrip = 128

// ExecSingle runs a program for a fixed number of lanes in float32: twice as
// many lanes fit a register. Inputs and outputs are float64, and so are all
// values shared by the lanes; what each lane has of its own is rounded to
// float32, and so are the shared values where lanes use them. It belongs to one
// goroutine. NewExecSingle allocates; Run never does.
//
// Precision. With ε = 2⁻²³, a product of c columns adds an error of at most
// (c+2) ε/2 of the sum of its terms' sizes, a function one of
// at most 5 ε of its scale. A sum over lanes has sixteen partial sums in float32 for each strip of
// 128 lanes and is float64 from strip to strip: 6 ε of the sum of its terms'
// sizes for any number of lanes (only where lanes use the sum is there one strip
// of all lanes, and 1/32 ε for each of them). A network of a few layers is so right to
// five or six digits of the largest number in each layer. Above 3.4e38 is
// infinity, below 1.2e-38 digits are lost. The bits of a lane depend neither on
// its place nor on the number of lanes.
type ExecSingle struct {
	p       *Program
	lanes   int
	width   int // lanes of a strip, a multiple of 16
	add     []bool
	batched [][]float32 // values of the current strip
	shared  [][]float64
	low     [][]float32 // shared values in float32, where lanes need them
	memory  [][]float32 // buffers of the batched nodes; nil for what lies in another one
	ones    []float32
	first   []int // nodes that no lane comes before
	strip   []int // nodes of a strip
	last    []int // nodes after the sums over lanes
	gathers []int
	in, out [][]float64 // of the current Run

	// Fusions; -1 where there is none.
	bias []int // of a product: the shared vector that is added
	pair []int // of a derivative: the next one, of the same value
	sum  []int // of a gather: the outer product it ends
	idle []bool
	uses []int
}

// NewExecSingle prepares p for lanes lanes, any number; a multiple of 16 wastes
// none. The outputs named in add are added to the caller's buffers, the others
// overwrite them.
func NewExecSingle(p *Program, lanes int, add ...string) *ExecSingle {
	if lanes < 1 {
		panic("program: an executor needs at least one lane")
	}
	n := len(p.Nodes)
	e := &ExecSingle{p: p, lanes: lanes, width: min(padded(lanes), singleStrip), batched: make([][]float32, n),
		shared: make([][]float64, n), low: make([][]float32, n), memory: make([][]float32, n), idle: make([]bool, n),
		uses: make([]int, n), bias: make([]int, n), pair: make([]int, n), sum: make([]int, n)}
	for _, o := range p.Outputs {
		e.add = append(e.add, slices.Contains(add, o.Name))
	}
	e.fuse()
	e.order()
	e.allocate()
	return e
}

// fuse finds what is computed together: a product and its bias, a function
// and its derivative, an outer product and its sum, and the sums that are
// added up in the caller's memory.
func (e *ExecSingle) fuse() {
	p := e.p
	e.countUses()
	acts := map[Node]int{}
	for i, n := range p.Nodes {
		switch {
		case n.Op == OpAdd && n.Batched:
			e.fuseBias(i, n.A, n.B)
			e.fuseBias(i, n.B, n.A)
		case n.Op == OpAct && n.Batched:
			e.fusePair(acts, i)
		case n.Op == OpGather && p.Nodes[n.A].Op == OpOuter && e.uses[n.A] == 1:
			e.sum[i], e.idle[n.A] = n.A, true
		}
	}
	for _, o := range p.Outputs {
		if !p.Nodes[o.Node].Batched {
			e.leave(o.Node)
		}
	}
}

// fusePair lets a function and its derivative of the same values be made by the first
// of the two in order.
func (e *ExecSingle) fusePair(acts map[Node]int, i int) {
	n := e.p.Nodes[i]
	before, after := n, n
	before.Order--
	after.Order++
	for _, other := range [2]Node{before, after} {
		if j, ok := acts[other]; ok && e.pair[j] < 0 && !e.idle[j] {
			e.pair[j], e.idle[i] = i, true
			break
		}
	}
	acts[n] = i
}

// countUses counts how often each node is used; nothing is fused yet.
func (e *ExecSingle) countUses() {
	p := e.p
	for i := range p.Nodes {
		e.bias[i], e.pair[i], e.sum[i] = -1, -1, -1
		for _, a := range [2]int{p.Nodes[i].A, p.Nodes[i].B} {
			if a >= 0 {
				e.uses[a]++
			}
		}
	}
	for _, o := range p.Outputs {
		e.uses[o.Node]++
	}
}

func (e *ExecSingle) fuseBias(i, product, spread int) {
	w, s := &e.p.Nodes[product], &e.p.Nodes[spread]
	if e.bias[i] >= 0 || w.Op != OpMatVec || e.p.Nodes[w.A].Batched || e.uses[product] != 1 || s.Op != OpSpread {
		return
	}
	e.bias[i], e.idle[product] = s.A, true
	if e.uses[spread]--; e.uses[spread] == 0 {
		e.idle[spread] = true
	}
}

// leave marks the sums and pads that pour computes.
func (e *ExecSingle) leave(i int) {
	n := &e.p.Nodes[i]
	if e.uses[i] != 1 || n.Op != OpAdd && n.Op != OpPad {
		return
	}
	e.idle[i] = true
	e.leave(n.A)
	if n.Op == OpAdd {
		e.leave(n.B)
	}
}

// order divides the nodes into those before, in and after the strips. Where a
// lane needs a sum over lanes there is one strip of all lanes.
func (e *ExecSingle) order() {
	after := make([]bool, len(e.p.Nodes))
	for i, n := range e.p.Nodes {
		after[i] = n.Op == OpGather || n.A >= 0 && after[n.A] || n.B >= 0 && after[n.B]
		if after[i] && n.Batched {
			e.width = padded(e.lanes)
		}
	}
	for i, n := range e.p.Nodes {
		if n.Op == OpGather {
			e.gathers = append(e.gathers, i)
		}
		switch {
		case e.idle[i]:
		case e.width >= e.lanes || n.Batched || n.Op == OpGather:
			e.strip = append(e.strip, i)
		case after[i]:
			e.last = append(e.last, i)
		default:
			e.first = append(e.first, i)
		}
	}
}

func (e *ExecSingle) allocate() {
	lower := func(i int) {
		if n := &e.p.Nodes[i]; !n.Batched && e.low[i] == nil {
			e.low[i] = make([]float32, n.Size())
		}
	}
	for i, n := range e.p.Nodes {
		if n.Batched && n.A >= 0 {
			lower(n.A)
		}
		if e.bias[i] >= 0 {
			lower(e.bias[i])
		}
		made := n.Op != OpSlice && !(e.idle[i] && !e.isPair(i))
		switch {
		case n.Batched && made:
			e.memory[i] = make([]float32, n.Size()*e.width)
		case !n.Batched && made && n.Op != OpInput:
			e.shared[i] = make([]float64, n.Size())
		}
		if n.Op == OpConst {
			kernel.Fill(e.shared[i], n.S)
		}
	}
	e.ones = make([]float32, e.width)
	for l := range e.ones {
		e.ones[l] = 1
	}
}

// padded is the next multiple of the lanes that a kernel takes.
func padded(lanes int) int { return (lanes + kernel.Lanes32 - 1) / kernel.Lanes32 * kernel.Lanes32 }

func (e *ExecSingle) isPair(i int) bool { return slices.Contains(e.pair, i) }

// Lanes returns the number of lanes e was made for.
func (e *ExecSingle) Lanes() int { return e.lanes }
