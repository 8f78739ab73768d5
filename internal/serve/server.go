package serve

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
)

//go:embed web openapi.json
var files embed.FS

// Options say what is served and how much of it. Zeros are the defaults.
type Options struct {
	Dir       string   // folder of runs
	Program   []string // command of this program, for fits
	Version   string
	Token     string        // who knows it may come in; "" = a fresh one
	Upload    int64         // bytes of a file of data
	Fits      int           // at the same time
	FitLimit  time.Duration // of one fit
	Streams   int           // browsers that follow a fit
	Requests  int           // answered at the same time
	Conns     int           // open connections
	Header    time.Duration // that the head of a request may take
	Limits    data.Limits   // of what is read
	Values    int           // numbers of an answer
	Heartbeat time.Duration // between signs of life of a stream
}

func (o *Options) defaults() {
	set := func(to *int, v int) {
		if *to == 0 {
			*to = v
		}
	}
	set(&o.Fits, 1)
	set(&o.Streams, 64)
	set(&o.Requests, 64)
	set(&o.Conns, 512)
	set(&o.Values, 1<<20)
	for _, d := range []struct {
		to *time.Duration
		v  time.Duration
	}{{&o.FitLimit, 15 * time.Minute}, {&o.Header, 5 * time.Second}, {&o.Heartbeat, 15 * time.Second}} {
		if *d.to == 0 {
			*d.to = d.v
		}
	}
	if o.Upload == 0 {
		o.Upload = 32 << 20
	}
	if o.Limits.Bytes == 0 {
		o.Limits.Bytes = min(o.Upload, budget.Bytes)
	}
}

// Server serves one folder of runs.
type Server struct {
	Options
	root    *os.Root // nothing outside it is opened
	token   string
	cookie  string
	handler http.Handler
	models  cache
	busy    chan struct{} // requests that are answered
	streams chan struct{}
	turns   *turns

	mu      sync.Mutex
	fits    map[string]*fit
	refused map[string]string // fits that left nothing after their names were given away, and why
	ctx     context.Context   // ends when the server does
	stop    context.CancelFunc
	wait    sync.WaitGroup // for fits
}

// New opens the folder, which is made if it is not there.
func New(o Options) (*Server, error) {
	o.defaults()
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("folder %s cannot be made: %w", o.Dir, reason(err))
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("folder %s cannot be opened: %w", o.Dir, reason(err))
	}
	s := &Server{Options: o, root: root, token: o.Token, fits: map[string]*fit{}, refused: map[string]string{}, busy: make(chan struct{}, o.Requests), streams: make(chan struct{}, o.Streams), turns: newTurns()}
	if s.token == "" {
		secret := make([]byte, 24)
		rand.Read(secret) // never fails
		s.token = hex.EncodeToString(secret)
	}
	s.cookie = "entrain"
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.handler = s.guarded(s.routes())
	return s, nil
}

func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// routes are all that there is to ask for.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	api := func(pattern string, answer func(*http.Request) (any, error)) {
		mux.Handle(pattern, s.answered(answer))
	}
	api("GET /api/v1/version", s.version)
	api("POST /api/v1/check", s.check)
	api("GET /api/v1/models", s.choices)
	api("GET /api/v1/runs", s.runs)
	api("POST /api/v1/runs", s.begin)
	api("GET /api/v1/runs/{run}", s.run)
	api("DELETE /api/v1/runs/{run}/fit", s.end)
	api("GET /api/v1/runs/{run}/model", s.model)
	mux.Handle("POST /api/v1/runs/{run}/forecast", s.computed(s.forecast))
	mux.Handle("POST /api/v1/runs/{run}/simulate", s.computed(s.simulate))
	mux.Handle("POST /api/v1/runs/{run}/filter", s.computed(s.filter))
	mux.Handle("POST /api/v1/runs/{run}/field", s.computed(s.field))
	mux.HandleFunc("GET /api/v1/runs/{run}/events", s.events)
	mux.HandleFunc("GET /api/v1/runs/{run}/files/{file}", s.file)
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "openapi.json") })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "web/index.html") })
	mux.HandleFunc("GET /studio/{file}", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "web/"+r.PathValue("file")) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, &problem{http.StatusNotFound, "there is nothing under this address; /api/v1/openapi.json says what there is"})
	})
	return mux
}

// asset serves a file that is built in.
func (s *Server) asset(w http.ResponseWriter, r *http.Request, name string) {
	if _, err := fs.Stat(files, name); err != nil {
		refuse(w, &problem{http.StatusNotFound, "there is no such file"})
		return
	}
	http.ServeFileFS(w, r, files, name)
}

// Address is where a browser comes in, given where the server listens.
func (s *Server) Address(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/?token=" + s.token
}

// Serve answers until ctx ends; then fits are told to save their state, and it returns when
// they have.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if _, port, err := net.SplitHostPort(l.Addr().String()); err == nil {
		s.cookie = "entrain-" + port // cookies do not know ports, and several servers may run
	}
	h := &http.Server{Handler: s.handler, ReadHeaderTimeout: s.Header, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: nil}
	h.ErrorLog = quiet
	done := make(chan error, 1)
	go func() { done <- h.Serve(&fewConns{Listener: l, room: make(chan struct{}, s.Conns)}) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	s.Close()
	h.Close()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// Close tells fits to save their state and waits for them.
func (s *Server) Close() {
	s.stop()
	s.wait.Wait()
	s.root.Close()
}
