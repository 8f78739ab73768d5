package kernel

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns a slice of n values that ends where a page begins that cannot be read.
func fenced(t *testing.T, n int) []float64 {
	t.Helper()
	page := os.Getpagesize()
	size := (8*n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no memory map: ", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(memory) })
	if err := syscall.Mprotect(memory[size:], syscall.PROT_NONE); err != nil {
		t.Skip("no protected page: ", err)
	}
	if n == 0 {
		return nil
	}
	v := unsafe.Slice((*float64)(unsafe.Pointer(&memory[size-8*n])), n)
	numbers := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range v {
		v[i] = numbers.NormFloat64()
	}
	return v
}

// TestNothingBeyondTheEndIsRead ends the program with a fault if a kernel reads past the end of an operand.
func TestNothingBeyondTheEndIsRead(t *testing.T) { atEveryLevel(t, testNothingBeyondTheEndIsRead) }

func testNothingBeyondTheEndIsRead(t *testing.T) {
	for _, k := range matrixKernels() {
		for _, size := range [][2]int{{1, 1}, {3, 2}, {5, 9}, {9, 50}, {50, 13}} {
			for _, lanes := range []int{1, 8, 40} {
				s := shape{size[0], size[1], lanes, k.per}
				out, p, q := k.sizes(s)
				k.run(fenced(t, out), fenced(t, p), fenced(t, q), fenced(t, s.rows), s)
			}
		}
	}
	for _, n := range []int{1, 2, 3, 5, 7, 8, 9, 31, 33, 37} {
		OuterSeriesLanes(fenced(t, 7*n*8), fenced(t, 2*7*8), fenced(t, (7+n)*8), 7, n, 2, 56)
		OuterSeriesSum(fenced(t, 7*n), fenced(t, 2*7*8), fenced(t, (7+n)*8), 7, n, 2, 56)
		OuterSeries(fenced(t, 7*n), fenced(t, 2*7), fenced(t, 7+n), 7, n, 2, 7)
		a, b, c, d := fenced(t, n), fenced(t, n), fenced(t, n), fenced(t, n)
		for _, k := range Kinds() {
			Act(a, b, k, 0)
			Act(a, b, k, 1)
			ActPair(c, d, b, k, 0)
		}
		Add(a, b, c)
		Mul(a, b, c)
		MulAdd(a, b, c, d)
		MulAddTo(a, b, c)
		Scale(a, 2, b)
		AXPY(a, 2, b)
		stageSum(a, b, fenced(t, 1), []float64{1, 2}, [][]float64{c, d}, n, 1)
		h, norm := fenced(t, 8), fenced(t, 8)
		w, x, y := fenced(t, 8*n), fenced(t, 8*n), fenced(t, 8*n)
		stageSum(w, x, h, []float64{1}, [][]float64{y}, n, 8)
		ErrNorm(norm, w, x, y, 1e-3, 1e-6, n, 8)
	}
}

func TestNothingBeyondTheEndIsTouchedIn32(t *testing.T) {
	atEveryLevel(t, testNothingBeyondTheEndIsTouchedIn32)
}

func testNothingBeyondTheEndIsTouchedIn32(t *testing.T) {
	v := func(n int) []float32 { // 8 bytes are two values
		if n == 0 {
			return nil
		}
		d := fenced(t, (n+1)/2)
		return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(d))), 2*len(d))[n%2:]
	}
	for _, size := range [][2]int{{1, 1}, {3, 2}, {5, 9}, {9, 50}, {50, 13}} {
		for _, lanes := range []int{16, 48, 128} {
			rows, cols := size[0], size[1]
			MatVecBias32(v(rows*lanes), v(rows*cols), v(cols*lanes), v(rows), rows, cols, lanes)
			MatVecT32(v(cols*lanes), v(rows*cols), v(rows*lanes), rows, cols, lanes)
			OuterSum32(fenced(t, rows*cols), v(rows*lanes), v(cols*lanes), rows, cols, lanes)
		}
	}
	for _, n := range []int{16, 48, 272} {
		a, b, c, d := v(n), v(n), v(n), v(n)
		for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU, Softplus} {
			Act32(a, b, k, 0)
			Act32(a, b, k, 1)
			ActPair32(c, d, b, k, 0)
		}
		Add32(a, b, c)
		Mul32(a, b, c)
		MulAdd32(a, b, c, d)
		Scale32(a, 2, b)
	}
	for n := range 40 {
		Narrow(v(n), fenced(t, n))
		Widen(fenced(t, n), v(n))
		WidenAdd(fenced(t, n), v(n))
	}
}
