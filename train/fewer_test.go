package train

import "testing"

// draws is how often a statistical test repeats: a few times, with the build
// tag slow as often as the number in its name was measured, and under -short,
// where the race detector makes a fit twenty times as long, once.
func draws(few, all uint64) uint64 {
	switch {
	case testing.Short():
		return 1
	case slow:
		return all
	}
	return few
}
