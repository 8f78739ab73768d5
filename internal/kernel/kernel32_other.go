//go:build !amd64 || purego

package kernel

func fastProduct32(_, _, _, _ []float32, _ start, _ product) bool { return false }
func fastOuter32(_ []float64, _, _ []float32, _, _, _ int) bool   { return false }
func fastAct32(_, _, _ []float32, _ Kind, _ want) bool            { return false }
func fastAdd32(_, _, _ []float32) bool                            { return false }
func fastMul32(_, _, _ []float32) bool                            { return false }
func fastMulAdd32(_, _, _, _ []float32) bool                      { return false }
func fastScale32(_ []float32, _ float32, _ []float32) bool        { return false }
func fastNarrow(_ []float32, _ []float64) int                     { return 0 }
func fastWiden(_ []float64, _ []float32) int                      { return 0 }
func fastWidenAdd(_ []float64, _ []float32) int                   { return 0 }
