package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Server is a tracking server.
type Server struct {
	URL           string // such as http://127.0.0.1:5000
	Authorization string // header of every request; "" = none
	Client        *http.Client
	Pause         time.Duration // before a request is tried again, doubled each time
}

// Run is one run with all that is logged of it.
type Run struct {
	Experiment string // made if it is not there
	Name       string
	Status     string    // FINISHED, FAILED, KILLED or RUNNING
	Start, End time.Time // of the run; End is that of all metrics too
	Params     []Pair
	Tags       []Pair
	Metrics    []Metric
}

// Pair is a parameter or a tag.
type Pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Metric is a number at a step.
type Metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"` // ms since 1970; set by Log
	Step      int64   `json:"step"`
}

// What one request may hold, by the API's description of log-batch, and how long texts may be.
const (
	mostMetrics = 1000
	mostParams  = 100
	mostTags    = 100
	longParam   = 500 // of earlier servers; later ones take 6000
	longTag     = 5000
	longKey     = 250
	mostAnswer  = 1 << 20
	tries       = 4
)

// Log makes a run on the server and returns its ID, and that of its experiment. If something is refused
// behind that, the run is marked as failed on the server.
func (s *Server) Log(ctx context.Context, r *Run) (id, experiment string, err error) {
	if experiment, err = s.experiment(ctx, r.Experiment); err != nil {
		return "", "", err
	}
	var made struct {
		Run struct {
			Info struct {
				ID string `json:"run_id"`
			} `json:"info"`
		} `json:"run"`
	}
	err = s.post(ctx, "runs/create", map[string]any{"experiment_id": experiment, "run_name": r.Name, "start_time": r.Start.UnixMilli(), "tags": cut(r.Tags[:min(len(r.Tags), mostTags)], longTag)}, &made)
	if id = made.Run.Info.ID; err == nil && id == "" {
		err = fmt.Errorf("%s answers runs/create without an ID of the run; is it a tracking server of MLflow?", s.URL)
	}
	if err != nil {
		return "", "", err
	}
	status := r.Status
	if err = s.fill(ctx, id, r); err != nil {
		status = "FAILED"
	}
	end := map[string]any{"run_id": id, "status": status}
	if status != "RUNNING" {
		end["end_time"] = r.End.UnixMilli()
	}
	if e := s.post(ctx, "runs/update", end, nil); err == nil {
		err = e
	}
	if err != nil {
		err = fmt.Errorf("run %s is there, but not whole: %w", id, err)
	}
	return id, experiment, err
}

// fill logs parameters and metrics in pieces.
func (s *Server) fill(ctx context.Context, id string, r *Run) error {
	params := cut(r.Params, longParam)
	metrics := make([]Metric, len(r.Metrics))
	for i, m := range r.Metrics {
		m.Timestamp = r.End.UnixMilli()
		metrics[i] = m
	}
	for len(params)+len(metrics) > 0 {
		p := min(len(params), mostParams)
		m := min(len(metrics), mostMetrics-p)
		if err := s.post(ctx, "runs/log-batch", map[string]any{"run_id": id, "params": params[:p], "metrics": metrics[:m], "tags": []Pair{}}, nil); err != nil {
			return err
		}
		params, metrics = params[p:], metrics[m:]
	}
	return nil
}

// cut shortens what a server would refuse, and says so by an ellipsis.
func cut(pairs []Pair, longest int) []Pair {
	out := make([]Pair, len(pairs))
	for i, p := range pairs {
		out[i] = Pair{ellipsis(p.Key, longKey), ellipsis(p.Value, longest)}
	}
	return out
}

func ellipsis(text string, longest int) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest-len("…")], "") + "…"
}

// experiment is the ID of an experiment, which is made if it is not there.
func (s *Server) experiment(ctx context.Context, name string) (string, error) {
	var found struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	err := s.do(ctx, http.MethodGet, "experiments/get-by-name?experiment_name="+url.QueryEscape(name), nil, &found)
	var refused *refusal
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.Code == "RESOURCE_DOES_NOT_EXIST":
	case err != nil:
		return "", err
	case found.Experiment.ID != "":
		return found.Experiment.ID, nil
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	if err := s.post(ctx, "experiments/create", map[string]any{"name": name}, &made); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", fmt.Errorf("%s answers experiments/create without an ID; is it a tracking server of MLflow?", s.URL)
	}
	return made.ID, nil
}

// refusal is an answer of the server that is no success.
type refusal struct {
	URL, Call string
	Status    int
	Code      string // the server's, such as INVALID_PARAMETER_VALUE
	Message   string
}

// Error says what was refused and what to try.
func (e *refusal) Error() string {
	said := e.Message
	if said == "" {
		said = http.StatusText(e.Status)
	}
	text := fmt.Sprintf("%s refuses %s with %d: %s", e.URL, e.Call, e.Status, said)
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		text += "; MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, let in"
	case e.Status == http.StatusNotFound && e.Code == "":
		text += "; is it the address of a tracking server of MLflow?"
	}
	return text
}

func (s *Server) post(ctx context.Context, call string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.do(ctx, http.MethodPost, call, text, answer)
}

// do sends a request, again if the server is busy or cannot be reached. A call that makes something
// is sent again only where the server said that it has not.
func (s *Server) do(ctx context.Context, method, call string, body []byte, answer any) error {
	name, _, _ := strings.Cut(call, "?")
	for n, pause := 1, s.Pause; ; n, pause = n+1, 2*pause {
		err := s.once(ctx, method, call, name, body, answer)
		var refused *refusal
		busy := errors.As(err, &refused) && (refused.Status == http.StatusTooManyRequests || refused.Status == http.StatusServiceUnavailable)
		if !busy || n == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (s *Server) once(ctx context.Context, method, call, name string, body []byte, answer any) error {
	q, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.URL, "/")+"/api/2.0/mlflow/"+call, bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	if s.Authorization != "" {
		q.Header.Set("Authorization", s.Authorization)
	}
	a, err := s.Client.Do(q)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return fmt.Errorf("%s cannot be reached: %w", s.URL, err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s to %s is cut short: %w", s.URL, name, err)
	}
	if a.StatusCode/100 != 2 {
		said := struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		}{}
		if json.Unmarshal(text, &said) != nil {
			said.Message = ""
		}
		return &refusal{s.URL, name, a.StatusCode, said.Code, strings.Join(strings.Fields(said.Message), " ")}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s answers %s with what is no JSON; is it a tracking server of MLflow?", s.URL, name)
	}
	return nil
}
