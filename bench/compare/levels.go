package main

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/internal/bench"
)

// levels is our own profile, as entrain bench prints it; G9 has a section of
// its own.
func levels(m bench.Meter) (string, error) {
	cases, err := bench.Select(nil)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	m.Peak = bench.Peak(m)
	peak := "is not measured in this build"
	if m.Peak > 0 {
		peak = fmt.Sprintf("%.3g GFLOP/s", m.Peak)
	}
	fmt.Fprintf(&b, "\n## Entrain level by level\n\nAs `entrain bench --quick` measures. Multiply-adds alone on one core: %s.\n\n", peak)
	b.WriteString("| name | lanes | time | median | a lane | allocations | GFLOP/s | of peak | |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, c := range cases {
		if strings.HasPrefix(c.Name, "G9/") {
			continue
		}
		r, err := m.Measure(c)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.Name, err)
		}
		rate, share := "", ""
		if r.Flops > 0 {
			rate = fmt.Sprintf("%.3g", r.Flops/r.NS)
		}
		if r.PeakPercent != nil {
			share = fmt.Sprintf("%.0f %%", *r.PeakPercent)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %.4g | %s | %s | %s |\n", r.Name, r.Lanes, bench.Clock(r.NS), bench.Clock(r.Median),
			bench.Clock(r.NS/float64(r.Lanes)), r.Allocs, rate, share, r.Note)
	}
	return b.String(), nil
}
