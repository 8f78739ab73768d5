package program

// Behind every layer the chain rule multiplies a product with a matrix by a
// derivative: one kernel multiplies before it stores.

// findTimes marks the products that the multiplication after them absorbs.
func (pl *planner) findTimes() {
	for i := range pl.p.Nodes {
		n := &pl.p.Nodes[i]
		pl.factor[i] = -1
		if n.Op != OpMul || pl.inline[i] || pl.accumulate[i] {
			continue
		}
		for _, f := range [2][2]int{{n.A, n.B}, {n.B, n.A}} {
			product, factor := &pl.p.Nodes[f[0]], &pl.p.Nodes[f[1]]
			matrix := product.Op == OpMatVec || product.Op == OpMatVecT
			if matrix && product.Batched && factor.Batched && pl.uses[f[0]] == 1 {
				pl.inline[f[0]], pl.factor[i] = true, f[1]
				break
			}
		}
	}
}

// emitTimes emits a product times a factor.
func (pl *planner) emitTimes(i int) {
	n := &pl.p.Nodes[i]
	product := &pl.p.Nodes[n.A+n.B-pl.factor[i]]
	w := &pl.p.Nodes[product.A]
	in := instr{dst: i, a: product.A, b: product.B, c: pl.factor[i], batched: true, rows: w.Rows, cols: w.Cols}
	switch {
	case product.Op == OpMatVec && !w.Batched:
		in.code = cMatVecTimes
	case product.Op == OpMatVec:
		in.code = cMatVecLanesTimes
	case !w.Batched:
		in.code = cMatVecTTimes
	default:
		in.code = cMatVecTLanesTimes
	}
	pl.emit(in)
}

// beside is the node that is a third operand or a second result; −1 if there is none.
func (in *instr) beside() int {
	if in.code.third() || in.code == cActPair {
		return in.c
	}
	return -1
}

// third tells that an instruction reads a third operand.
func (c opcode) third() bool {
	switch c {
	case cMatVecBias, cMatVecTimes, cMatVecTTimes, cMatVecLanesBias, cMatVecLanesTimes, cMatVecTLanesTimes:
		return true
	}
	return false
}
