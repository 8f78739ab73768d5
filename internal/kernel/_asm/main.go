// Command asm writes the kernels in assembly: one program for every instruction set, so that what one computes
// the other computes in the same order. Run by go generate in the package above.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	level := flag.String("level", "avx512", "avx512 or avx2")
	single := flag.Bool("single", false, "the kernels in float32")
	flag.Parse()
	ConstraintExpr("!purego")
	m := &machine{suffix: "AVX2", width: 4, data: newData()}
	if *level == "avx512" {
		m.suffix, m.width, m.wide = "AVX512", 8, true
	}
	if *single {
		m.singles()
		m.data.emit()
		Generate()
		return
	}
	m.products()
	m.outerSum()
	m.gatherAdd()
	m.outerLanes("outerLanes", false)
	m.outerLanes("outerLanesAdd", true)
	m.rows()
	m.narrow()
	m.series()
	m.seriesLanes("outerSeriesLanes", false)
	m.seriesLanes("outerSeriesSum", true)
	m.packed()
	m.functions()
	m.elementwise()
	m.dot()
	m.steps()
	m.errSums()
	m.tape()
	if m.wide {
		m.lorenz()
	}
	m.peak()
	m.data.emit()
	Generate()
	if err := hidePieces("out", "stubs"); err != nil {
		log.Fatal(err)
	}
}
