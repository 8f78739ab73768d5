package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// Values that a file has as <0.1 are censored in fits that know likelihoods, which finds the rate
// that a fit to the limit misses; show tells the noise and its limit, of a lone model too.
func TestValuesWrittenBelowALimitAreCensored(t *testing.T) {
	dir := t.TempDir()
	text := "t,conc\n"
	for k := range 25 {
		at := 0.5 * float64(k)
		v := 3*math.Exp(-0.4*at) + 0.02*math.Sin(37*float64(k))
		if v > 0.1 {
			text += fmt.Sprintf("%g,%.5f\n", at, v)
		} else {
			text += fmt.Sprintf("%g,<0.1\n", at)
		}
	}
	rows, run := filepath.Join(dir, "pk.csv"), filepath.Join(dir, "run")
	write(t, rows, text)
	equations := []string{"model=equations", "equations=conc' = -k*conc", "parameters.k.start=1", "parameters.k.min=0"}
	o := must(t, append([]string{"fit", rows, "--out", run}, equations...)...)
	if !strings.Contains(o.err, "censored: {conc: {below: 0.1}}") {
		t.Errorf("not told: %s", o.err)
	}
	for _, path := range []string{run, filepath.Join(run, "model.safetensors")} {
		if got := must(t, "show", path).out; !strings.Contains(got, "noise of conc: constant (sd 0.0") || !strings.Contains(got, "censored at or below 0.1") {
			t.Errorf("show %s: %s", path, got)
		}
	}
	if got := must(t, "show", run, "--json").out; !strings.Contains(got, `"limit": 0.1`) {
		t.Error(got)
	}
	var k float64
	line := o.out[strings.Index(o.out, "k = "):]
	if _, err := fmt.Sscanf(line, "k = %g", &k); err != nil || math.Abs(k-0.4) > 0.01 {
		t.Errorf("%v: %.60s", err, line)
	}
	if o := must(t, "check", rows); !strings.Contains(o.out+o.err, "taken for the limit itself") {
		t.Errorf("by least squares: %s %s", o.out, o.err)
	}
	if o := must(t, "convert", rows, filepath.Join(dir, "pk.tsv")); !strings.Contains(o.err, "censored: {conc: {below: 0.1}}") {
		t.Errorf("converted without a word: %s", o.err)
	}
	if o := must(t, append([]string{"check", rows, "censored.conc.below=0.2"}, equations...)...); strings.Contains(o.out, "taken for") || !strings.Contains(o.out, "censored at or below 0.2") {
		t.Errorf("what the user says counts: %s", o.out)
	}
}
