package opt

type decay float64

// Decay adds weight·z to the update. Placed after Adam and before Rate it is
// the decoupled weight decay of AdamW, which multiplies z by 1 − rate·weight
// at every step; placed first it is an ordinary L2 penalty.
// Source: Loshchilov, Hutter, ICLR 2019, algorithm 2 in PyTorch's scaling.
func Decay(weight float64) Transform { return decay(weight) }

func (d decay) StateSize(int) int { return 0 }

func (d decay) Apply(u, _, z []float64, _ int) {
	w := float64(d)
	for i := range u {
		u[i] += w * z[i]
	}
}
