package cli

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/mlflow"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// usualExperiment is that of runs that name none.
const usualExperiment = "entrain"

// mlflowPatience is how long one request may take.
const mlflowPatience = 30 * time.Second

// isServer tells that a destination is the address of a tracking server.
func isServer(to string) bool {
	return strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "https://")
}

// convertToServer logs the run in a folder on a tracking server of MLflow.
func (a *app) convertToServer(dir, address string, settings []string) error {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || at.RawQuery != "" || at.Fragment != "" {
		return fmt.Errorf("%s is no address of a tracking server; one is http://127.0.0.1:5000", address)
	}
	experiment := usualExperiment
	for _, s := range settings {
		name, ok := strings.CutPrefix(s, "experiment=")
		if !ok || strings.TrimSpace(name) == "" {
			return fmt.Errorf("%s: a tracking server takes one setting, experiment=NAME", s)
		}
		experiment = name
	}
	run, err := a.mlflowRun(dir)
	if err != nil {
		return err
	}
	run.Experiment = experiment
	server := &mlflow.Server{Authorization: mlflowLogin(at), Client: &http.Client{Timeout: mlflowPatience}, Pause: time.Second}
	at.User = nil
	server.URL = strings.TrimSuffix(at.String(), "/")
	id, number, err := server.Log(a.ctx, run)
	if err != nil {
		return failed(err)
	}
	page := server.URL + "/#/experiments/" + number + "/runs/" + id
	if a.json {
		return a.printJSON(map[string]string{"run_id": id, "experiment_id": number, "page": page})
	}
	fmt.Fprintf(a.Stderr, "%s: %s and %s of run %s\n", page, words.Several(len(run.Metrics), "number"), words.Several(len(run.Params), "setting"), run.Name)
	return nil
}

// mlflowLogin is the header that lets in: of the address, or of MLflow's own variables.
func mlflowLogin(at *url.URL) string {
	user, password := os.Getenv("MLFLOW_TRACKING_USERNAME"), os.Getenv("MLFLOW_TRACKING_PASSWORD")
	if at.User != nil {
		user = at.User.Username()
		password, _ = at.User.Password()
	}
	if user != "" {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	if token := os.Getenv("MLFLOW_TRACKING_TOKEN"); token != "" {
		return "Bearer " + token
	}
	return ""
}

// mlflowRun is what the folder of a run tells. Nothing in it names a folder of the machine
// but that of the run itself.
func (a *app) mlflowRun(dir string) (*mlflow.Run, error) {
	lines, err := study.MetricsOf(dir)
	if err != nil && exists(filepath.Join(dir, study.TrialsFolder)) {
		return nil, fmt.Errorf("%s is the folder of a study; give that of a run, such as one in %s", dir, filepath.Join(dir, study.TrialsFolder))
	}
	if err != nil {
		return nil, fmt.Errorf("%s holds no %s that can be read; give the folder of a run", dir, study.MetricsFile)
	}
	file := filepath.Join(dir, study.ConfigFile)
	text, err := a.readFile(file)
	if err != nil {
		return nil, err
	}
	keys, values, err := config.Settings(file, text)
	if err != nil {
		return nil, err
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, failed(err)
	}
	run := &mlflow.Run{Name: filepath.Base(whole), Status: "RUNNING"}
	seen := map[string]int{}
	for i, key := range keys {
		name := mlflowName(key)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s_%d", name, seen[name])
		}
		run.Params = append(run.Params, mlflow.Pair{Key: name, Value: withoutFolders(key, values[i])})
	}
	run.Metrics = mlflowMetrics(lines)
	info, err := os.Stat(filepath.Join(dir, study.MetricsFile))
	if err != nil {
		return nil, failed(err)
	}
	run.Start, run.End = info.ModTime(), info.ModTime()
	run.Tags = []mlflow.Pair{{Key: "mlflow.source.name", Value: "entrain"}, {Key: "mlflow.source.type", Value: "LOCAL"}}
	if res, err := study.ReadResult(dir); err == nil {
		addResult(run, res)
	}
	return run, nil
}

// addResult adds how a run ended: its figures, at the step behind those of training.
func addResult(run *mlflow.Run, res *study.Result) {
	run.Status = map[string]string{train.StatusOK: "FINISHED", train.StatusFailed: "FAILED"}[res.Status]
	if run.Status == "" {
		run.Status = "KILLED" // it was stopped, and can go on
	}
	run.Start = run.End.Add(-time.Duration(res.Seconds * float64(time.Second)))
	step := int64(0)
	if n := len(run.Metrics); n > 0 {
		step = run.Metrics[n-1].Step + 1
	}
	o := study.Outcome{Status: res.Status, Result: res}
	for _, name := range study.Metrics() {
		if v := study.Measure(&o, name); v != nil {
			run.Metrics = append(run.Metrics, mlflow.Metric{Key: "result." + name, Value: *v, Step: step})
		}
	}
	run.Tags = append(run.Tags, mlflow.Pair{Key: "entrain.version", Value: res.Version}, mlflow.Pair{Key: "entrain.status", Value: res.Status})
	for _, v := range res.Verdicts {
		run.Tags = append(run.Tags, mlflow.Pair{Key: "entrain.verdict." + mlflowName(v.Code), Value: v.Text})
	}
}

// mlflowMetrics are scalars over the number of the line, as methods that make several fits
// begin to count anew.
func mlflowMetrics(lines []study.Metric) []mlflow.Metric {
	var out []mlflow.Metric
	for i := range lines {
		for _, v := range scalars(&lines[i]) {
			if v.value != nil {
				out = append(out, mlflow.Metric{Key: v.name, Value: *v.value, Step: int64(i)})
			}
		}
	}
	return out
}

// mlflowName is a key with what MLflow allows: letters, digits, and _ - . space /.
func mlflowName(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-. /", r) {
			return r
		}
		return '_'
	}, key)
}

// withoutFolders is a value that names no folder of the machine: of data, and of whatever
// begins as a path does, the name alone.
func withoutFolders(key, value string) string {
	parts := strings.Split(value, ",")
	for i, p := range parts {
		slashed := strings.ReplaceAll(p, "\\", "/")
		drive := len(slashed) > 2 && slashed[1] == ':' && slashed[2] == '/'
		if key == "data" || drive || strings.HasPrefix(slashed, "/") || strings.HasPrefix(slashed, "~/") || strings.HasPrefix(slashed, "../") {
			parts[i] = path.Base(slashed)
		}
	}
	return strings.Join(parts, ",")
}
