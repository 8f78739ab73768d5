//go:build !amd64 || purego

package kernel

// Without assembly every fast kernel declines.

const best = generic

func fastProduct(_, _, _, _ []float64, _ start, _ product) bool      { return false }
func fastOuterSum(_, _, _ []float64, _, _, _ int) bool               { return false }
func fastGatherAdd(_, _ []float64, _ int) bool                       { return false }
func fastOuterLanes(_, _, _ []float64, _, _, _ int, _ start) bool    { return false }
func fastSeriesLanes(_, _, _ []float64, _, _, _, _ int, _ bool) bool { return false }
func fastOuterSeries(_, _, _ []float64, _, _, _, _ int) bool         { return false }
func fastPacked(_, _, _, _ []float64, _ packedMode) bool             { return false }
func (s *Script) fast()                                              { panic("kernel: no assembly") }
func fastRowDot(_, _, _, _ []float64, _ start, _ int) bool           { return false }
func fastRowAxpy(_, _, _ []float64) bool                             { return false }
func fastRowOuter(_, _, _ []float64) bool                            { return false }
func fastAct(_, _, _ []float64, _ Kind, _ want) int                  { return 0 }
func fastKind(Kind) bool                                             { return false }
func fastSecond(Kind) bool                                           { return false }
func fastAdd(_, _, _ []float64) bool                                 { return false }
func fastMul(_, _, _ []float64) bool                                 { return false }
func fastMulAdd(_, _, _, _ []float64) bool                           { return false }
func fastScale(_ []float64, _ float64, _ []float64) bool             { return false }
func fastDot(_, _ []float64) (float64, bool)                         { return 0, false }
func fastAXPY(_ []float64, _ float64, _ []float64) bool              { return false }
func fastCombination(_ *Combination, _, _, _ []float64) bool         { return false }
func fastErrNorm(_, _, _, _ []float64, _, _ float64) bool            { return false }
func fastErrNormRow(_, _, _, _ []float64, _, _ float64) bool         { return false }
func (t *Tape) fast(int) bool                                        { return false }
func (t *Tape) assemble()                                            {}
func (t *Tape) moved(int)                                            {}
func fastLorenz(_, _, _ []float64, _ float64, _ int) bool            { return false }

type assembled struct{}

// Peak runs rounds of independent multiply-adds and returns how many floating-point operations those were: the limit
// against which benchmarks measure. There is none to measure here.
func Peak(int) (flops int) { return 0 }
