package train

import (
	"context"
	"math"
	"strings"
	"testing"
)

// TestSpreadsThatNothingTellsHaveNoErrors: of few recordings with much noise, errors of spreads and
// correlations are left out where they are as large as what they are of, and that is said.
func TestSpreadsThatNothingTellsHaveNoErrors(t *testing.T) {
	untold := 0
	for _, noise := range []float64{0.6, 2, 4, 8} {
		for _, n := range []int{2, 3, 4} {
			p, _ := linesOfRecordings(t, n, 0.3, noise)
			r, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range r.Parameters {
				spread, correlation := strings.Contains(e.Name, "between recordings"), strings.HasPrefix(e.Name, "correlation")
				if !spread && !correlation {
					continue
				}
				if math.IsNaN(e.SD) {
					untold++
					if e.Note == "" {
						t.Errorf("%d recordings, noise %g: %s has no error and no word why", n, noise, e.Name)
					}
				} else if spread && e.SD > e.Value*1.001 || correlation && e.SD > 1 {
					t.Errorf("%d recordings, noise %g: %s = %g ± %g", n, noise, e.Name, e.Value, e.SD)
				}
			}
		}
	}
	if untold < 4 {
		t.Errorf("only %d of them are not told", untold)
	}
}

// TestALoneRecordingWithValuesOfItsOwnIsTold: it says nothing of others.
func TestALoneRecordingWithValuesOfItsOwnIsTold(t *testing.T) {
	for n, want := range map[int]bool{1: true, 2: false} {
		p, _ := linesOfRecordings(t, n, 0.3, 0.6)
		if got := strings.Contains(strings.Join(p.Parts.Notes, " "), "there is one recording"); got != want {
			t.Errorf("of %d recordings it is said: %q", n, p.Parts.Notes)
		}
	}
}
