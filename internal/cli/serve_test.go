package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/internal/serve"
	"github.com/entrain-dev/entrain/study"
)

const serveToken = "a-token-of-the-tests"

// served is a server of runs/ in the current folder.
type served struct {
	t     *testing.T
	at    string // address, without a slash at its end
	stop  func()
	spec  *openAPI
	token string
}

func serving(t *testing.T, o serve.Options) *served {
	t.Helper()
	t.Setenv("ENTRAIN_TEST_PROGRAM", "yes")
	o.Dir, o.Token, o.Version = "runs", serveToken, "test"
	if o.Program == nil {
		o.Program = []string{os.Args[0]}
	}
	s, err := serve.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	v := &served{t: t, at: "http://" + l.Addr().String(), stop: stop, token: serveToken}
	v.spec = newOpenAPI(t, v)
	return v
}

// ask makes a request and returns status and body.
func (v *served) ask(method, path string, body any) (int, []byte) {
	v.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			v.t.Fatal(err)
		}
		r = bytes.NewReader(text)
	}
	q, err := http.NewRequest(method, v.at+path, r)
	if err != nil {
		v.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+v.token)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return a.StatusCode, text
}

// get asks, holds the answer to the description, and decodes it.
func (v *served) get(method, path string, body, to any) {
	v.t.Helper()
	status, text := v.ask(method, path, body)
	v.spec.check(method, path, status, text)
	if status >= 300 {
		v.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if err := json.Unmarshal(text, to); err != nil {
		v.t.Fatal(err)
	}
}

// refused asks for what must be refused, with a sentence that gives nothing away.
func (v *served) refused(method, path string, body any, want int, say string) {
	v.t.Helper()
	status, text := v.ask(method, path, body)
	here, _ := os.Getwd()
	if status != want || !strings.Contains(string(text), say) || strings.Contains(string(text), here) || strings.Contains(string(text), "goroutine") || len(text) > 2000 {
		v.t.Errorf("%s %s: %d, want %d: %.500s", method, path, status, want, text)
	}
	if strings.HasPrefix(path, "/api/") && v.spec.operation(method, path) != nil {
		v.spec.check(method, path, status, text)
	}
}

// event is one server-sent event.
type event struct{ name, data string }

// follow reads the events of a run until the end.
func (v *served) follow(run string) []event {
	v.t.Helper()
	q, _ := http.NewRequest("GET", v.at+"/api/v1/runs/"+run+"/events", nil)
	q.Header.Set("Authorization", "Bearer "+v.token)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	var all []event
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			all = append(all, event{name: name})
		} else if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			all[len(all)-1].data = data
		}
	}
	return all
}

func TestServerFitsFollowsAndForecasts(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{})
	var c struct {
		Data   string
		OK     bool
		States []string
		Rows   int
	}
	v.get("POST", "/api/v1/check", read(t, "lynx-hare.csv"), &c)
	if !c.OK || c.Rows != 21 || len(c.States) != 2 {
		t.Fatalf("%+v", c)
	}
	var begun struct{ Run string }
	v.get("POST", "/api/v1/runs", map[string]any{"data": c.Data, "settings": map[string]string{"model": "equations", "method": "lm",
		"equations":  "hare' = hare*(birth - eaten*lynx)\nlynx' = lynx*(fed*hare - death)",
		"parameters": "{birth: {start: 0.5, min: 0}, eaten: {start: 0.03, min: 0}, fed: {start: 0.03, min: 0}, death: {start: 0.8, min: 0}}"}}, &begun)
	v.refused("POST", "/api/v1/runs", map[string]any{"data": c.Data}, 429, "fits are under way")
	events := v.follow(begun.Run)
	seen := map[string]int{}
	for _, e := range events {
		seen[e.name]++
	}
	last := events[len(events)-1]
	if seen["metrics"] == 0 || last.name != "end" || !strings.Contains(last.data, `"status":"ok"`) {
		t.Fatalf("%v %s\n%s", seen, last.data, events[0].data)
	}
	if again := v.follow(begun.Run); again[len(again)-1].name != "end" { // a second browser, later
		t.Error("a finished run is not told")
	}
	var runs struct {
		Runs []struct{ Run, Status string }
	}
	v.get("GET", "/api/v1/runs", nil, &runs)
	if len(runs.Runs) != 1 || runs.Runs[0].Run != begun.Run || runs.Runs[0].Status != "ok" {
		t.Errorf("%+v", runs)
	}
	at := "/api/v1/runs/" + begun.Run
	var res study.Result
	v.get("GET", at, nil, &res)
	var m struct {
		Parameters []struct {
			Name  string
			Value float64
		}
		Recordings []struct{ From, To float64 }
	}
	v.get("GET", at+"/model", nil, &m)
	if len(m.Parameters) != 4 || len(m.Recordings) != 1 {
		t.Fatalf("%+v", m)
	}
	type rows struct {
		T      []float64
		States map[string][]*float64
		Lo     map[string][]*float64
	}
	var f rows
	v.get("POST", at+"/forecast", map[string]any{"horizon": 5, "count": 10}, &f)
	want := must(t, "forecast", filepath.Join("runs", begun.Run), "--horizon", "5", "--step", "0.5", "--json")
	var told []rows
	if err := json.Unmarshal([]byte(want.out), &told); err != nil {
		t.Fatal(err)
	}
	if len(f.T) != 10 || len(f.Lo) != 2 || *f.States["hare"][9] != *told[0].States["hare"][9] {
		t.Errorf("the server says %v, the command line %v", *f.States["hare"][9], *told[0].States["hare"][9])
	}
	times := map[string]any{"from": 0, "to": 10, "count": 50}
	var same, moved rows
	v.get("POST", at+"/simulate", map[string]any{"times": times, "start": []float64{30, 4}, "parameters": map[string]float64{"birth": m.Parameters[0].Value}}, &same)
	v.get("POST", at+"/simulate", map[string]any{"times": times, "start": []float64{30, 4}, "parameters": map[string]float64{"birth": 0.1}}, &moved)
	if len(same.T) != 50 || *same.States["hare"][0] != 30 || *same.States["hare"][10] <= *moved.States["hare"][10] {
		t.Errorf("fewer births, not fewer hares: %v, %v", *same.States["hare"][10], *moved.States["hare"][10])
	}
	v.filters(at, begun.Run)
	var a struct{ X, DX []float64 }
	v.get("POST", at+"/field", map[string]any{"x": "hare", "y": "lynx", "x_range": []float64{1, 100}, "y_range": []float64{1, 60}, "side": 8}, &a)
	if len(a.X) != 8 || len(a.DX) != 64 || a.DX[7] <= 0 || a.DX[63] >= 0 { // few lynx: hares multiply; many: they do not
		t.Errorf("%v", a.DX)
	}
	for _, name := range []string{"report.html", "forecast.csv", "config.yaml", "metrics.jsonl", "result.json", "model.safetensors"} {
		if status, text := v.ask("GET", at+"/files/"+name, nil); status != 200 || len(text) == 0 {
			t.Errorf("%s: %d", name, status)
		}
	}
	v.get("GET", "/api/v1/version", nil, &struct{}{})
	v.get("GET", "/api/v1/models", nil, &struct{}{})
	for _, bad := range []struct{ path, body, say string }{
		{"/forecast", `{"horizon": -1}`, "above 0"}, {"/forecast", `{"horizn": 1}`, "unknown field"}, {"/forecast", `{"horizon": 1e308}`, "too far"},
		{"/forecast", `{"horizon": 1e309}`, "horizon: 1e309 is too large"}, {"/forecast", `{"horizon": "5"}`, "horizon has to be a number, not text"}, {"/forecast", `{"count": 2.5}`, "count has to be a whole number, not 2.5"},
		{"/forecast", `[]`, "the request has to be an object, not a list"}, {"/simulate", `{"start": {}}`, "start has to be a list, not an object"},
		{"/forecast", `{"times": {"from": 0, "to": 1e9, "count": 100000000}}`, "too many"}, {"/forecast", `{`, "no JSON"}, {"/forecast", `{}{}`, "more than one"},
		{"/simulate", `{"times": {"from": 0, "to": 1, "count": 2}, "parameters": {"birht": 1}}`, "no parameter"}, {"/simulate", `{"times": {"from": 0, "to": 1, "count": 2}, "parameters": {"birth": -1}}`, "bounds"},
		{"/simulate", `{"times": {"from": 0, "to": 1, "count": 2}, "start": [1]}`, "start has 1"}, {"/simulate", `{"times": {"from": 0, "to": 1, "count": 2}, "inputs": {"t": [], "values": {}}}`, "no inputs"},
		{"/field", `{"x": "hare", "y": "hare", "x_range": [0, 1], "y_range": [0, 1], "side": 3}`, "two of the states"},
		{"/field", `{"x": "hare", "y": "lynx", "x_range": [0, 1], "y_range": [0, 1], "side": 3000}`, "side is"},
	} {
		v.refused("POST", at+bad.path, bad.body, 400, bad.say)
	}
}

// A fit is saved when the server goes, and goes on from there on the command line.
func TestFitsAreSavedWhenTheServerGoes(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{})
	var c struct{ Data string }
	v.get("POST", "/api/v1/check", read(t, "lynx-hare.csv"), &c)
	var begun struct{ Run string }
	v.get("POST", "/api/v1/runs", map[string]any{"data": c.Data, "settings": map[string]string{"model": "mlp", "hidden": "4", "method": "vanilla", "budget": "50000000"}}, &begun)
	dir := filepath.Join("runs", begun.Run)
	for range 600 {
		if exists(filepath.Join(dir, study.MetricsFile)) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	v.refused("DELETE", "/api/v1/runs/999/fit", nil, 404, "no fit")
	v.stop()
	if !exists(filepath.Join(dir, study.CheckpointFile)) {
		t.Fatalf("nothing is saved: %s", listing(t, dir))
	}
	if o := entrain("fit", "--resume", dir, "limit=1s"); o.code != 0 && !strings.Contains(o.err, "going on") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// Whoever knows no token, or is sent by another page, comes nowhere.
func TestStrangersAreKeptOut(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{})
	jump := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method, path string, change func(*http.Request)) *http.Response {
		t.Helper()
		q, err := http.NewRequest(method, v.at+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(q)
		}
		a, err := jump.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a
	}
	port := v.at[strings.LastIndexByte(v.at, ':')+1:]
	for _, path := range []string{"/", "/studio/app.js", "/api/v1/runs", "/api/v1/openapi.json", "/?token=", "/?token=wrong", "/api/v1/runs?token=" + serveToken} {
		if a := ask("GET", path, nil); a.StatusCode != 401 || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d without a token", path, a.StatusCode)
		}
	}
	in := ask("GET", "/?token="+serveToken, nil)
	cookie := in.Header.Get("Set-Cookie")
	if in.StatusCode != 303 || in.Header.Get("Location") != "/" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") || !strings.Contains(cookie, "entrain-"+port) {
		t.Fatalf("%d %v", in.StatusCode, in.Header)
	}
	known := func(q *http.Request) { q.Header.Set("Cookie", strings.Split(cookie, ";")[0]) }
	a := ask("GET", "/", known)
	if a.StatusCode != 200 || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	cross := func(q *http.Request) { known(q); q.Header.Set("Sec-Fetch-Site", "cross-site") }
	origin := func(q *http.Request) { known(q); q.Header.Set("Origin", "https://elsewhere.example") }
	for name, change := range map[string]func(*http.Request){"cross-site": cross, "origin": origin} {
		for _, q := range [][2]string{{"POST", "/api/v1/runs"}, {"DELETE", "/api/v1/runs/001/fit"}, {"POST", "/api/v1/check"}} {
			if a := ask(q[0], q[1], change); a.StatusCode != 403 {
				t.Errorf("%s %s %s: %d", name, q[0], q[1], a.StatusCode)
			}
		}
	}
	if a := ask("GET", "/api/v1/runs", func(q *http.Request) { known(q); q.Host = "elsewhere.example" }); a.StatusCode != 403 {
		t.Errorf("under another name: %d", a.StatusCode)
	}
}

// What leads out of the folder, or to what is not of a run, is not there.
func TestPathsStayInTheFolderOfRuns(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "runs/one")
	write(t, "secret.txt", "secret")
	if err := os.Symlink(filepath.Join("..", "..", "secret.txt"), "runs/one/"+"forecast.csv.link"); err != nil {
		t.Skip(err)
	}
	os.Remove("runs/one/forecast.csv")
	os.Symlink(filepath.Join("..", "..", "secret.txt"), "runs/one/forecast.csv")
	os.Symlink("..", "runs/up")
	v := serving(t, serve.Options{})
	for _, path := range []string{"/runs/one/files/forecast.csv", "/runs/one/files/secret.txt", "/runs/one/files/..%2f..%2fsecret.txt", "/runs/..%2f/files/secret.txt",
		"/runs/up/files/result.json", "/runs/%2e%2e/model", "/runs/one%00/model", "/runs/uploads/model", "/runs/.hidden/model", "/runs/none/events", "/runs/" + strings.Repeat("a", 4000) + "/model"} {
		status, text := v.ask("GET", "/api/v1"+path, nil)
		if status < 300 || status >= 500 || strings.Contains(string(text), "secret") && !strings.Contains(path, "secret") || strings.TrimSpace(string(text)) == "secret" {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, settings := range []map[string]string{{"data": "secret.txt"}, {"memory": "1TB"}, {"limit": "9h"}, {"--out": "x"}, {"a b": "c"}, {"solver.threads": "900"}, {"model": "mpl"}} {
		v.refused("POST", "/api/v1/runs", map[string]any{"data": "../../secret.txt", "settings": settings}, 400, "")
		var c struct{ Data string }
		v.get("POST", "/api/v1/check", "t,x\n0,1\n1,2\n2,3\n3,5\n4,8\n5,9\n", &c)
		v.refused("POST", "/api/v1/runs", map[string]any{"data": c.Data, "settings": settings}, 400, "")
	}
	if got := listing(t, "runs"); strings.Contains(got, "001") {
		t.Errorf("a run was begun: %s", got)
	}
}

// Settings may be written as JSON has them, and what is of another kind is told by its key.
func TestServerTakesSettingsAsJSONHasThem(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{})
	var c struct{ Data string }
	v.get("POST", "/api/v1/check", read(t, "lynx-hare.csv"), &c)
	begin := func(settings string) string { return fmt.Sprintf(`{"data": %q, "settings": %s}`, c.Data, settings) }
	for _, bad := range []struct{ settings, say string }{
		{`{"budget": null}`, "budget has to be text or a number"}, {`{"hidden": [32, 32]}`, "hidden has to be text or a number"}, {`"budget"`, "settings has to be an object, not text"},
		{`{"budget": true}`, "budget"}, {`{"model": 3}`, "3"},
	} {
		v.refused("POST", "/api/v1/runs", begin(bad.settings), 400, bad.say)
	}
	for _, bad := range []struct{ settings, say string }{ // that only the data show to be wrong
		{`{"model": "equations", "equations": "x' = y"}`, "y"}, {`{"heldout": 0.95}`, "held"}, {`{"states": "nobody"}`, "nobody"}, {`{"hold": "x:zero"}`, "no inputs"},
	} {
		v.refused("POST", "/api/v1/runs", begin(bad.settings), 400, bad.say)
		if exists("runs/001") {
			t.Errorf("%s leaves a folder", bad.settings)
		}
	}
	var begun struct{ Run string }
	v.get("POST", "/api/v1/runs", begin(`{"model": "mlp", "hidden": 4, "method": "vanilla", "budget": 2, "seed": 7}`), &begun)
	v.follow(begun.Run)
	if text := read(t, filepath.Join("runs", begun.Run, study.ConfigFile)); !strings.Contains(text, "seed: 7") {
		t.Errorf("%s", text)
	}
}

// A fit that is refused after its name was given away keeps the name, and says why.
func TestServerKeepsWhyALateFitWasRefused(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	workplace(t)
	v := serving(t, serve.Options{Program: []string{"sh", "-c",
		`echo > "$3/config.yaml"; while [ ! -e refuse ]; do sleep 0.02; done; rm -r "$3"; echo "entrain: $3 is too bold" >&2; exit 2`}})
	var c struct{ Data string }
	v.get("POST", "/api/v1/check", read(t, "lynx-hare.csv"), &c)
	var first, second struct{ Run string }
	v.get("POST", "/api/v1/runs", map[string]any{"data": c.Data}, &first)
	write(t, "refuse", "")
	const why = `"error":"001 is too bold","status":"failed"`
	if events := v.follow(first.Run); !strings.Contains(events[len(events)-1].data, why) {
		t.Errorf("%v", events)
	}
	if status, text := v.ask("GET", "/api/v1/runs/"+first.Run, nil); status != 200 || !strings.Contains(string(text), why) {
		t.Errorf("%d %s", status, text)
	}
	var runs struct {
		Runs []struct{ Run, Status string }
	}
	v.get("GET", "/api/v1/runs", nil, &runs)
	if len(runs.Runs) != 1 || runs.Runs[0].Status != "failed" {
		t.Errorf("%+v", runs)
	}
	os.Remove("refuse")
	v.get("POST", "/api/v1/runs", map[string]any{"data": c.Data}, &second)
	write(t, "refuse", "")
	v.follow(second.Run)
	if second.Run == first.Run {
		t.Errorf("the name %s is given away twice", first.Run)
	}
}

// What is no recording is said to be none; what is too large is not taken.
func TestUploadsAreChecked(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{Upload: 1 << 20})
	for name, text := range map[string]string{"a picture": "\x89PNG\r\n\x1a\n\x00\x00", "words": "dear diary\n", "a name": "t,x\n0,=cmd()\n1,2\n2,3\n", "a page": "<html><script>alert(1)</script>", "zip": "PK\x03\x04nothing"} {
		var c struct {
			OK       bool
			Data     string
			Findings []struct{ Message string }
		}
		v.get("POST", "/api/v1/check", text, &c)
		if c.OK || c.Data != "" || len(c.Findings) == 0 || c.Findings[0].Message == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	v.refused("POST", "/api/v1/check", "", 400, "empty")
	v.refused("POST", "/api/v1/check", strings.Repeat("1,2\n", 1<<19), 413, "1 MiB")
	v.refused("POST", "/api/v1/runs", `{"data": "`+strings.Repeat("x", 2<<20)+`"}`, 413, "1 MiB")
	if exists("runs/uploads") {
		t.Error("something was kept")
	}
}

// Two hundred connections that send nothing more leave the server to others.
func TestHalfOpenConnectionsLeaveRoom(t *testing.T) {
	workplace(t)
	v := serving(t, serve.Options{Conns: 100, Header: 300 * time.Millisecond})
	address := strings.TrimPrefix(v.at, "http://")
	var held []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		fmt.Fprintf(c, "GET /api/v1/version HTTP/1.1\r\nHost: localhost\r\nX-%d: ", i)
		held = append(held, c)
	}
	for _, c := range held {
		c.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.ReadAll(c); err != nil && os.IsTimeout(err) {
			t.Fatal("a half-open connection stays")
		}
		c.Close()
	}
	v.get("GET", "/api/v1/version", nil, &struct{}{})
}

func TestServeSaysWhatIsInTheWay(t *testing.T) {
	workplace(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if o := entrain("serve", "runs", "--port", port); o.code != 1 || !strings.Contains(o.err, "is in use") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	for _, args := range [][]string{{"serve", "lynx-hare.csv"}, {"serve", "--token", "short"}, {"serve", "--upload", "much"}, {"serve", "--port", "99999"}, {"serve", "--limit", "-1s"}, {"serve", "nodir"}} {
		if o := entrain(args...); o.code != 2 {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
	if o := entrain("serve", "no dir"); !strings.Contains(o.err, "mkdir -p 'no dir'") || exists("no dir") {
		t.Errorf("%s", o.err)
	}
}

// filters says that the server follows rows as the command does, in one request or in two.
func (v *served) filters(at, run string) {
	t := v.t
	t.Helper()
	type answer struct {
		T          []float64
		States, SD map[string][]*float64
		Memory     json.RawMessage
		Skipped    []struct{ Why string }
	}
	times := []float64{1900, 1901, 1902, 1903, 1904}
	hares, lynx := []any{30, 47.2, nil, 77.4, 36.3}, []any{4, 6.1, 9.8, 35.2, 59.4}
	var whole, first, second answer
	v.get("POST", at+"/filter", map[string]any{"t": times, "values": map[string]any{"hare": hares, "lynx": lynx}}, &whole)
	v.get("POST", at+"/filter", map[string]any{"t": times[:2], "values": map[string]any{"hare": hares[:2], "lynx": lynx[:2]}}, &first)
	v.get("POST", at+"/filter", map[string]any{"t": times[2:], "values": map[string]any{"hare": hares[2:], "lynx": lynx[2:]}, "memory": first.Memory}, &second)
	o := piped("year,hare,lynx\n1900,30,4\n1901,47.2,6.1\n1902,,9.8\n1903,77.4,35.2\n1904,36.3,59.4\n", "filter", filepath.Join("runs", run))
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	last := strings.Split(lines[len(lines)-1], ",")
	want := strconv.FormatFloat(*whole.States["lynx"][4], 'g', -1, 64)
	if len(whole.T) != 5 || last[3] != want || *second.States["lynx"][2] != *whole.States["lynx"][4] || *second.SD["hare"][2] != *whole.SD["hare"][4] {
		t.Errorf("the command says %s, one request %s, two %g", last[3], want, *second.States["lynx"][2])
	}
	var far answer
	v.get("POST", at+"/filter", map[string]any{"t": times[:2], "values": map[string]any{"hare": []any{30, 1e12}, "lynx": lynx[:2]}, "kind": "unscented"}, &far)
	if len(far.T) != 1 || len(far.Skipped) != 1 || !strings.Contains(far.Skipped[0].Why, "a million deviations") {
		t.Errorf("%+v", far)
	}
	for _, c := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{"t": times}, "values has no column"},
		{map[string]any{"t": []float64{}, "values": map[string]any{"hare": []any{}}}, "t has 0 times"},
		{map[string]any{"t": times, "values": map[string]any{"hare": []any{1}}}, "hare has 1 values for 5 times"},
		{map[string]any{"t": times, "values": map[string]any{"fox": hares}}, "the model measures no"},
		{map[string]any{"t": []float64{2, 1}, "values": map[string]any{"hare": []any{1, 2}}}, "must not go back"},
		{map[string]any{"t": []float64{1e300}, "values": map[string]any{"hare": []any{1}}}, "too far"},
		{map[string]any{"t": times, "values": map[string]any{"hare": hares}, "kind": "kalman"}, "kind is one of extended, unscented, horizon"},
		{map[string]any{"t": times, "values": map[string]any{"hare": hares}, "horizon": 1000}, "1 to 100"},
		{map[string]any{"t": times, "values": map[string]any{"hare": hares}, "noise": 0}, "noise is a number of deviations"},
		{map[string]any{"t": times[:1], "values": map[string]any{"hare": hares[:1]}, "memory": second.Memory}, "is before 1904, where the memory is"},
		{map[string]any{"t": times, "values": map[string]any{"hare": hares}, "memory": map[string]any{"recent": []any{}}}, "it has no state"},
		{map[string]any{"t": times, "values": map[string]any{"hare": hares}, "inputs": map[string]any{"u": times}}, "no input"},
	} {
		v.refused("POST", at+"/filter", c.body, 400, c.want)
	}
}
