package serve

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
)

// problem is what is wrong with a request, for people; it names nothing of the machine.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func bad(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// quiet is the log of the server: strangers who knock are no news.
var quiet = log.New(io.Discard, "", 0)

// guarded lets in who knows the token, in ways that no other page can bring about, and
// as many as can be answered.
func (s *Server) guarded(next http.Handler) http.Handler {
	safe := http.NewCrossOriginProtection()
	safe.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, &problem{http.StatusForbidden, "a page of another origin asks for this"})
	}))
	inner := safe.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				refuse(w, &problem{http.StatusInternalServerError, "a fault of Entrain; the request is worth reporting"})
			}
		}()
		headers(w.Header())
		switch {
		case !s.ours(r):
			refuse(w, &problem{http.StatusForbidden, "the server is not reached under this name"})
		case r.Method == http.MethodGet && r.URL.Path == "/" && s.knows(r.URL.Query().Get("token")):
			http.SetCookie(w, &http.Cookie{Name: s.cookie, Value: s.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 30 * 86400})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case !s.known(r):
			refuse(w, &problem{http.StatusUnauthorized, "open the address that entrain serve printed; programs send its token as Authorization: Bearer"})
		default:
			select {
			case s.busy <- struct{}{}:
				defer func() { <-s.busy }()
			default:
				if !strings.HasSuffix(r.URL.Path, "/events") {
					w.Header().Set("Retry-After", "1")
					refuse(w, &problem{http.StatusTooManyRequests, "too many requests at the same time; try again"})
					return
				}
			}
			r.Body = http.MaxBytesReader(w, r.Body, s.Upload)
			inner.ServeHTTP(w, r)
		}
	})
}

// headers are those of every answer.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) knows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}

func (s *Server) known(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.knows(token)
	}
	c, err := r.Cookie(s.cookie)
	return err == nil && s.knows(c.Value)
}

// ours tells that a request names the server as it is reached: a page whose name was
// made to point here later is another origin, but who listens on the loopback expects no
// name but its own.
func (s *Server) ours(r *http.Request) bool {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	local, _, err := net.SplitHostPort(at.String())
	if err != nil || !net.ParseIP(local).IsLoopback() {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// answered answers with JSON.
func (s *Server) answered(answer func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, text, err := written(answer(r))
		reply(w, status, text, err)
	})
}

// written is an answer as JSON.
func written(out any, err error) (status int, text []byte, _ error) {
	if err != nil {
		return 0, nil, err
	}
	status = http.StatusOK
	if a, ok := out.(accepted); ok {
		out, status = a.body, http.StatusAccepted
	}
	if text, err = json.Marshal(out); err != nil {
		return 0, nil, &problem{http.StatusInternalServerError, "the answer holds no numbers that can be written"}
	}
	return status, append(text, '\n'), nil
}

// reply sends an answer, or what is wrong.
func reply(w http.ResponseWriter, status int, text []byte, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text)
}

// accepted is an answer to what will take time.
type accepted struct{ body any }

// refuse answers with what is wrong.
func refuse(w http.ResponseWriter, err error) {
	p := &problem{http.StatusBadRequest, err.Error()}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		p = &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the request has more than %d MiB, the limit", large.Limit>>20)}
	} else {
		errors.As(err, &p)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	json.NewEncoder(w).Encode(map[string]any{"error": p.text, "status": p.status})
}

// mostJSON is how many bytes a request has that is no file.
const mostJSON = 1 << 20

// body decodes the JSON of a request, of which no key may be unknown.
func body(r *http.Request, to any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, mostJSON))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil && !errors.Is(err, io.EOF) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return bad("%s", wrongKind(kind))
		}
		return bad("the request is no JSON of this kind: %v", err)
	}
	if d.More() {
		return bad("the request holds more than one JSON value")
	}
	return nil
}

// wrongKind says which key of a request has a value of another kind than it takes.
func wrongKind(e *json.UnmarshalTypeError) string {
	key := cut(e.Field)
	if key == "" {
		key = "the request"
	}
	want := "an object"
	switch e.Type.Kind() {
	case reflect.Float64:
		want = "a number"
	case reflect.Int:
		want = "a whole number"
	case reflect.String:
		want = "text"
	case reflect.Slice:
		want = "a list"
	}
	got, number := strings.CutPrefix(e.Value, "number ")
	if number && e.Type.Kind() == reflect.Float64 {
		return fmt.Sprintf("%s: %s is too large a number", key, cut(got))
	}
	if name, ok := map[string]string{"number": "a number", "string": "text", "bool": "true or false", "array": "a list", "object": "an object"}[got]; ok {
		got = name
	}
	return fmt.Sprintf("%s has to be %s, not %s", key, want, cut(got))
}

// fewConns closes connections beyond a number at once, so that half-open ones leave room
// for the files of runs.
type fewConns struct {
	net.Listener
	room chan struct{}
}

// Accept implements net.Listener.
func (l *fewConns) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.room <- struct{}{}:
			return &conn{Conn: c, leave: sync.OnceFunc(func() { <-l.room })}, nil
		default:
			c.Close()
		}
	}
}

type conn struct {
	net.Conn
	leave func()
}

func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}
