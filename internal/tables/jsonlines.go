package tables

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/entrain-dev/entrain/data"
)

// readJSONLines reads one object a line; what is inside another is called a.b, the entries
// of a list a1, a2, ….
func readJSONLines(text []byte, _ Options) (*Table, error) {
	r := &jsonRows{t: &Table{}, index: map[string]int{}}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	for n := 1; ; n++ {
		r.fields = make([]string, len(r.t.Names))
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
		if err := r.inside(d, "", true, 0); err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
		r.t.Rows = append(r.t.Rows, r.fields)
	}
	if len(r.t.Rows) == 0 {
		return nil, fmt.Errorf("it has no rows")
	}
	r.t.Note = fmt.Sprintf("lines of JSON: %d objects", len(r.t.Rows))
	return r.t, nil
}

// jsonRows is a table under way; names keep the order in which they come.
type jsonRows struct {
	t      *Table
	index  map[string]int
	fields []string
}

const deepest = 20

// inside reads an object or a list behind its opening.
func (r *jsonRows) inside(d *json.Decoder, name string, object bool, depth int) error {
	if depth > deepest {
		return fmt.Errorf("it is nested more than %d deep", deepest)
	}
	for i := 1; d.More(); i++ {
		at := name + strconv.Itoa(i)
		if object {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if at = fmt.Sprint(key); name != "" {
				at = name + "." + at
			}
		}
		v, err := d.Token()
		if err != nil {
			return err
		}
		if open, ok := v.(json.Delim); ok {
			err = r.inside(d, at, open == '{', depth+1)
		} else {
			err = r.put(at, plain(v))
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (r *jsonRows) put(name, text string) error {
	c, ok := r.index[name]
	if !ok {
		if len(r.t.Names) == mostColumns {
			return fmt.Errorf("there are more than %d names", mostColumns)
		}
		c = len(r.t.Names)
		r.index[name] = c
		r.t.Names, r.fields = append(r.t.Names, name), append(r.fields, "")
	}
	r.fields[c] = text
	return nil
}

const mostColumns = 100_000

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

// WriteJSONLines writes one object a row; missing values are null.
func WriteJSONLines(w io.Writer, series []data.Series) error {
	b := bufio.NewWriter(w)
	for i := range series {
		s := &series[i]
		for k := range s.T {
			b.WriteString("{")
			if len(series) > 1 || s.ID != "" {
				id, err := json.Marshal(s.ID)
				if err != nil {
					return err
				}
				fmt.Fprintf(b, `"id": %s, `, id)
			}
			first := true
			put := func(name string, v float64) error {
				if !first {
					b.WriteString(", ")
				}
				first = false
				key, err := json.Marshal(name)
				if err != nil {
					return err
				}
				text := number(v)
				if text == "" {
					text = "null"
				}
				_, err = fmt.Fprintf(b, "%s: %s", key, text)
				return err
			}
			if err := eachValue(s, k, put); err != nil {
				return err
			}
			b.WriteString("}\n")
		}
	}
	return b.Flush()
}

// eachValue calls put with the names and values of a row: the time, states, inputs.
func eachValue(s *data.Series, k int, put func(name string, v float64) error) error {
	if err := put(s.Time, s.T[k]); err != nil {
		return err
	}
	for c, v := range s.Row(k) {
		if err := put(s.Names[c], v); err != nil {
			return err
		}
	}
	for c, v := range s.InputRow(k) {
		if err := put(s.Inputs[c], v); err != nil {
			return err
		}
	}
	return nil
}
