package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/entrain-dev/entrain/study"
)

// How often a fit is looked at by who follows it, and the bytes that one look takes.
const (
	lookEvery = 150 * time.Millisecond
	mostBytes = 256 << 10
)

// follower sends what a run writes down to one browser.
type follower struct {
	s      *Server
	w      http.ResponseWriter
	c      *http.ResponseController
	run    string
	offset int64 // of the metrics that were sent
	said   int
	alive  time.Time
}

// events follow a run: every line of its metrics, what it says, and its result at the end.
// Several browsers may follow one run; none of them holds it up.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	run := r.PathValue("run")
	if err := s.isRun(run); err != nil {
		refuse(w, err)
		return
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		refuse(w, &problem{http.StatusTooManyRequests, "too many browsers follow fits; close one"})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	f := &follower{s: s, w: w, c: http.NewResponseController(w), run: run, alive: time.Now()}
	for {
		over := f.s.over(run)
		if f.look() != nil {
			return
		}
		if over {
			f.send("end", f.s.outcome(run))
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			f.send("end", map[string]string{"status": "closed"})
			return
		case <-time.After(lookEvery):
		}
	}
}

// over tells that nobody works on a run any more, as far as is known.
func (s *Server) over(run string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fits[run] != nil {
		return false
	}
	_, locked := s.root.Stat(run + "/" + study.LockFile)
	return locked != nil
}

func (s *Server) outcome(run string) any {
	res, err := s.result(run)
	if err != nil {
		if why := s.refusedFor(run); why != "" {
			return failure(why)
		}
		return map[string]string{"status": "none"}
	}
	return res
}

// send writes one event; an error means that the browser has gone.
func (f *follower) send(event string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := fmt.Fprintf(f.w, "event: %s\ndata: %s\n\n", event, text); err != nil {
		return err
	}
	f.alive = time.Now()
	return f.c.Flush()
}

// look sends what is new.
func (f *follower) look() error {
	f.s.mu.Lock()
	fit := f.s.fits[f.run]
	f.s.mu.Unlock()
	if fit != nil {
		for _, line := range fit.lines(f.said) {
			f.said++
			if err := f.send("log", line); err != nil {
				return err
			}
		}
	}
	if err := f.metrics(); err != nil {
		return err
	}
	if time.Since(f.alive) < f.s.Heartbeat {
		return nil
	}
	f.alive = time.Now()
	f.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(f.w, ": alive\n\n"); err != nil {
		return err
	}
	return f.c.Flush()
}

// metrics sends whole new lines, as one event for each look.
func (f *follower) metrics() error {
	for {
		file, err := f.s.root.Open(f.run + "/" + study.MetricsFile)
		if err != nil {
			return nil // there are none yet
		}
		text := make([]byte, mostBytes)
		n, _ := file.ReadAt(text, f.offset)
		file.Close()
		end := bytes.LastIndexByte(text[:n], '\n') + 1
		if end == 0 {
			return nil
		}
		f.offset += int64(end)
		lines := []json.RawMessage{}
		for line := range bytes.Lines(text[:end]) {
			if line = bytes.TrimSpace(line); json.Valid(line) {
				lines = append(lines, bytes.Clone(line))
			}
		}
		if err := f.send("metrics", lines); err != nil {
			return err
		}
	}
}
