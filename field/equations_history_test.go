package field

import (
	"strings"
	"testing"
)

// What is wrong with a history or a delay is said of it, not of the trajectory.
func TestHistoriesAndDelaysThatAreNoneAreTold(t *testing.T) {
	zero := 0.0
	for history, want := range map[string]string{"log(-k)": "history: x: log(-k) is no number before the start", "1/(k - 1)": "is no number before the start", "exp(t)": "", "k": ""} {
		e := &Equations{Text: "x' = -k*x(t - tau)", History: map[string]string{"x": history}, Parameters: map[string]Unknown{"k": {Start: 1}, "tau": {Start: 0.5, Min: &zero}}}
		_, err := e.Build(Unscaled([]string{"x"}, nil))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", history, err, want)
		}
	}
	e := &Equations{Text: "x' = -k*x(t - tau)", Parameters: map[string]Unknown{"k": {Start: 1}, "tau": {Start: 0.5, Min: &zero, PerRecording: true}}}
	if _, err := e.Build(Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), "leave per_recording: true out of tau") {
		t.Errorf("a delay of recordings: %v", err)
	}
}

func TestBlocksOfOneParameterAreRefused(t *testing.T) {
	for want, all := range map[string]map[string]Unknown{
		"no other parameter is in this block": {"a": {Start: 1, PerRecording: true, Correlated: "p"}, "b": {Start: 1, PerRecording: true}},
		"add per_recording: true":             {"a": {Start: 1, PerRecording: true, Correlated: "p"}, "b": {Start: 1, Correlated: "p"}},
	} {
		e := &Equations{Text: "x' = a + b", Parameters: all}
		if _, err := e.Build(Unscaled([]string{"x"}, nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
