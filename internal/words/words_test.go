package words

import (
	"math"
	"testing"
)

func TestNumbersAndNamesReadAsPeopleWriteThem(t *testing.T) {
	for got, want := range map[string]string{
		Short(1234567): "1.235e+06", Short(math.NaN()): "–", Short(math.Inf(-1)): "–", Short(0.25): "0.25",
		Several(1, "row"): "1 row", Several(0, "row"): "0 rows", Grouped(1234567): "1 234 567", Grouped(999): "999", Grouped(1000): "1 000",
		Quoted("a.csv"): "a.csv", Quoted(""): "''", Quoted("it's"): `'it'\''s'`, Sentence("to be"): "To be",
		Unit("m") + Unit(""): " m", Recording("a") + Recording(""): " of recording a",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A command with several lines in it is one line that a shell understands.
func TestQuotedWordsAreOneLine(t *testing.T) {
	for arg, want := range map[string]string{"equations=x' = a\n\ty\\z \"q\"": `$'equations=x\' = a\n\ty\\z "q"'`, "a b": "'a b'", "plain": "plain"} {
		if got := Quoted(arg); got != want {
			t.Errorf("%q: %s, want %s", arg, got, want)
		}
	}
}
