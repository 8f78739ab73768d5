package serve

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// turns puts requests that compute in a row, as many at a time as there are cores: each waits
// for those before it, instead of all that are there for one another.
type turns struct {
	row  chan struct{} // those who wait to send are served in order
	lend time.Duration
}

// aTurn is how long a turn is lent. Who needs longer goes on beside the others, so that nobody
// waits for a long one.
const aTurn = 50 * time.Millisecond

func newTurns() *turns {
	return &turns{row: make(chan struct{}, runtime.GOMAXPROCS(0)), lend: aTurn}
}

// take waits for a turn, which give ends; false: nobody waits for the answer any more.
func (t *turns) take(ctx context.Context) (give func(), ok bool) {
	select {
	case t.row <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	leave := sync.OnceFunc(func() { <-t.row })
	late := time.AfterFunc(t.lend, leave)
	return func() { late.Stop(); leave() }, true
}

// computed is answered for what takes a core and little else. A turn begins when the request is
// there and ends before the answer is sent: who is slow to send or to listen holds none.
func (s *Server) computed(answer func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostJSON))
		if err != nil {
			refuse(w, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		give, ok := s.turns.take(r.Context())
		if !ok {
			return
		}
		defer give()
		status, out, err := written(answer(r))
		give()
		reply(w, status, out, err)
	})
}
