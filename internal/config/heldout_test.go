package config

import (
	"strings"
	"testing"
)

// heldout= takes a share of last rows, or words for what is held out whole; the last layer
// counts, and what is written reads back the same.
func TestHeldoutTakesWords(t *testing.T) {
	for _, c := range []struct {
		args                      []string
		rows, recordings, windows float64
	}{
		{nil, 0.2, 0, 0},
		{[]string{"heldout=recordings"}, 0, 0.2, 0},
		{[]string{"heldout=recordings:0.3"}, 0, 0.3, 0},
		{[]string{"heldout=windows:0.1"}, 0, 0, 0.1},
		{[]string{"heldout=windows:0.1", "heldout=0.25"}, 0.25, 0, 0},
		{[]string{"heldout=0", "held_recordings=0.4"}, 0, 0.4, 0},
	} {
		got, err := Load("d.csv", nil, c.args, 1)
		if err != nil {
			t.Fatal(err)
		}
		text, err := got.YAML(".")
		if err != nil {
			t.Fatal(err)
		}
		again, err := Load("c.yaml", append([]byte("data: d.csv\n"), text[len("data: []\n"):]...), nil, 1)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, g := range []*Config{got, again} {
			if g.Heldout != c.rows || g.HeldRecordings != c.recordings || g.HeldWindows != c.windows {
				t.Errorf("%v: rows %g, recordings %g, windows %g", c.args, g.Heldout, g.HeldRecordings, g.HeldWindows)
			}
		}
	}
	for text, want := range map[string]int{"folds": 5, "folds:3": 3} {
		c, err := Load("d.csv", nil, []string{"heldout=recordings", "heldout=" + text}, 1)
		if err != nil || c.HeldFolds != want || c.Heldout != 0 || c.HeldRecordings != 0 {
			t.Errorf("heldout=%s: %d folds, %v", text, c.HeldFolds, err)
		}
		if c, err = Load("d.csv", nil, []string{"heldout=" + text, "heldout=0.3"}, 1); err != nil || c.HeldFolds != 0 || c.Heldout != 0.3 {
			t.Errorf("heldout=%s and then 0.3: %d folds, %v", text, c.HeldFolds, err)
		}
	}
	for _, folds := range []string{"x", "", "1", "-2", "2.5"} {
		if _, err := Load("d.csv", nil, []string{"heldout=folds:" + folds}, 1); err == nil || !strings.Contains(err.Error(), "the number of folds is 2 or more") {
			t.Errorf("heldout=folds:%s: %v", folds, err)
		}
	}
	for _, share := range []string{"recordings:x", "recordings:", "windows:-1", "windows:1", "recordings:nan"} {
		_, err := Load("d.csv", nil, []string{"heldout=" + share}, 1)
		if word, _, _ := strings.Cut(share, ":"); err == nil || !strings.Contains(err.Error(), "the share of "+word+" that is held out is a number above 0 and below 1") {
			t.Errorf("heldout=%s: %v", share, err)
		}
	}
	if _, err := Load("d.csv", nil, []string{"heldout=recording"}, 1); err == nil {
		t.Error("a word that is none is taken")
	}
}
