package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise emits the loops of vector.go.
func (m *machine) elementwise() {
	type loop struct {
		name, doc string
		operands  []string
		scalar    bool
		f         func(s reg.VecVirtual, v []group) group
	}
	for _, l := range []loop{
		{"add", "sets dst = a + b.", []string{"a", "b"}, false,
			func(_ reg.VecVirtual, v []group) group { return m.add(v[0], v[1]) }},
		{"mul", "sets dst = a b.", []string{"a", "b"}, false,
			func(_ reg.VecVirtual, v []group) group { return m.mul(v[0], v[1]) }},
		{"mulAdd", "sets dst = a b + c.", []string{"a", "b", "c"}, false,
			func(_ reg.VecVirtual, v []group) group { m.timesPlus(v[0], v[1], v[2]); return v[0] }},
		{"scale", "sets dst = s a.", []string{"a"}, true,
			func(s reg.VecVirtual, v []group) group { return m.mul(v[0], same(s, len(v[0]))) }},
		{"axpy", "adds s a to dst.", []string{"a", "dst"}, true,
			func(s reg.VecVirtual, v []group) group { m.timesPlus(v[0], same(s, len(v[0])), v[1]); return v[0] }},
	} {
		signature := map[int]string{
			2: "func(dst, a, b *float64, n int)",
			3: "func(dst, a, b, c *float64, n int)",
		}[len(l.operands)]
		if l.scalar {
			signature = "func(dst, a *float64, s float64, n int)"
		}
		m.text(l.name, l.doc, signature)
		dst, n, left, i := param("dst"), param("n"), GP64(), GP64()
		var from []reg.GPVirtual
		for _, o := range l.operands {
			if o == "dst" {
				from = append(from, dst)
			} else {
				from = append(from, param(o))
			}
		}
		var s reg.VecVirtual
		if l.scalar {
			s = m.vec()
			VBROADCASTSD(NewParamAddr("s", 16), s)
		}
		XORQ(i, i)
		m.overValues(n, i, left, 4, func(vectors int, k *mask) {
			v := make([]group, len(from))
			for o := range from {
				v[o] = m.group(vectors)
				for j := range v[o] {
					m.load(indexed(from[o], i, 8, 8*m.width*j), k, v[o][j])
				}
			}
			for j, r := range l.f(s, v) {
				m.store(r, k, indexed(dst, i, 8, 8*m.width*j))
			}
		})
		m.ret()
	}
}

// same is a group of one register n times over.
func same(v reg.VecVirtual, n int) group {
	g := make(group, n)
	for i := range g {
		g[i] = v
	}
	return g
}

// overValues emits body for many vectors at a time, then one, then what is left of one; i counts values.
func (m *machine) overValues(n, i, left reg.GPVirtual, many int, body func(vectors int, k *mask)) {
	loop := func(name string, vectors int, next string) {
		Label(name)
		MOVQ(n, left)
		SUBQ(i, left)
		CMPQ(left, U32(uint32(vectors*m.width)))
		JL(LabelRef(next))
		body(vectors, nil)
		ADDQ(U32(uint32(vectors*m.width)), i)
		JMP(LabelRef(name))
	}
	if many > 1 {
		loop("many", many, "one")
	}
	loop("one", 1, "tail")
	Label("tail")
	TESTQ(left, left)
	JZ(LabelRef("end"))
	k := m.first(left)
	body(1, &k)
	Label("end")
}
