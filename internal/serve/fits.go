package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/tables"
	"github.com/entrain-dev/entrain/study"
)

// uploads is the folder of files of data, named by what they hold.
const uploads = "uploads"

var (
	uploadID = regexp.MustCompile(`^[0-9a-f]{32}\.(csv|jsonl|npy|npz|xlsx)$`)
	keyName  = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-zA-Z][a-zA-Z0-9_-]*)*$`)
)

// notOurs are settings that a request cannot give: what is read, and what is the server's.
var notOurs = []string{"data", "memory", "limit", "path", "threads", "solver.threads"}

// arguments are settings as the command line takes them.
func arguments(settings map[string]string) ([]string, error) {
	var out []string
	for key, value := range settings {
		if !keyName.MatchString(key) || slices.Contains(notOurs, key) {
			return nil, bad("%q is no setting that can be given here", cut(key))
		}
		if strings.ContainsRune(value, 0) || len(value) > 10_000 {
			return nil, bad("the value of %s cannot be used", key)
		}
		out = append(out, key+"="+value)
	}
	slices.Sort(out)
	if len(out) > 100 {
		return nil, bad("more than 100 settings")
	}
	return out, nil
}

// texts are settings as they would be typed: a number or a truth value is its own text.
func texts(settings map[string]json.RawMessage) (map[string]string, error) {
	out := map[string]string{}
	for key, raw := range settings {
		text := string(raw)
		switch raw[0] {
		case '"':
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, err
			}
		case 'n', '[', '{':
			return nil, bad("the setting %s has to be text or a number, such as \"hidden\": \"32,32\"", cut(key))
		}
		out[key] = text
	}
	return out, nil
}

func cut(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

// finding is one thing that is wrong with data or settings.
type finding struct {
	Severity  string `json:"severity"`
	Recording string `json:"recording,omitempty"`
	Column    string `json:"column,omitempty"`
	Message   string `json:"message"`
}

type columnRole struct {
	Column string `json:"column"`
	Role   string `json:"role"`
	Sure   bool   `json:"sure"`
	Reason string `json:"reason"`
}

// checked is what a file of data holds.
type checked struct {
	Data       string       `json:"data"` // name to begin a fit with
	OK         bool         `json:"ok"`
	Notes      []string     `json:"notes"`
	Findings   []finding    `json:"findings"`
	Time       string       `json:"time"`
	Unit       string       `json:"time_unit"`
	States     []string     `json:"states"`
	Inputs     []string     `json:"inputs"`
	Recordings int          `json:"recordings"`
	Rows       int          `json:"rows"`
	Roles      []columnRole `json:"roles"`
	Preview    []trajectory `json:"preview"`
}

// Sizes of a preview.
const (
	previewRows       = 1000
	previewRecordings = 8
	mostFindings      = 100
)

// check keeps a file of data, which is the body, and says what it holds and what is wrong
// with it. Settings for columns are in the query.
func (s *Server) check(r *http.Request) (any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, bad("the file is empty")
	}
	settings := map[string]string{}
	for key, values := range r.URL.Query() {
		settings[key] = values[len(values)-1]
	}
	args, err := arguments(settings)
	if err != nil {
		return nil, err
	}
	out := &checked{Notes: []string{}, Findings: []finding{}, States: []string{}, Inputs: []string{}, Roles: []columnRole{}, Preview: []trajectory{}}
	series, err := s.understand(text, args, out)
	if err != nil {
		for _, e := range problemsOf(err) {
			out.Findings = append(out.Findings, finding{Severity: data.Error.String(), Message: e})
		}
		return out, nil
	}
	out.describe(series)
	if out.OK {
		if out.Data, err = s.keep(text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// problemsOf are the sentences of an error, which may hold several.
func problemsOf(err error) []string {
	var many config.Errors
	if !errors.As(err, &many) {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range many[:min(len(many), mostFindings)] {
		out = append(out, e.Error())
	}
	return out
}

// understand reads recordings.
func (s *Server) understand(text []byte, args []string, out *checked) ([]data.Series, error) {
	c, err := config.Load("", nil, args, 1)
	if err != nil {
		return nil, err
	}
	o := c.Columns()
	o.File, o.Limits = "the file", s.Limits
	o.Note = func(text string) { out.Notes = append(out.Notes, text) }
	var rows io.Reader = bytes.NewReader(text)
	if head := text[:min(len(text), tables.Peek)]; tables.Known(head) {
		t, err := tables.Read("the file", head, rows, tables.Options{Limits: tables.Limits{Bytes: s.Limits.Bytes}})
		if err != nil {
			return nil, err
		}
		if t.Note != "" {
			o.Note(t.Note)
		}
		rows = t.Text()
	}
	return data.Read(rows, o)
}

// describe says what recordings hold.
func (out *checked) describe(series []data.Series) {
	found := data.Check(series)
	out.OK = data.FirstError(found) == nil
	for _, f := range found[:min(len(found), mostFindings)] {
		out.Findings = append(out.Findings, finding{f.Severity.String(), f.Recording, f.Column, f.String()})
	}
	first := &series[0]
	out.Time, out.Unit, out.Recordings = first.Time, first.TUnit, len(series)
	out.States = append(out.States, first.Names...)
	out.Inputs = append(out.Inputs, first.Inputs...)
	for i := range series {
		out.Rows += series[i].Len()
		if i < previewRecordings {
			s := series[i].Every(1 + (series[i].Len()-1)/previewRows)
			out.Preview = append(out.Preview, rowsOf(&s))
		}
	}
	for _, r := range data.Roles(series) {
		out.Roles = append(out.Roles, columnRole{r.Column, r.Role, r.Sure, r.Reason})
	}
}

// keep writes a file of data, once, and returns its name.
func (s *Server) keep(text []byte) (string, error) {
	sum := sha256.Sum256(text)
	name := hex.EncodeToString(sum[:16]) + tables.Ending(text[:min(len(text), tables.Peek)])
	dir := filepath.Join(s.Dir, uploads)
	if _, err := s.root.Stat(uploads + "/" + name); err == nil {
		return name, nil
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = study.WriteFile(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
	if err != nil {
		return "", &problem{http.StatusInsufficientStorage, "the file cannot be kept: " + reason(err).Error()}
	}
	return name, nil
}

// fit is a child process under way.
type fit struct {
	stop context.CancelFunc
	done chan struct{}
	lock chan struct{} // of said
	said []string      // lines of progress
	why  []string      // what it failed for, as it says at its end
	code int           // exit code, when it is done
	told bool          // whoever began it knows its name; guarded by that of the server
}

// mostSaid is how many lines of a fit are kept.
const mostSaid = 200

func (f *fit) say(line string) {
	f.lock <- struct{}{}
	if len(f.said) < mostSaid {
		f.said = append(f.said, line)
	}
	if text, ok := strings.CutPrefix(line, "entrain: "); ok {
		f.why = []string{text}
	} else if len(f.why) > 0 && len(f.why) < mostSaid {
		f.why = append(f.why, line)
	}
	<-f.lock
}

// lines are those said from number n on.
func (f *fit) lines(n int) []string {
	f.lock <- struct{}{}
	defer func() { <-f.lock }()
	return slices.Clone(f.said[min(n, len(f.said)):])
}

// begin begins a fit.
func (s *Server) begin(r *http.Request) (any, error) {
	var q struct {
		Data     string                     `json:"data"`
		Settings map[string]json.RawMessage `json:"settings"`
		Limit    float64                    `json:"limit"` // seconds; 0 = the server's
	}
	if err := body(r, &q); err != nil {
		return nil, err
	}
	if !uploadID.MatchString(q.Data) {
		return nil, bad("data names no file that was checked; POST it to /api/v1/check first")
	}
	if _, err := s.root.Stat(uploads + "/" + q.Data); err != nil {
		return nil, &problem{http.StatusNotFound, "this file of data is not here any more; check it again"}
	}
	settings, err := texts(q.Settings)
	if err != nil {
		return nil, err
	}
	args, err := arguments(settings)
	if err != nil {
		return nil, err
	}
	if _, err := config.Load("", nil, args, 1); err != nil {
		return nil, bad("%v", err)
	}
	limit := s.FitLimit
	if d := time.Duration(q.Limit * float64(time.Second)); d > 0 && d < limit {
		limit = d
	}
	run, f, err := s.launch(q.Data, append(args, "limit="+limit.String()))
	if err != nil {
		return nil, err
	}
	if err := s.begun(r.Context(), run, f); err != nil {
		return nil, err
	}
	return accepted{map[string]string{"run": run}}, nil
}

// launch begins a child process in a fresh run folder.
func (s *Server) launch(upload string, args []string) (string, *fit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fits) >= s.Fits || s.ctx.Err() != nil {
		return "", nil, &problem{http.StatusTooManyRequests, fmt.Sprintf("%d of %d fits are under way; wait for one, or end it", len(s.fits), s.Fits)}
	}
	dir, err := study.FreshFolder(s.Dir)
	if err != nil {
		return "", nil, &problem{http.StatusInsufficientStorage, "there is no room for a run: " + reason(err).Error()}
	}
	run := filepath.Base(dir)
	ctx, stop := context.WithCancel(s.ctx)
	words := append(slices.Clone(s.Program[1:]), "fit", filepath.Join(s.Dir, uploads, upload), "--out", dir, "--json")
	c := exec.CommandContext(ctx, s.Program[0], append(words, args...)...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	said, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		stop()
		os.Remove(dir)
		return "", nil, &problem{http.StatusInternalServerError, "the fit cannot be begun"}
	}
	f := &fit{stop: stop, done: make(chan struct{}), lock: make(chan struct{}, 1)}
	s.fits[run] = f
	s.wait.Go(func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			f.say(s.anonymous(lines.Text()))
		}
		io.Copy(io.Discard, said)
		c.Wait()
		f.code = c.ProcessState.ExitCode()
		stop()
		s.ended(dir, f)
		close(f.done)
	})
	return run, f, nil
}

// anonymous is a line without the folders of the machine.
func (s *Server) anonymous(line string) string {
	abs, err := filepath.Abs(s.Dir)
	if err == nil {
		line = strings.ReplaceAll(line, abs+string(filepath.Separator), "")
	}
	line = strings.ReplaceAll(line, filepath.Clean(s.Dir)+string(filepath.Separator), "")
	return strings.ReplaceAll(line, uploads+string(filepath.Separator), "")
}

// end asks a fit to save its state and to end.
func (s *Server) end(r *http.Request) (any, error) {
	s.mu.Lock()
	f := s.fits[r.PathValue("run")]
	s.mu.Unlock()
	if f == nil {
		return nil, &problem{http.StatusNotFound, "no fit of this name is under way"}
	}
	f.stop()
	<-f.done
	return map[string]int{"exit": f.code}, nil
}
