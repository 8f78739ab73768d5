package mlflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// tracking is a server that keeps to the API: it refuses keys that a call has not, more than
// a request may hold, and values that are too long.
type tracking struct {
	t           *testing.T
	experiments map[string]string
	params      map[string]string
	tags        map[string]string
	metrics     []Metric
	status      string
	start, end  int64
	calls       []string
	busy        int    // requests that are refused first
	refuse      string // call that is refused as bad
}

func (s *tracking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := strings.CutPrefix(r.URL.Path, "/ml/api/2.0/mlflow/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.calls = append(s.calls, call)
	answer := func(status int, v any) {
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(v)
	}
	fail := func(status int, code, message string) {
		answer(status, map[string]string{"error_code": code, "message": message})
	}
	if s.busy > 0 {
		s.busy--
		fail(http.StatusTooManyRequests, "REQUEST_LIMIT_EXCEEDED", "later")
		return
	}
	if r.Header.Get("Authorization") != "Bearer secret" {
		fail(http.StatusUnauthorized, "UNAUTHENTICATED", "You are not authenticated.")
		return
	}
	if call == s.refuse {
		fail(http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Invalid value\n for parameter")
		return
	}
	if call == "experiments/get-by-name" && r.Method == http.MethodGet {
		id, ok := s.experiments[r.URL.Query().Get("experiment_name")]
		if !ok {
			fail(http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment")
			return
		}
		answer(http.StatusOK, map[string]any{"experiment": map[string]any{"experiment_id": id, "name": "x", "lifecycle_stage": "active"}})
		return
	}
	of := map[string]func(read func(any) error) (any, error){"experiments/create": s.makeExperiment, "runs/create": s.makeRun, "runs/log-batch": s.log, "runs/update": s.update}[call]
	if of == nil || r.Method != http.MethodPost {
		fail(http.StatusNotFound, "ENDPOINT_NOT_FOUND", "no "+call)
		return
	}
	v, err := of(func(to any) error {
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		return d.Decode(to)
	})
	if err != nil {
		fail(http.StatusBadRequest, "INVALID_PARAMETER_VALUE", err.Error())
		return
	}
	answer(http.StatusOK, v)
}

func (s *tracking) makeExperiment(read func(any) error) (any, error) {
	var q struct {
		Name string `json:"name"`
	}
	err := read(&q)
	id := fmt.Sprint(len(s.experiments) + 1)
	s.experiments[q.Name] = id
	return map[string]string{"experiment_id": id}, err
}

func (s *tracking) makeRun(read func(any) error) (any, error) {
	var q struct {
		ExperimentID string `json:"experiment_id"`
		RunName      string `json:"run_name"`
		StartTime    int64  `json:"start_time"`
		Tags         []Pair `json:"tags"`
	}
	err := read(&q)
	s.start = q.StartTime
	for _, p := range q.Tags {
		s.tags[p.Key] = p.Value
	}
	return map[string]any{"run": map[string]any{"info": map[string]any{"run_id": "r1", "experiment_id": q.ExperimentID, "status": "RUNNING"}, "data": map[string]any{}}}, err
}

func (s *tracking) log(read func(any) error) (any, error) {
	var q struct {
		RunID   string   `json:"run_id"`
		Metrics []Metric `json:"metrics"`
		Params  []Pair   `json:"params"`
		Tags    []Pair   `json:"tags"`
	}
	if err := read(&q); err != nil {
		return nil, err
	}
	if q.RunID != "r1" || len(q.Metrics)+len(q.Params)+len(q.Tags) > 1000 || len(q.Params) > 100 || len(q.Tags) > 100 {
		return nil, fmt.Errorf("run %s, %d metrics, %d params, %d tags", q.RunID, len(q.Metrics), len(q.Params), len(q.Tags))
	}
	for _, p := range q.Params {
		if _, twice := s.params[p.Key]; twice || len(p.Key) > 250 || len(p.Value) > 500 {
			return nil, fmt.Errorf("parameter %.20s", p.Key)
		}
		s.params[p.Key] = p.Value
	}
	s.metrics = append(s.metrics, q.Metrics...)
	return struct{}{}, nil
}

func (s *tracking) update(read func(any) error) (any, error) {
	var q struct {
		RunID   string `json:"run_id"`
		Status  string `json:"status"`
		EndTime int64  `json:"end_time"`
	}
	err := read(&q)
	s.status, s.end = q.Status, q.EndTime
	return map[string]any{"run_info": map[string]any{"run_id": q.RunID, "status": q.Status}}, err
}

func begin(t *testing.T) (*tracking, *Server) {
	t.Helper()
	s := &tracking{t: t, experiments: map[string]string{}, params: map[string]string{}, tags: map[string]string{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, &Server{URL: h.URL + "/ml/", Authorization: "Bearer secret", Client: h.Client(), Pause: time.Millisecond}
}

// long is a run with more numbers and parameters than one request may hold.
func long() *Run {
	r := &Run{Experiment: "a & b", Name: "001", Status: "FINISHED", Start: time.UnixMilli(5000), End: time.UnixMilli(9000), Tags: []Pair{{"method", "lm"}}}
	for i := range 2345 {
		r.Metrics = append(r.Metrics, Metric{Key: "mse", Value: 1 / float64(i+1), Step: int64(i)})
	}
	for i := range 205 {
		r.Params = append(r.Params, Pair{fmt.Sprintf("p%d", i), strings.Repeat("é", 10*i)})
	}
	return r
}

func TestARunIsLoggedWhole(t *testing.T) {
	s, server := begin(t)
	s.busy = 2
	r := long()
	for range 2 { // the experiment is made once
		s.params, s.metrics = map[string]string{}, nil
		id, experiment, err := server.Log(t.Context(), r)
		if err != nil || id != "r1" || experiment != "1" || len(s.experiments) != 1 {
			t.Fatalf("%s %s %v", id, experiment, err)
		}
		if len(s.metrics) != len(r.Metrics) || len(s.params) != len(r.Params) || s.status != "FINISHED" || s.start != 5000 || s.end != 9000 || s.tags["method"] != "lm" {
			t.Errorf("%d numbers, %d parameters, %s, %d to %d, %v", len(s.metrics), len(s.params), s.status, s.start, s.end, s.tags)
		}
		for i, m := range s.metrics {
			if want := r.Metrics[i]; m.Value != want.Value || m.Step != want.Step || m.Timestamp != 9000 {
				t.Fatalf("number %d: %+v", i, m)
			}
		}
		if v := s.params["p204"]; len(v) > 500 || !strings.HasSuffix(v, "é…") {
			t.Errorf("a long value ends with %q", v[len(v)-9:])
		}
	}
}

func TestRefusalsAreToldInWords(t *testing.T) {
	s, server := begin(t)
	s.refuse = "runs/log-batch"
	_, _, err := server.Log(t.Context(), long())
	var refused *refusal
	if !errors.As(err, &refused) || refused.Status != 400 || !strings.Contains(err.Error(), "run r1 is there, but not whole") || !strings.Contains(err.Error(), "refuses runs/log-batch with 400: Invalid value for parameter") {
		t.Errorf("%v", err)
	}
	if s.status != "FAILED" {
		t.Errorf("what is not whole is %s", s.status)
	}
	s.refuse, s.busy, s.calls = "", 100, nil
	if _, _, err := server.Log(t.Context(), long()); err == nil || !strings.Contains(err.Error(), "429: later") || len(s.calls) != tries {
		t.Errorf("%v after %d tries", err, len(s.calls))
	}
	s.busy, server.Authorization = 0, ""
	if _, _, err := server.Log(t.Context(), long()); err == nil || !strings.Contains(err.Error(), "MLFLOW_TRACKING_TOKEN") {
		t.Errorf("%v", err)
	}
	server.URL = strings.TrimSuffix(server.URL, "/ml/")
	if _, _, err := server.Log(t.Context(), long()); err == nil || !strings.Contains(err.Error(), "is it the address of a tracking server") {
		t.Errorf("%v", err)
	}
	server.URL = "http://127.0.0.1:1"
	if _, _, err := server.Log(t.Context(), long()); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("%v", err)
	}
}
