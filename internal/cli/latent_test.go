package cli

import (
	"strings"
	"testing"
)

// A film is learnt by few components of its pixels, shown, and forecast in pixels, from the first
// frames of recordings that the model has not seen; what cannot be done is said.
func TestFilmIsForecastInPixels(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "film.csv", must(t, "simulate", "spring-mass-frames", "recordings=6", "rows=14").out)
	write(t, "other.csv", must(t, "simulate", "spring-mass-frames", "recordings=2", "rows=5", "--seed", "4").out)
	write(t, "short.csv", must(t, "simulate", "spring-mass-frames", "recordings=1", "rows=3").out)
	must(t, "fit", "film.csv", "components=5", "model=latent", "latent=1", "window=4", "reader=6", "decoder=6", "hidden=6", "length=5", "heldout=recordings:0.3", "budget=4", "rtol=1e-3", "atol=1e-3", "--out", "run")
	if c := read(t, "run/config.yaml"); !strings.Contains(c, "components: 5") || !strings.Contains(c, "name: truncated") || strings.Contains(c, "p3_4") {
		t.Errorf("config.yaml:\n%s", c)
	}
	if s := must(t, "show", "run"); !strings.Contains(s.out, "5 principal components of 1024 columns (p0_0, p0_1") || !strings.Contains(s.out, "1 latent positions with their velocities") {
		t.Errorf("show says\n%s", s.out)
	}
	f := must(t, "forecast", "run", "--from", "other.csv", "--horizon", "0.3", "--step", "0.1")
	lines := strings.Split(strings.TrimSpace(f.out), "\n")
	if len(lines) != 7 || strings.Count(lines[0], ",p") != 1024 || !strings.Contains(lines[0], ",p31_31") || strings.Count(lines[6], ",") != strings.Count(lines[0], ",") {
		t.Errorf("%d lines, the first %.100s", len(lines), f.out)
	}
	page := read(t, "run/report.html")
	if strings.Contains(page, "p0_31") {
		t.Error("the report shows pixels one by one")
	}
	if strings.Count(page, "data:image/png;base64,") != 2 || !strings.Contains(page, "the worst of 2") || !strings.Contains(page, "zeros (a blank frame)") {
		t.Error("the report shows no frames of the median and the worst recording, or no scores beside them")
	}
	if table := read(t, "run/heldout-columns.csv"); !strings.HasPrefix(table, "recording,t,mse,components_mse,mean_mse,last_mse,zero_mse,latent1,latent2\n") || strings.Count(table, "\n") != 1+2*10 {
		t.Errorf("heldout-columns.csv is\n%s", table)
	}
	before := read(t, "run/result.json")
	must(t, "report", "run")
	if again := read(t, "run/report.html"); strings.Count(again, "data:image/png;base64,") != 2 || !strings.Contains(before, "\"zero_mse\"") {
		t.Error("a report that is made again shows no frames")
	}
	for want, args := range map[string][]string{
		"3 rows, but the encoder sees 4":        {"forecast", "run", "--from", "short.csv", "--horizon", "0.3"},
		"components are fewer":                  {"fit", "film.csv", "components=250", "states=p0_0,p0_1", "model=latent", "heldout=recordings:0.3"},
		"components=2, embed=3:5":               {"fit", "film.csv", "components=2", "embed=3:5", "states=p0_0"},
		"recordings=0: it is a number":          {"simulate", "spring-mass-frames", "recordings=0"},
		"rows=x: it is a whole number":          {"simulate", "spring-mass-frames", "rows=x"},
		"has frames 0.1 apart, without noise":   {"simulate", "two-body-frames", "--noise", "3"},
		"method=lm looks for starts, but an en": {"fit", "film.csv", "components=5", "model=latent", "window=4", "method=lm"},
	} {
		if o := entrain(args...); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
}
