package num

import "math"

// Torch is the random stream of PyTorch's CPU generator: the 32-bit Mersenne
// Twister and PyTorch's rules for single-precision uniform and normal
// arrays. Published initial weights and noise draws come from it.
//
// Source: Matsumoto, Nishimura, ACM Trans. Model. Comput. Simul. 8 (1998)
// 3–30, MT19937 with the initialisation of its 2002 revision.
type Torch struct {
	state [mtSize]uint32
	next  int // first unread word of state
}

// Parameters of MT19937, from table II of the source.
const (
	mtSize   = 624
	mtShift  = 397
	mtMatrix = 0x9908b0df
	mtUpper  = 0x80000000
	mtLower  = 0x7fffffff
)

// normalBlock is the number of values PyTorch transforms together.
const normalBlock = 16

// NewTorch returns the generator after torch.manual_seed(seed). Only the low
// 32 bits of seed matter, as there.
func NewTorch(seed uint64) *Torch {
	r := &Torch{next: mtSize}
	r.state[0] = uint32(seed)
	for i := 1; i < mtSize; i++ {
		prev := r.state[i-1]
		r.state[i] = 1812433253*(prev^prev>>30) + uint32(i) // multiplier of the 2002 revision
	}
	return r
}

// Uint32 returns the next 32 bits of the stream.
func (r *Torch) Uint32() uint32 {
	if r.next == mtSize {
		r.refill()
	}
	y := r.state[r.next]
	r.next++
	// Tempering, equations (2.2)–(2.5) of the source.
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (r *Torch) refill() {
	s := &r.state
	for i := range s {
		y := s[i]&mtUpper | s[(i+1)%mtSize]&mtLower
		w := s[(i+mtShift)%mtSize] ^ y>>1
		if y&1 != 0 {
			w ^= mtMatrix
		}
		s[i] = w
	}
	r.next = 0
}

// uniform returns the next single-precision number in [0, 1): 24 bits of one word.
func (r *Torch) uniform() float32 {
	return float32(r.Uint32()&(1<<24-1)) * (1.0 / (1 << 24))
}

// Uniform fills dst with single-precision numbers uniform in [lo, hi), one
// word of the stream each, as torch.Tensor.uniform_ does.
func (r *Torch) Uniform(dst []float64, lo, hi float64) {
	from, width := float32(lo), float32(hi)-float32(lo)
	for i := range dst {
		// The conversion forbids a fused multiply-add, which would round once only.
		scaled := float32(r.uniform() * width)
		dst[i] = float64(scaled + from)
	}
}

// Normal fills dst with single-precision standard normal numbers, as
// torch.randn does for arrays of 16 or more; shorter ones take another path
// in PyTorch and panic here.
//
// Each block of 16 uniforms (a: first eight, q: last eight) becomes
// sqrt(-2 ln(1-a)) times cos(2πq) and sin(2πq). A rest shorter than a block
// redraws the last 16 places.
func (r *Torch) Normal(dst []float64) {
	n := len(dst)
	if n < normalBlock {
		panic("num: Torch.Normal needs at least 16 places")
	}
	for i := range dst {
		dst[i] = float64(r.uniform())
	}
	for i := 0; i+normalBlock <= n; i += normalBlock {
		boxMuller(dst[i : i+normalBlock])
	}
	if n%normalBlock != 0 {
		tail := dst[n-normalBlock:]
		for i := range tail {
			tail[i] = float64(r.uniform())
		}
		boxMuller(tail)
	}
}

// boxMuller turns 16 uniforms into 16 normals, rounded to single precision.
func boxMuller(v []float64) {
	const half = normalBlock / 2
	for j := range half {
		radius := math.Sqrt(-2 * math.Log(1-v[j]))
		sin, cos := math.Sincos(2 * math.Pi * v[j+half])
		v[j] = float64(float32(radius * cos))
		v[j+half] = float64(float32(radius * sin))
	}
}
