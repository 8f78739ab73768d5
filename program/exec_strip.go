package program

import "github.com/entrain-dev/entrain/internal/kernel"

// stripLanes is how many lanes are evaluated at a time, so that the values of
// a strip stay in the first-level cache. Batched arguments of more than
// stripRows rows, such as an ensemble's matrices, are not worth the copying.
const (
	stripLanes = 64
	stripRows  = 128
)

const (
	noSum   = iota // does not depend on a sum over lanes
	pureSum        // linear in sums over lanes: strips may be added up
)

// gatherClasses sorts nodes by how they depend on sums over lanes. It returns
// nil if strips cannot simply be added up.
func gatherClasses(p *Program) []int {
	class := make([]int, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		a, b := noSum, noSum
		if n.A >= 0 {
			a = class[n.A]
		}
		if n.B >= 0 {
			b = class[n.B]
		}
		switch n.Op {
		case OpGather:
			if a == pureSum {
				return nil
			}
			class[i] = pureSum
		case OpScale, OpPad, OpSlice:
			class[i] = a
		case OpAdd:
			if a != b {
				return nil
			}
			class[i] = a
		default:
			if a == pureSum || b == pureSum {
				return nil
			}
		}
	}
	return class
}

// batchedRows is how many numbers of each lane go in and out.
func batchedRows(p *Program) int {
	rows := 0
	count := func(n *Node) {
		if n.Batched {
			rows += n.Size()
		}
	}
	for _, i := range p.Inputs {
		count(&p.Nodes[i])
	}
	for _, o := range p.Outputs {
		count(&p.Nodes[o.Node])
	}
	return rows
}

// stage copies the strip that starts at lane l of the inputs.
func (e *Exec) stage(in [][]float64, l int) {
	for k := range e.in {
		if a := &e.in[k]; a.staged {
			copyStrip(e.buf[a.node], e.current, 0, in[k], e.lanes, l, e.p.Nodes[a.node].Size(), e.current)
		}
	}
}

// fetch copies the strip of the outputs that are added to.
func (e *Exec) fetch(out [][]float64, l int) {
	for k := range e.out {
		if r := &e.out[k]; r.carry {
			copyStrip(e.buf[r.node], e.current, 0, out[k], e.lanes, l, e.p.Nodes[r.node].Size(), e.current)
		}
	}
}

func (e *Exec) scatter(dst, src []float64, l, rows int, add bool) {
	n := e.current
	if !add {
		copyStrip(dst, e.lanes, l, src, n, 0, rows, n)
		return
	}
	for i := range rows {
		kernel.AddTo(dst[i*e.lanes+l:i*e.lanes+l+n], src[i*n:(i+1)*n])
	}
}

// copyStrip copies n lanes of every row between two row-major layouts.
func copyStrip(dst []float64, dl, d0 int, src []float64, sl, s0, rows, n int) {
	for i := range rows {
		copy(dst[i*dl+d0:i*dl+d0+n], src[i*sl+s0:i*sl+s0+n])
	}
}
