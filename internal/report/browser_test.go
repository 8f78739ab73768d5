package report

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowserDrawsEveryChart runs the script of the page: ENTRAIN_CHROMIUM
// names the browser, without it there is nothing to run.
func TestBrowserDrawsEveryChart(t *testing.T) {
	chromium := os.Getenv("ENTRAIN_CHROMIUM")
	if chromium == "" {
		t.Skip("ENTRAIN_CHROMIUM is not set")
	}
	pages := map[string]string{"study": studyPage(t, studyDemo()), "analysis": analysisPage(t, analysisDemo())}
	for name, d := range demos() {
		pages[name] = render(t, d)
	}
	for name, page := range pages {
		dir := t.TempDir()
		path := filepath.Join(dir, name+".html")
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+path).Output()
		if err != nil {
			t.Fatal(err)
		}
		dom := string(out)
		hidden := max(0, strings.Count(page, `id="portrait`)-1) + strings.Count(page, `id="case0picture1"`)*2 // drawn when chosen
		drawn, want := strings.Count(dom, `<svg viewBox="0 0 `)-strings.Count(dom, `viewBox="0 0 64 24"`), len(chartsOf(t, page))-hidden
		if drawn != want {
			t.Errorf("%s: %d charts drawn, want %d", name, drawn, want)
		}
		if saves, figures := strings.Count(dom, `class="save"`), strings.Count(page, `data-chart=`); saves != figures {
			t.Errorf("%s: %d of %d charts can be saved", name, saves, figures)
		}
		body := dom[:strings.Index(dom, `<script`)]
		for _, bad := range []string{"NaN", "undefined", "Infinity"} {
			if i := strings.Index(body, bad); i >= 0 {
				t.Errorf("%s: the drawing says %s", name, fmt.Sprintf("%.80s", body[max(0, i-40):]))
			}
		}
	}
}
