package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tsit5 is the method's stages but the first; see lorenz.go of the package.
var tsit5 = [][]float64{
	{0.161},
	{-0.008480655492356988544426874250230, 0.3354806554923569885444268742502},
	{2.897153057105493432130432594192, -6.359448489975074843148159912383, 4.362295432869581411017727318190},
	{5.325864828439256604428877920840, -11.74888356406282787774717033978,
		7.495539342889836208304604784564, -0.09249506636175524925650207933207},
	{5.861455442946420028659251486982, -12.92096931784710929170611868178,
		8.159367898576158643180400794539, -0.07158497328140099722453054252582, -0.02826905039406838290900305721271},
	{0.09646076681806522951816731316512, 0.01, 0.4798896504144995747752495322905,
		1.379008574103741893192274821856, -3.290069515436080679901047585711, 2.324710524099773982415355918398},
}

// lorenz emits the yardstick of whole steps: one method and one system, in registers from the state to the state. Lanes
// are independent of each other, so the processor works on several registers of them at a time.
func (m *machine) lorenz() {
	m.text("lorenz", "takes steps of Tsitouras' method in every lane; k is the slope at x and becomes that at the end.",
		"func(x, k, rho *float64, h float64, steps, lanes int)")
	x, k, rho, left, end, at := param("x"), param("k"), param("rho"), param("steps"), param("lanes"), GP64()
	SHLQ(U8(3), end)
	row := func(base reg.GPVirtual) (rows [3]Mem) {
		for i := range rows {
			rows[i] = indexed(base, at, 1, 0)
			if i < 2 {
				next := GP64()
				MOVQ(base, next)
				ADDQ(end, next)
				base = next
			}
		}
		return rows
	}
	xs, ks := row(x), row(k)
	h := m.vec()
	VBROADCASTSD(NewParamAddr("h", 24), h)
	Label("step")
	XORQ(at, at)
	Label("lane")
	r := m.vec()
	VMOVUPD(indexed(rho, at, 1, 0), r)
	from, slopes := m.group(3), []group{m.group(3)}
	for i := range 3 {
		VMOVUPD(xs[i], from[i])
		VMOVUPD(ks[i], slopes[0][i])
	}
	var to group
	for _, a := range tsit5 {
		to = m.mul(slopes[0], m.num(a[0]))
		for j, c := range a[1:] {
			m.plusTimes(to, slopes[j+1], m.num(c))
		}
		for i, v := range to {
			VFMADD213PD(from[i], h, v)
		}
		slopes = append(slopes, m.lorenzSlope(to, r))
	}
	for i := range 3 {
		VMOVUPD(to[i], xs[i])
		VMOVUPD(slopes[len(tsit5)][i], ks[i])
	}
	ADDQ(U32(uint32(8*m.width)), at)
	CMPQ(at, end)
	JL(LabelRef("lane"))
	DECQ(left)
	JNZ(LabelRef("step"))
	m.ret()
}

// lorenzSlope is (10 (y − x), x (ρ − z) − y, x y − 8/3 z).
func (m *machine) lorenzSlope(x group, rho reg.VecVirtual) group {
	d := m.group(3)
	VSUBPD(x[0], x[1], d[0])
	VMULPD_BCST(m.num(10), d[0], d[0])
	VSUBPD(x[2], rho, d[1])
	VFMSUB213PD(x[1], x[0], d[1])
	VMULPD_BCST(m.num(8./3), x[2], d[2])
	VFMSUB231PD(x[1], x[0], d[2])
	return d
}
