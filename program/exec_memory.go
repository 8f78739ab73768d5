package program

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// isDirect tells whether r can be computed in the caller's memory: its node is
// used by nothing else, is no view, and its layout is the caller's.
func (e *Exec) isDirect(r *result) bool {
	if e.width < e.lanes && (e.p.Nodes[r.node].Batched || !r.gather) {
		return false
	}
	return e.isAlone(r)
}

// isAlone tells whether nothing else needs the memory that r is computed in,
// so that it may be the caller's.
func (e *Exec) isAlone(r *result) bool {
	i := r.node
	n := &e.p.Nodes[i]
	if n.Op == OpInput || n.Op == OpConst || isView(n, e.lanes == 1) || n.Op == OpSpread {
		return false
	}
	if r.add && n.Op == OpAct {
		return false
	}
	if e.lanes == 1 && !r.add { // others may read it there
		return e.outputs(i) == 1
	}
	uses := e.outputs(i)
	for j := range e.p.Nodes {
		if e.p.Nodes[j].A == i || e.p.Nodes[j].B == i {
			uses++
		}
	}
	return uses == 1
}

// outputs is how often node i is an output.
func (e *Exec) outputs(i int) int {
	n := 0
	for _, o := range e.p.Outputs {
		if o.Node == i {
			n++
		}
	}
	return n
}

// owner follows views to the node whose memory they share.
func (e *Exec) owner(i int) int {
	i, _ = e.locate(i)
	return i
}

// locate also returns the first entry of node i there.
func (e *Exec) locate(i int) (owner, lo int) {
	for {
		switch n := &e.p.Nodes[i]; {
		case isView(n, e.lanes == 1):
			i, lo = n.A, lo+n.Lo
		case e.inside[i].of >= 0:
			i, lo = e.inside[i].of, lo+e.inside[i].lo
		default:
			return i, lo
		}
	}
}

// allocate gives every computed value a place in one arena; places are used
// again once a value has been read for the last time.
func (e *Exec) allocate() {
	e.place = make([]int, len(e.p.Nodes))
	last := make([]int, len(e.p.Nodes)) // last instruction that touches an owner
	for i := range e.place {
		e.place[i], last[i] = -1, -1
	}
	touch := func(i, at int) {
		if i >= 0 {
			last[e.owner(i)] = at
		}
	}
	for at, in := range e.code {
		touch(in.dst, at)
		touch(in.a, at)
		touch(in.b, at)
		touch(in.beside(), at)
	}
	external := make([]bool, len(e.p.Nodes))
	for _, r := range e.out {
		last[e.owner(r.node)] = len(e.code)
		external[r.node] = r.direct
	}
	top, free := 0, map[int][]int{}
	take := func(i int) {
		i = e.owner(i)
		if e.place[i] >= 0 || external[i] {
			return
		}
		size := e.room(i)
		if f := free[size]; len(f) > 0 {
			e.place[i], free[size] = f[len(f)-1], f[:len(f)-1]
			return
		}
		e.place[i] = top
		top += size
	}
	e.permanent(take)
	kept := make([]bool, len(e.place))
	for i, at := range e.place {
		kept[i] = at >= 0
	}
	for at, in := range e.code {
		take(in.dst)
		if in.code == cActPair {
			take(in.c)
		}
		for i := range e.place {
			if last[i] == at && e.place[i] >= 0 && !kept[i] {
				free[e.room(i)] = append(free[e.room(i)], e.place[i])
			}
		}
	}
	e.arena = kernel.Aligned(top)
	e.views = slices.DeleteFunc(e.views, func(v view) bool { return e.place[e.owner(v.node)] < 0 }) // absorbed by sums
}

// room is what node i takes in the arena: whole cache lines.
func (e *Exec) room(i int) int { return (e.size(i, e.width) + 7) &^ 7 }

// permanent places what lives as long as e: constants, spread constants and
// staged inputs; it also lists the inputs and the views.
func (e *Exec) permanent(take func(int)) {
	at := map[int]int{} // position among the inputs
	for k, i := range e.p.Inputs {
		in := input{node: i, size: e.size(i, e.lanes), staged: e.p.Nodes[i].Batched && e.width < e.lanes}
		if in.staged {
			take(i)
		}
		e.in, at[i] = append(e.in, in), k
	}
	for k := range e.out {
		if r := &e.out[k]; r.carry {
			take(r.node)
		}
	}
	e.look(at, take)
}

// look notes what shows parts of other nodes, and takes what is constant; at are the
// positions of inputs.
func (e *Exec) look(at map[int]int, take func(int)) {
	direct := map[int]int{}
	for k := range e.out {
		if e.out[k].direct {
			direct[e.out[k].node] = k
		}
	}
	for i := range e.p.Nodes {
		n := &e.p.Nodes[i]
		switch {
		case isView(n, e.lanes == 1) || e.inside[i].of >= 0:
			owner, lo := e.locate(i)
			v := view{node: i, of: owner, lo: lo, hi: lo + n.Size(), batched: n.Batched}
			if k, ok := at[owner]; ok && !e.in[k].staged {
				e.in[k].views = append(e.in[k].views, v)
			} else if k, ok := direct[owner]; ok {
				e.out[k].views = append(e.out[k].views, v)
			} else {
				e.views = append(e.views, v)
			}
		case n.Op == OpConst, n.Op == OpSpread && e.p.Nodes[n.A].Op == OpConst:
			take(i)
		}
	}
}

// layout sets the buffers for strips of the given number of lanes.
func (e *Exec) layout(lanes int) {
	e.current = lanes
	for i := range e.p.Nodes {
		if at := e.place[i]; at >= 0 {
			e.buf[i] = e.arena[at : at+e.size(i, lanes) : at+e.size(i, lanes)]
		}
		n := &e.p.Nodes[i]
		if n.Op == OpSpread && e.p.Nodes[n.A].Op == OpConst {
			n = &e.p.Nodes[n.A]
		}
		if n.Op == OpConst && e.place[i] >= 0 {
			kernel.Fill(e.buf[i], n.S)
		}
	}
	e.bindViews(e.views)
}

func (e *Exec) bindViews(views []view) {
	for i := range views {
		v, w := &views[i], 1
		if v.batched {
			w = e.current
		}
		e.buf[v.node] = e.buf[v.of][v.lo*w : v.hi*w]
	}
}
