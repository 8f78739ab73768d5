package cli

import (
	"strings"
	"testing"
)

// TestUnusableModelsAreFollowedWithAWarning: whoever forecasts, follows or simulates by a model that its
// fit called unusable is told so each time; of others nothing is said.
func TestUnusableModelsAreFollowedWithAWarning(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "one")
	follow := [][]string{{"forecast", "one"}, {"simulate", "one"}, {"filter", "one", "--from", "lynx-hare.csv"}}
	for _, args := range follow {
		if o := entrain(args...); strings.Contains(o.err, "no usable model") {
			t.Errorf("%v: %s", args, o.err)
		}
	}
	text := read(t, "one/result.json")
	before, after, ok := strings.Cut(text, `"verdicts": [`)
	if !ok {
		t.Fatal("no verdicts")
	}
	sep := ","
	if strings.HasPrefix(strings.TrimSpace(after), "]") {
		sep = ""
	}
	write(t, "one/result.json", before+`"verdicts": [{"code": "no-usable-model", "text": "there is no usable model: it is off"}`+sep+after)
	for _, args := range follow {
		if o := entrain(args...); !strings.Contains(o.err, "warning: one: there is no usable model: it is off") {
			t.Errorf("%v: %s", args, o.err)
		}
	}
}
