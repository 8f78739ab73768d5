package kernel

import "math"

// Exponentials by table: x = (64k+j) log(2)/64 + r with |r| < 0.0055, exp(x) = 2^k 2^(j/64) exp(r), and
// exp(r) - 1 by its Taylor polynomial of degree 5 (next term 4e-17). The same lines stand in every loop that
// needs an exponential, because a call for each value would cost as much as the arithmetic.
//
// Source: Tang, ACM Transactions on Mathematical Software 15 (1989) 144–157.
const (
	perLog2  = 0x1.71547652b82fep+6  // 64/log(2)
	log2Head = 0x1.62e42fep-7        // log(2)/64, 29 bits: its product with an integer below 2^24 is exact
	log2Tail = 0x1.f473de6af278fp-36 // log(2)/64 - log2Head
	toInt    = 0x1.8p52              // adding and subtracting it rounds to an integer, left in the low bits
	expLimit = 708                   // exp(±708) is a normal number
	taylor3  = 1. / 6
	taylor4  = 1. / 24
	taylor5  = 1. / 120
	taylor6  = 1. / 720
)

// expGo sets dst = exp(src).
func expGo(dst, src []float64) {
	src = src[:len(dst)]
	for i, x := range src {
		n := x*perLog2 + toInt
		b := math.Float64bits(n)
		n -= toInt
		r := (x - n*log2Head) - n*log2Tail
		t := &expTable[b&63]
		s := math.Float64frombits(math.Float64bits(t.hi) + b>>6<<52)
		rr := r * r
		p := r + rr*((0.5+r*taylor3)+rr*(taylor4+r*taylor5))
		if !(math.Abs(x) <= expLimit) {
			dst[i] = math.Exp(x)
			continue
		}
		dst[i] = s + s*(t.lo+p)
	}
}
