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

// unhurried leaves a test out under -short, which is what the race detector runs:
// it is about numbers, and what it does at the same time shorter tests do too.
func unhurried(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes its time for a number")
	}
}
