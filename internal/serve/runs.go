package serve

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// runName is how the folder of a run may be called.
var runName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// isRun says what keeps a name from being that of a run.
func (s *Server) isRun(run string) error {
	if runName.MatchString(run) && run != uploads {
		if info, err := s.root.Stat(run); err == nil && info.IsDir() {
			return nil
		}
	}
	return &problem{http.StatusNotFound, "there is no run of this name"}
}

// mostRuns is how many runs are listed, the latest first.
const mostRuns = 500

// summary is a run in a list.
type summary struct {
	Run     string   `json:"run"`
	Status  string   `json:"status"` // running, unfinished, or that of the result
	Method  string   `json:"method,omitempty"`
	Model   string   `json:"model,omitempty"`
	Data    string   `json:"data,omitempty"`
	Seconds *float64 `json:"seconds"`
	NRMSE   *float64 `json:"heldout_nrmse"`
	Train   *float64 `json:"train_nrmse"`
	Time    string   `json:"time"` // when the folder was last changed
}

func (s *Server) runs(*http.Request) (any, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, &problem{http.StatusInternalServerError, "the folder of runs cannot be read"}
	}
	out := []summary{}
	for _, e := range entries {
		if r, ok := s.summary(e); ok {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b summary) int { return strings.Compare(b.Time, a.Time) })
	return map[string]any{"runs": out[:min(len(out), mostRuns)], "more": max(0, len(out)-mostRuns)}, nil
}

func (s *Server) summary(e os.DirEntry) (r summary, ok bool) {
	run := e.Name()
	if s.isRun(run) != nil {
		return r, false
	}
	r = summary{Run: run, Status: "unfinished"}
	if info, err := e.Info(); err == nil {
		r.Time = info.ModTime().UTC().Format(time.RFC3339)
	}
	res, err := s.result(run)
	switch {
	case err == nil:
		r.Status, r.Method, r.Model, r.Seconds = res.Status, res.Method, res.Model, &res.Seconds
		if h := res.Scores.Heldout; h != nil {
			r.NRMSE = h.NRMSE
		}
		if t := res.Scores.Train; t != nil {
			r.Train = t.NRMSE
		}
	case s.refusedFor(run) != "":
		r.Status = "failed"
	case !s.has(run, study.CheckpointFile) && !s.has(run, study.ConfigFile):
		return r, false
	}
	if !s.over(run) {
		r.Status = "running"
	}
	return r, true
}

func (s *Server) has(run, file string) bool {
	_, err := s.root.Stat(run + "/" + file)
	return err == nil
}

// result is what result.json of a run holds.
func (s *Server) result(run string) (*study.Result, error) {
	f, err := s.root.Open(run + "/" + study.ResultFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &study.Result{}
	err = json.NewDecoder(io.LimitReader(f, 16<<20)).Decode(r)
	r.Files = names(r.Files)
	return r, err
}

// names are the files of a result without the folder they are in.
func names(files map[string]string) map[string]string {
	out := map[string]string{}
	for what, name := range files {
		if what != "folder" {
			out[what] = name
		}
	}
	return out
}

func (s *Server) run(r *http.Request) (any, error) {
	run := r.PathValue("run")
	if err := s.isRun(run); err != nil {
		return nil, err
	}
	res, err := s.result(run)
	switch {
	case err == nil:
		return res, nil
	case !s.over(run):
		return map[string]string{"status": "running"}, nil
	}
	if why := s.refusedFor(run); why != "" {
		return failure(why), nil
	}
	return map[string]string{"status": "unfinished"}, nil
}

// given are the files of a run that may be taken, and what they are.
var given = map[string]string{
	study.ModelFile: "application/octet-stream", study.ConfigFile: "text/plain; charset=utf-8", study.MetricsFile: "text/plain; charset=utf-8",
	study.ResultFile: "application/json", study.ForecastFile: "text/csv; charset=utf-8", study.ShownFile: "text/csv; charset=utf-8", study.ReportFile: "text/html; charset=utf-8",
}

// file gives one file of a run. A report has scripts of its own: it is shown as a page that
// may not reach anything, this server included.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	run, name := r.PathValue("run"), r.PathValue("file")
	kind, ok := given[name]
	if err := s.isRun(run); err != nil || !ok {
		refuse(w, &problem{http.StatusNotFound, "there is no such file"})
		return
	}
	f, err := s.root.Open(run + "/" + name)
	if err != nil {
		refuse(w, &problem{http.StatusNotFound, "the run has no such file, or not yet"})
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		refuse(w, &problem{http.StatusNotFound, "the run has no such file"})
		return
	}
	w.Header().Set("Content-Type", kind)
	if name == study.ReportFile {
		w.Header().Set("Content-Security-Policy", "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	} else if name == study.ModelFile {
		w.Header().Set("Content-Disposition", "attachment; filename=\""+run+".safetensors\"")
	}
	http.ServeContent(w, r, name, info.ModTime(), f)
}

type choice struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// choices are what a fit can be asked for.
func (s *Server) choices(*http.Request) (any, error) {
	var models, methods []choice
	for _, n := range field.Architectures.Names() {
		models = append(models, choice{n, field.Architectures.Doc(n)})
	}
	for _, n := range train.Methods.Names() {
		methods = append(methods, choice{n, train.Methods.Doc(n)})
	}
	return map[string]any{"models": models, "methods": methods}, nil
}

func (s *Server) version(*http.Request) (any, error) {
	return map[string]any{"version": s.Version, "api": "v1", "limits": map[string]any{"upload_bytes": s.Upload, "fits": s.Fits, "fit_seconds": s.FitLimit.Seconds()}}, nil
}
