package study

import "testing"

func TestHeldOutPartsHaveTheirName(t *testing.T) {
	for want, h := range map[string]HeldOut{
		"held-out rows (9), forecast from the last training row":          {Rows: 9},
		"held-out recordings (2, 9 rows), forecast from their first rows": {Rows: 9, Whole: 2},
		"held-out windows (2, 9 rows), forecast from their first rows":    {Rows: 9, Whole: 2, Cut: true},
	} {
		if got := h.Words(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
