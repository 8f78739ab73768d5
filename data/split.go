package data

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/words"
)

// Limits of a split.
const (
	minHeld  = 3 // fewer rows say nothing about a forecast
	minTrain = 4 // fewer rows say nothing about dynamics
)

// Split returns the rows to train on and the last fraction heldout of s, rounded to
// whole rows, at least three; 0 holds out nothing. Both share memory with s.
//
// Errors: a fraction outside [0, 1), or fewer than four rows left to train on.
func Split(s Series, heldout float64) (train, held Series, err error) {
	n := s.Len()
	if !(heldout >= 0 && heldout < 1) {
		return train, held, fmt.Errorf("heldout=%g: it is a fraction of the rows, at least 0 and below 1", heldout)
	}
	count := 0
	if heldout > 0 {
		count = max(minHeld, int(math.Round(heldout*float64(n))))
	}
	if n-count < minTrain {
		name := "the recording"
		if s.ID != "" {
			name = fmt.Sprintf("recording %q", s.ID)
		}
		advice := "; take more rows, or a smaller heldout= (0 turns it off)"
		if n < minTrain {
			advice = "; take more rows"
		}
		return train, held, fmt.Errorf("%s has %s: holding out %d leaves %d to train on, and %d are needed%s",
			name, words.Several(n, "row"), count, max(n-count, 0), minTrain, advice)
	}
	return s.Slice(0, n-count), s.Slice(n-count, n), nil
}
