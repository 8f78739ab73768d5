package program

import "slices"

// A sum of values that lie side by side is a concatenation: every part is
// written where it belongs, and nothing is cleared or added first. A part that
// others read too is computed in that place.

// spot is where a node lies in the memory of another; of is −1 if it has a
// place of its own.
type spot struct{ of, lo int }

// emitConcat emits the sum of list into node i if it is a concatenation.
func (pl *planner) emitConcat(i int, list []leaf) bool {
	groups := pl.sideBySide(list, pl.p.Nodes[i].Size())
	if len(groups) < 2 {
		return false
	}
	for _, g := range groups {
		if len(g) == 1 && pl.placeable(g[0]) {
			pl.inside[g[0].node] = spot{i, g[0].lo}
			continue
		}
		for _, l := range pl.start(g, pl.first(g, pl.p.Nodes[g[0].node].Size())) {
			pl.emitLeaf(l, false)
		}
	}
	return true
}

// sideBySide sorts leaves into groups of equal ranges that cover size entries
// without a gap, each with a leaf to begin with; nil if it cannot.
func (pl *planner) sideBySide(list []leaf, size int) [][]leaf {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b leaf) int { return a.lo - b.lo })
	var groups [][]leaf
	end := 0
	for k := 0; k < len(list); {
		n := pl.p.Nodes[list[k].node].Size()
		m := k
		for m < len(list) && list[m].lo == list[k].lo && pl.p.Nodes[list[m].node].Size() == n {
			m++
		}
		if list[k].lo != end || pl.first(list[k:m], n) < 0 {
			return nil
		}
		groups = append(groups, list[k:m])
		end, k = end+n, m
	}
	if end != size {
		return nil
	}
	return groups
}

// placeable tells that a leaf is computed by an instruction of its own, whose
// result may lie anywhere.
func (pl *planner) placeable(l leaf) bool {
	n := &pl.p.Nodes[l.node]
	return !pl.inline[l.node] && !isView(n, true) && n.Op != OpInput && n.Op != OpConst &&
		pl.inside[l.node].of < 0 && !pl.accumulate[l.node]
}

// isRead tells that something reads node i or what it lies in.
func (pl *planner) isRead(read []bool, i int) bool {
	for ; i >= 0; i = pl.inside[i].of {
		if read[i] {
			return true
		}
	}
	return false
}
