package tables

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/parquet"
)

// WriteJSONLines writes one object a row; missing values are null, instants text.
func WriteJSONLines(w io.Writer, series []data.Series) error {
	f, err := newFrame(series)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	keys := make([][]byte, len(f))
	for c := range f {
		if keys[c], err = json.Marshal(f[c].name); err != nil {
			return err
		}
	}
	for k := range f[0].rows() {
		for c := range f {
			mark := ", "
			if c == 0 {
				mark = "{"
			}
			text := "null"
			switch {
			case f[c].times != nil:
				text = `"` + f[c].times[k].Format(time.RFC3339Nano) + `"`
			case f[c].texts != nil:
				id, err := json.Marshal(f[c].texts[k])
				if err != nil {
					return err
				}
				text = string(id)
			case f[c].reals[k] == f[c].reals[k]:
				text = number(f[c].reals[k])
			}
			fmt.Fprintf(b, "%s%s: %s", mark, keys[c], text)
		}
		b.WriteString("}\n")
	}
	return b.Flush()
}

// WriteParquet writes a column of doubles each, instants as nanoseconds in UTC.
func WriteParquet(w io.Writer, series []data.Series) error {
	f, err := newFrame(series)
	if err != nil {
		return err
	}
	out := make([]parquet.Column, len(f))
	for c := range f {
		f[c].datesAsText()
		out[c] = parquet.Column{Name: f[c].name, Reals: f[c].reals, Times: f[c].times, Texts: f[c].texts}
	}
	return parquet.Write(w, out)
}

// datesAsText makes text of instants that 64 bits of nanoseconds cannot hold.
func (c *column) datesAsText() {
	for _, t := range c.times {
		if t.Year() > 1678 && t.Year() < 2262 {
			continue
		}
		for _, t := range c.times {
			c.texts = append(c.texts, t.Format(time.RFC3339Nano))
		}
		c.times = nil
		return
	}
}

// WriteNPZ writes one array a column: numbers, datetime64[ns], and text.
func WriteNPZ(w io.Writer, series []data.Series) error {
	f, err := newFrame(series)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for c := range f {
		f[c].datesAsText()
		file, err := z.Create(f[c].name + ".npy")
		if err != nil {
			return err
		}
		if _, err := file.Write(f[c].npy()); err != nil {
			return err
		}
	}
	return z.Close()
}

// npy is the column in the format of numpy.save.
func (c *column) npy() []byte {
	kind, body := "<f8", []byte(nil)
	switch {
	case c.times != nil:
		kind = "<M8[ns]"
		for _, t := range c.times {
			body = binary.LittleEndian.AppendUint64(body, uint64(t.UnixNano()))
		}
	case c.texts != nil:
		longest := 1
		for _, s := range c.texts {
			longest = max(longest, utf8.RuneCountInString(s))
		}
		kind = fmt.Sprintf("<U%d", longest)
		for _, s := range c.texts {
			n := 0
			for _, r := range s {
				body = binary.LittleEndian.AppendUint32(body, uint32(r))
				n++
			}
			body = append(body, make([]byte, 4*(longest-n))...)
		}
	default:
		for _, v := range c.reals {
			body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
		}
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", kind, c.rows())
	for (10+len(head)+1)%64 != 0 {
		head += " "
	}
	head += "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	return append(append(b, head...), body...)
}
