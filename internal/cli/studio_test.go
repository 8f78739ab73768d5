package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/internal/serve"
)

// TestBrowserShowsTheStudio opens the views of the studio: ENTRAIN_CHROMIUM names the
// browser, without it there is nothing to run.
func TestBrowserShowsTheStudio(t *testing.T) {
	chromium := os.Getenv("ENTRAIN_CHROMIUM")
	if chromium == "" {
		t.Skip("ENTRAIN_CHROMIUM is not set")
	}
	workplace(t)
	must(t, "fit", "lotka-volterra.yaml", "--out", "runs/one", "method=lm")
	fitQuick(t, "lotka-volterra.csv", "--out", "runs/two")
	v := serving(t, serve.Options{})
	for view, want := range map[string]struct {
		charts int
		words  string
	}{
		"#/": {0, "#/run/one"}, "#/new": {0, "Drop a file"}, "#/run/one": {0, "eaten"}, "#/run/one/portrait": {1, `class="arrow"`}, "#/run/one/sliders": {2, "answered in"},
		"#/run/one/forecast": {2, `class="band`}, "#/run/two/report": {0, "<iframe"}, "#/compare/one,two": {2, "Side by side"}, "#/run/none": {0, "there is no run"},
	} {
		profile := filepath.Join(t.TempDir(), "profile")
		out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			"--disable-sync", "--user-data-dir="+profile, "--virtual-time-budget=6000", "--dump-dom", v.at+"/?token="+serveToken+view).Output()
		if err != nil {
			t.Fatal(err)
		}
		dom := string(out)
		if n := strings.Count(dom, "<svg"); n != want.charts || !strings.Contains(dom, want.words) {
			t.Errorf("%s: %d charts, want %d, and %q\n%.3000s", view, n, want.charts, want.words, dom)
		}
		for _, bad := range []string{"NaN", "undefined", "[object", "Infinity"} {
			if i := strings.Index(dom, bad); i >= 0 {
				t.Errorf("%s: it says %s: %.80s", view, bad, dom[max(0, i-40):])
			}
		}
	}
}

// The page is small, and asks for nothing from elsewhere.
func TestStudioComesFromHereAlone(t *testing.T) {
	files, err := filepath.Glob("../serve/web/*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	size := 0
	for _, path := range files {
		text := strings.ReplaceAll(read(t, path), "http://www.w3.org/2000/svg", "")
		size += len(text)
		for _, bad := range []string{"http:", "https:", "//cdn", "eval(", "innerHTML", "style=\"", "onclick=\""} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
	if size > 300_000 {
		t.Errorf("the page has %d bytes", size)
	}
}
