package bench

import (
	"slices"
	"time"
)

// fma runs rounds of independent multiply-adds from registers and returns how
// many floating-point operations those were; 0 where there is no such loop.
// A loop written in Go is no measure of what the machine can do.
var fma = func(rounds int) (flops int) { return 0 }

// Peak measures the floating-point operations one core does in a nanosecond
// with multiply-adds alone; 0 if that cannot be measured in this build.
func Peak(m Meter) float64 {
	if fma(1) == 0 {
		return 0
	}
	best := 0.0
	const rounds = 100_000
	for begin := time.Now(); time.Since(begin) < m.Total; {
		start := time.Now()
		flops := fma(rounds)
		best = max(best, float64(flops)/float64(time.Since(start).Nanoseconds()))
	}
	return best
}

func sorted(v []float64) []float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s
}
