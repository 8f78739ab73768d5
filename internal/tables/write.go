package tables

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/data"
)

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

// WriteNPZ writes one array a column, and id (numbers from 0 on) of several recordings.
func WriteNPZ(w io.Writer, series []data.Series) error {
	var names []string
	columns := map[string][]float64{}
	add := func(name string, v float64) {
		if columns[name] == nil {
			names = append(names, name)
		}
		columns[name] = append(columns[name], v)
	}
	for i := range series {
		for k := range series[i].T {
			if len(series) > 1 {
				add("id", float64(i))
			}
			_ = eachValue(&series[i], k, func(name string, v float64) error { add(name, v); return nil })
		}
	}
	z := zip.NewWriter(w)
	for _, name := range names {
		f, err := z.Create(strings.ReplaceAll(name, "/", "_") + ".npy")
		if err != nil {
			return err
		}
		head := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(columns[name]))
		for (10+len(head)+1)%64 != 0 {
			head += " "
		}
		head += "\n"
		b := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
		b = append(b, head...)
		for _, v := range columns[name] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return z.Close()
}
