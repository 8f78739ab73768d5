package report

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
)

// datedDemo has rows a number of days apart from an instant on.
func datedDemo(epoch time.Time, days float64, n int) *Data {
	s := &data.Series{Names: []string{"x"}, Units: []string{""}, Time: "when", TUnit: "d", Epoch: epoch}
	for k := range n {
		s.T, s.X = append(s.T, days*float64(k)), append(s.X, float64(k%7))
	}
	return &Data{Title: "dated.csv", Recordings: []Recording{{Series: s, Fit: Trajectory{T: s.T, X: s.X}}}}
}

// TestDatedRowsHaveDatesOnTheirAxis, as coarse as rows are apart, on the clock of the file.
func TestDatedRowsHaveDatesOnTheirAxis(t *testing.T) {
	east := time.FixedZone("", 2*3600)
	for _, c := range []struct {
		epoch time.Time
		t     []float64
		by    string
		want  string // the last row
	}{
		{time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC), []float64{0, 31, 59}, "month", "Mar 1949"},
		{time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC), []float64{0, 365, 730}, "year", "1951"},
		{time.Date(2024, 2, 28, 0, 0, 0, 0, east), []float64{0, 1, 2}, "day", "1 Mar 2024"},
		{time.Date(2024, 2, 28, 23, 0, 0, 0, east), []float64{0, 0.25}, "minute", "29 Feb 2024 05:00"},
		{time.Date(2024, 2, 28, 0, 0, 1, 0, east), []float64{0, 1}, "second", "29 Feb 2024 00:00:01"},
	} {
		s := &data.Series{Time: "when", TUnit: "d", Epoch: c.epoch, T: c.t}
		a := timeAxis(s, span{0, 1})
		if a.Date == nil || a.Date.By != c.by || a.Date.Unit != 864e5 || a.Unit != "" {
			t.Fatalf("%v: axis %+v, calendar %+v", c.epoch, a, a.Date)
		}
		_, zone := c.epoch.Zone()
		if got := int64(a.Date.Epoch) - c.epoch.UnixMilli(); got != int64(zone)*1000 {
			t.Errorf("the clock of the axis is %d ms off UTC", got)
		}
		if got := timeWords(s, c.t[len(c.t)-1]); got != c.want {
			t.Errorf("the last row is at %q, want %q", got, c.want)
		}
	}
	if a := timeAxis(&data.Series{Time: "t", TUnit: "s", T: []float64{0}}, span{0, 1}); a.Date != nil || a.Unit != "s" {
		t.Errorf("rows without dates have the axis %+v", a)
	}
}

var tickTexts = regexp.MustCompile(`<text [^>]*text-anchor="middle"[^>]*>([^<]*)</text>`)

// TestBrowserTicksStandAtTheCalendar and charts are zoomed by dragging: ENTRAIN_CHROMIUM names the browser.
func TestBrowserTicksStandAtTheCalendar(t *testing.T) {
	chromium := os.Getenv("ENTRAIN_CHROMIUM")
	if chromium == "" {
		t.Skip("ENTRAIN_CHROMIUM is not set")
	}
	const drag = `<script>
const box = document.querySelector('.plot');
function point(type, x) {
  const r = box.querySelector('svg').getBoundingClientRect();
  box.dispatchEvent(new PointerEvent(type, { clientX: r.left + x * r.width, clientY: r.top + 60, pointerType: 'mouse', button: 0, bubbles: true }));
}
for (const [type, x] of [['pointerdown', 0.5], ['pointermove', 0.52], ['pointermove', 0.56], ['pointerup', 0.56]]) point(type, x);
</script>`
	start := time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		days  float64
		n     int
		zoom  bool
		ticks []string // some of them
	}{
		{"years", 30.436875, 144, false, []string{"1950", "1958"}},
		{"months", 1, 400, false, []string{"Jan 1950"}},
		{"hours", 1.0 / 24, 60, false, []string{"2 Jan", "06:00"}},
		{"zoomed", 30.436875, 144, true, []string{"Jan 1955", "Feb"}},
	} {
		d := datedDemo(start, c.days, c.n)
		page := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(render(t, d), "")
		if c.zoom {
			page = strings.Replace(page, "</body>", drag+"</body>", 1)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "page.html")
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1100,900",
			"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+path).Output()
		if err != nil {
			t.Fatal(err)
		}
		dom := string(out)
		dom = dom[:strings.Index(dom, `<script type="application/json"`)]
		var got []string
		for _, m := range tickTexts.FindAllStringSubmatch(dom, -1) {
			got = append(got, m[1])
		}
		for _, want := range c.ticks {
			if !slices.Contains(got, want) {
				t.Errorf("%s: ticks %s, without %q", c.name, fmt.Sprint(got), want)
			}
		}
	}
}
