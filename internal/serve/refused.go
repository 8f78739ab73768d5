package serve

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/study"
)

// How often a fit that was just begun is looked at, and how long whoever began it waits to
// hear whether it is refused. A fit that reads for longer is given a name before that is known.
const (
	begunEvery = 10 * time.Millisecond
	begunAfter = 20 * time.Second
)

// begun waits until a fit has found its data and settings good, which is when it writes
// its configuration. The error is what the fit refuses them for.
func (s *Server) begun(ctx context.Context, run string, f *fit) error {
	late := time.After(begunAfter)
	for waiting := true; waiting && !s.has(run, study.ConfigFile); {
		select {
		case <-f.done:
			waiting = false
		case <-ctx.Done():
			waiting = false
		case <-late:
			waiting = false
		case <-time.After(begunEvery):
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-f.done:
		if !s.has(run, study.ConfigFile) && !s.has(run, study.ResultFile) {
			return f.refusal()
		}
	default:
	}
	f.told = true
	return nil
}

// refusal is why a fit that is over left nothing, as an answer.
func (f *fit) refusal() error {
	why := strings.Join(f.why, "\n")
	switch {
	case (f.code == 1 || f.code == 2) && why != "":
		return &problem{http.StatusBadRequest, why}
	case f.code == 130:
		return &problem{http.StatusServiceUnavailable, "the fit was ended before it began"}
	}
	return &problem{http.StatusInternalServerError, "the fit ended before it began, and did not say why"}
}

// ended forgets a fit that is over. One that left nothing leaves no folder either, unless
// its name was given away: then the name stays taken, and what was wrong is kept.
func (s *Server) ended(dir string, f *fit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := filepath.Base(dir)
	delete(s.fits, run)
	err := os.Remove(dir) // if it has remained empty
	if !f.told || err != nil && !os.IsNotExist(err) {
		return
	}
	if os.Mkdir(dir, 0o755) == nil {
		s.refused[run] = f.refusal().Error()
	}
}

// refusedFor is what a run that left nothing was refused for; "" if it was not.
func (s *Server) refusedFor(run string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused[run]
}

// failure is the outcome of such a run, in the keys of a result.
func failure(why string) any { return map[string]string{"status": "failed", "error": why} }
