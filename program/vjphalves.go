package program

import "slices"

// Halves is the vector–Jacobian product of a program in two halves, so that
// nothing of the way there is computed again on the way back.
type Halves struct {
	// Forward maps the inputs of p to its outputs and, as the last output,
	// "kept": all that Backward needs to know of the evaluation.
	Forward *Program
	// Backward maps the inputs of p, "kept" and a cotangent for each output
	// ("c"+output) to the outputs of VJP(p, wrt...) but one: in place of the
	// cotangent of the owed input its last output is "owed".
	Backward *Program
	// Terms add up to the cotangent of the owed input.
	Terms []Term
	// Lanes tells that all that is kept and owed is batched in p, so that the
	// halves may run for many lanes; then a term is one for each lane.
	Lanes bool
}

// Term says what one evaluation adds to the cotangent of the input that is
// owed, from entry To on: the outer product of two parts of "owed", y xᵀ with y
// at Y and x at X, or, if Cols is 0, the Rows entries at Y as they are.
type Term struct{ To, Y, X, Rows, Cols int }

// Halve splits VJP(p, wrt...). The cotangent of the shared input named owed
// (which is in wrt) is left to the caller, who may sum up the Terms of many
// evaluations at a time; "" leaves nothing. The sum over lanes is not part of
// the terms.
func Halve(p *Program, owed string, wrt ...Wrt) *Halves {
	h := &halver{p: p, q: VJP(p, wrt...)}
	h.h.Lanes = true
	h.h.Forward = h.forward()
	h.h.Backward = h.backward(owed)
	return &h.h
}

type halver struct {
	p, q *Program
	back []bool // depends on a cotangent
	kept []int  // nodes of q
	h    Halves
}

// forward finds what is kept and puts it at the end of p.
func (h *halver) forward() *Program {
	q := h.q
	keep := h.crossing()
	b, at := replay(h.p)
	for _, o := range h.p.Outputs {
		b.Output(o.Name, at[o.Node])
	}
	again := make([]Value, len(q.Nodes)) // equal nodes become those of p
	var parts []Value
	for i := range q.Nodes {
		if h.back[i] {
			continue
		}
		again[i] = b.copyNode(&q.Nodes[i], again, nil)
		if keep[i] {
			h.kept = append(h.kept, i)
			h.h.Lanes = h.h.Lanes && q.Nodes[i].Batched
			parts = append(parts, b.column(again[i]))
		}
	}
	b.Output("kept", b.Concat(parts...))
	return must(b)
}

// crossing notes what depends on cotangents, and returns what of the rest that needs.
func (h *halver) crossing() []bool {
	q := h.q
	h.back = make([]bool, len(q.Nodes))
	cotangent := map[string]bool{}
	for _, o := range h.p.Outputs {
		cotangent["c"+o.Name] = true
	}
	keep := make([]bool, len(q.Nodes))
	for i := range q.Nodes {
		n := &q.Nodes[i]
		h.back[i] = n.Op == OpInput && cotangent[n.Name] || n.A >= 0 && h.back[n.A] || n.B >= 0 && h.back[n.B]
		for _, a := range [2]int{n.A, n.B} {
			if h.back[i] && a >= 0 && !h.back[a] && !given(q, a) {
				keep[a] = true
			}
		}
	}
	return keep
}

// given tells that node i is an input, a constant or a part of one, which need
// not be kept.
func given(p *Program, i int) bool {
	for {
		switch n := &p.Nodes[i]; n.Op {
		case OpInput, OpConst:
			return true
		case OpSlice, OpSpread:
			i = n.A
		default:
			return false
		}
	}
}

// column is v as a batched vector.
func (b *Builder) column(v Value) Value {
	n := b.at(v)
	return b.Spread(b.Slice(v, 0, n.Size(), 1))
}

// backward is what depends on the cotangents, with what is kept as an input.
func (h *halver) backward(owed string) *Program {
	b, q := New(), h.q
	for _, i := range h.p.Inputs {
		n := h.p.Nodes[i]
		b.Input(n.Name, n.Rows, n.Cols, n.Batched)
	}
	all, _ := h.h.Forward.Output("kept")
	kept, lo := b.Batched("kept", all.Rows, 1), 0
	at := make([]Value, len(q.Nodes))
	have := make([]bool, len(q.Nodes))
	for _, i := range h.kept {
		n := &q.Nodes[i]
		at[i], have[i] = b.Slice(kept, lo, n.Rows, n.Cols), true
		lo += n.Size()
	}
	for i := range q.Nodes {
		if !have[i] && (h.back[i] || given(q, i)) {
			at[i] = b.copyNode(&q.Nodes[i], at, nil)
		}
	}
	var debt debt
	for _, o := range q.Outputs {
		if owed != "" && o.Name == "g"+owed {
			debt.collect(q, o.Node, 0)
			continue
		}
		b.Output(o.Name, at[o.Node])
	}
	if owed != "" {
		for _, t := range debt.terms {
			h.h.Lanes = h.h.Lanes && q.Nodes[t.Y].Batched && (t.X < 0 || q.Nodes[t.X].Batched)
		}
		h.h.Terms = debt.terms
		b.Output("owed", debt.vector(b, q, at))
	}
	return must(b)
}

// debt collects the terms of a cotangent. While it does, Y and X are nodes.
type debt struct{ terms []Term }

// collect adds the terms of node i of p, which begin at entry to.
func (d *debt) collect(p *Program, i, to int) {
	switch n := &p.Nodes[i]; n.Op {
	case OpAdd:
		d.collect(p, n.A, to)
		d.collect(p, n.B, to)
	case OpPad:
		d.collect(p, n.A, to+n.Lo)
	case OpGather, OpSpread:
		d.collect(p, n.A, to)
	case OpOuter:
		d.terms = append(d.terms, Term{To: to, Y: n.A, X: n.B, Rows: n.Rows, Cols: n.Cols})
	default:
		if n.Op != OpConst || n.S != 0 {
			d.terms = append(d.terms, Term{To: to, Y: i, X: -1, Rows: n.Size()})
		}
	}
}

// vector puts all that the terms need one below the other, and lets them say
// where it is.
func (d *debt) vector(b *Builder, p *Program, at []Value) Value {
	place, size := map[int]int{}, 0
	var parts []Value
	put := func(i int) int {
		if i < 0 {
			return 0
		}
		if _, ok := place[i]; !ok {
			place[i] = size
			size += p.Nodes[i].Size()
			parts = append(parts, b.column(at[i]))
		}
		return place[i]
	}
	for k := range d.terms {
		t := &d.terms[k]
		t.Y, t.X = put(t.Y), put(t.X)
	}
	return b.Concat(parts...)
}

// Pick returns p with the named outputs alone. All inputs stay.
func Pick(p *Program, outputs ...string) *Program {
	b, at := replay(p)
	for _, o := range p.Outputs {
		if slices.Contains(outputs, o.Name) {
			b.Output(o.Name, at[o.Node])
		}
	}
	return must(b)
}
