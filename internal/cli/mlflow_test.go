package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// A run goes to a tracking server with its settings and curves, and without folders of the machine.
func TestRunsAreLoggedOnATrackingServer(t *testing.T) {
	workplace(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	must(t, "fit", filepath.Join(here, "lynx-hare.csv"), "model=mlp", "method=vanilla", "hidden=4", "budget=30", "--out", "run")
	said := ""
	var lines, finals int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		said += r.URL.String() + r.Header.Get("Authorization") + string(text)
		var q struct {
			Metrics []struct{ Key string }
		}
		json.Unmarshal(text, &q)
		for _, m := range q.Metrics {
			if strings.HasPrefix(m.Key, "result.") {
				finals++
			} else {
				lines++
			}
		}
		io.WriteString(w, `{"experiment": {"experiment_id": "7"}, "run": {"info": {"run_id": "abc"}}}`)
	}))
	defer server.Close()
	t.Setenv("MLFLOW_TRACKING_TOKEN", "secret")
	o := must(t, "convert", "run", server.URL, "experiment=lynx and hare")
	if !strings.Contains(o.err, server.URL+"/#/experiments/7/runs/abc: ") {
		t.Error(o.err)
	}
	for _, want := range []string{"experiment_name=lynx+and+hare", "Bearer secret", `{"key":"data","value":"lynx-hare.csv"}`, `{"key":"method.name","value":"vanilla"}`,
		`"run_name":"run"`, `"key":"result.heldout.mse"`, `"status":"FINISHED"`} {
		if !strings.Contains(said, want) {
			t.Errorf("%s was not sent", want)
		}
	}
	want := 0
	metrics, err := study.MetricsOf("run")
	for i := range metrics {
		for _, v := range scalars(&metrics[i]) {
			if v.value != nil {
				want++
			}
		}
	}
	if err != nil || lines != want || finals < 5 {
		t.Errorf("%d numbers of training, want %d, and %d figures: %v", lines, want, finals, err)
	}
	if strings.Contains(said, here) || strings.Contains(said, filepath.Base(here)+"/") {
		t.Error("a folder of the machine was sent")
	}
	for _, c := range []struct{ args, want string }{
		{"lynx-hare.csv " + server.URL, "give the folder of a run"},
		{"run " + server.URL + " lr=3", "experiment=NAME"},
		{"run http://", "no address of a tracking server"},
		{"run run " + server.URL, "takes one run"},
	} {
		if o := entrain(append([]string{"convert"}, strings.Fields(c.args)...)...); o.code != 2 || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s", c.args, o.code, o.err)
		}
	}
}
