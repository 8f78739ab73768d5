package tables

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/entrain-dev/entrain/internal/budget"
)

// readJSONLines reads one object a line; what is inside another is called a.b, the entries
// of a list a1, a2, ….
func readJSONLines(from io.Reader, _ Options, p *purse) (*Table, error) {
	in := &jsonText{r: &counted{from, p}}
	d := json.NewDecoder(in)
	in.offset = d.InputOffset
	d.UseNumber()
	r := &jsonRows{d: d, index: map[string]int{}, spool: &spool{p: p}}
	for {
		err := r.object()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, in.explain(err)
		}
	}
	if r.spool.rows == 0 {
		return nil, errNoRows
	}
	return &Table{Names: r.names, Note: fmt.Sprintf("lines of JSON: %d objects", r.spool.rows), next: r.spool.next}, nil
}

// jsonText is a JSON text that knows which line of it was decoded last, and ends where one
// value is longer than a line may be.
type jsonText struct {
	r      io.Reader
	offset func() int64 // of the decoder
	behind []byte       // what is not decoded yet, from base on
	base   int64
	line   int // that base is in, from 0
}

// Read implements io.Reader.
func (t *jsonText) Read(p []byte) (int, error) {
	t.forget()
	if len(t.behind) > budget.Line {
		return 0, fmt.Errorf("a value or the blank before it is longer than %s", budget.Size(budget.Line))
	}
	n, err := t.r.Read(p)
	if t.base == 0 && len(t.behind) == 0 && n >= 3 && bytes.Equal(p[:3], []byte("\xef\xbb\xbf")) {
		copy(p, "   ") // the mark of UTF-8 is blank
	}
	t.behind = append(t.behind, p[:n]...)
	return n, err
}

// forget lets go of what was decoded.
func (t *jsonText) forget() {
	done := min(int(t.offset()-t.base), len(t.behind))
	t.line += bytes.Count(t.behind[:done], []byte("\n"))
	t.base, t.behind = t.base+int64(done), append(t.behind[:0], t.behind[done:]...)
}

// explain says in which line something is wrong.
func (t *jsonText) explain(err error) error {
	t.forget()
	line := t.line + 1
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) { // what is wrong stands behind the next blank
		blank := len(t.behind) - len(bytes.TrimLeft(t.behind, " \t\r\n"))
		line += bytes.Count(t.behind[:blank], []byte("\n"))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" {
		return fmt.Errorf("line %d: the file ends in the middle of an object", line)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// jsonRows is a table under way; names keep the order in which they come.
type jsonRows struct {
	d      *json.Decoder
	names  []string
	index  map[string]int
	seen   []int // the row in which each name was seen last, from 1
	fields []string
	size   int // bytes of them
	spool  *spool
}

const deepest = 20

// object reads one row; io.EOF behind the last.
func (r *jsonRows) object() error {
	switch v, err := r.d.Token(); {
	case err != nil:
		return err
	case v != json.Delim('{'):
		return fmt.Errorf("an object such as {\"t\": 0, \"x\": 1} is expected, not %s", budget.Cut(fmt.Sprint(v)))
	}
	clear(r.fields)
	r.size = 0
	err := r.inside("", true, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return r.spool.add(r.fields)
}

// inside reads an object or a list behind its opening.
func (r *jsonRows) inside(name string, object bool, depth int) error {
	if depth > deepest {
		return fmt.Errorf("it is nested more than %d deep", deepest)
	}
	for i := 1; r.d.More(); i++ {
		at := name + strconv.Itoa(i)
		if object {
			key, err := r.d.Token()
			if err != nil {
				return err
			}
			if at = fmt.Sprint(key); name != "" {
				at = name + "." + at
			}
		}
		v, err := r.d.Token()
		if err != nil {
			return err
		}
		if open, ok := v.(json.Delim); ok {
			err = r.inside(at, open == '{', depth+1)
		} else {
			err = r.put(at, plain(v))
		}
		if err != nil {
			return err
		}
	}
	_, err := r.d.Token()
	return err
}

func (r *jsonRows) put(name, text string) error {
	if len(name) > budget.Field || len(text) > budget.Field {
		return long("the value or name " + budget.Quote(name))
	}
	if r.size += len(text); r.size > budget.Line {
		return fmt.Errorf("the object is longer than %s", budget.Size(budget.Line))
	}
	c, ok := r.index[name]
	if !ok {
		c = len(r.names)
		if err := r.spool.p.shape(r.spool.rows+1, c+1); err != nil {
			return err
		}
		if err := r.spool.p.hold(int64(2*len(name) + 100)); err != nil {
			return err
		}
		r.index[name] = c
		r.names, r.fields, r.seen = append(r.names, name), append(r.fields, ""), append(r.seen, 0)
	}
	if r.seen[c] == r.spool.rows+1 {
		return fmt.Errorf("%s has two values in one object", budget.Quote(name))
	}
	r.fields[c], r.seen[c] = text, r.spool.rows+1
	return nil
}

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v)
}
