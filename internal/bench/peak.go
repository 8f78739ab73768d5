package bench

import (
	"slices"
	"time"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Peak measures the floating-point operations one core does in a nanosecond
// with multiply-adds alone. It is 0 where the kernels have no loop for that: one
// written in Go would not show what the machine can do.
func Peak(m Meter) float64 {
	if kernel.Peak(1) == 0 {
		return 0
	}
	best := 0.0
	const rounds = 100_000
	for begin := time.Now(); time.Since(begin) < m.Total; {
		start := time.Now()
		flops := kernel.Peak(rounds)
		best = max(best, float64(flops)/float64(time.Since(start).Nanoseconds()))
	}
	return best
}

func sorted(v []float64) []float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s
}
