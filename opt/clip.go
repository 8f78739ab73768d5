package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

type clip struct {
	max   float64
	lanes int
}

// Clip scales the update so that its Euclidean norm is at most max.
// Differs from torch.nn.utils.clip_grad_norm_ in that no 1e-6 is added to the
// norm. State: the norm before clipping.
func Clip(max float64) Transform { return ClipLanes(max, 1) }

// ClipLanes is Clip for each lane of a batch on its own: u[i*lanes+l] belongs
// to lane l. State: the norm of each lane before clipping.
func ClipLanes(max float64, lanes int) Transform { return clip{max, lanes} }

func (c clip) StateSize(int) int { return c.lanes }

func (c clip) Apply(u, norm, _ []float64, _ int) {
	if c.lanes == 1 {
		norm[0] = math.Sqrt(kernel.Dot(u, u))
		if norm[0] > c.max {
			kernel.Scale(u, c.max/norm[0], u)
		}
		return
	}
	clear(norm)
	for i := 0; i < len(u); i += c.lanes {
		for l, v := range u[i : i+c.lanes] {
			norm[l] += v * v
		}
	}
	for l, sum := range norm {
		norm[l] = math.Sqrt(sum)
		if norm[l] > c.max {
			scale := c.max / norm[l]
			for i := l; i < len(u); i += c.lanes {
				u[i] *= scale
			}
		}
	}
}
