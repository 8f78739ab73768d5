package data

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// WriteOptions adjust what Write puts into a file. The zero value writes
// the recordings alone.
type WriteOptions struct {
	// ID is the name of the column that tells recordings apart; "" is "id". It is
	// written if there are several recordings or the only one has a name.
	ID string
	// Bands holds, for each recording, the lower and upper limits of its
	// states; nil writes none.
	Bands []Band
	// Kind says what the bands are (BandFit, BandPredictive) and becomes a part of
	// their columns' names; "" is left out of them.
	Kind string
	// Tabs separate the columns instead of commas.
	Tabs bool
}

// Band is a region around the states of a recording: two arrays laid out as its X.
type Band struct{ Lo, Hi []float64 }

// Kinds of bands: where a trajectory may lie, as far as the members of an
// ensemble know, and where measured values may lie.
const (
	BandFit        = "fit"
	BandPredictive = "predictive"
)

// Write puts recordings into w as CSV or TSV: the time under its original name, the
// states in their order with units in brackets, then name_kind_lo and
// name_kind_hi of each if there are bands (of no kind: name_lo and name_hi), then
// known inputs, then the recording's name.
//
// Numbers are the shortest that read back to the same bits, missing values
// empty fields, times with an Epoch timestamps in its zone, or, where that says all of them, dates of
// the form Dates.
//
// Errors: recordings with different columns, two columns of one name, a
// recording without rows or columns that would not read back, and those of w.
func Write(w io.Writer, s []Series, o WriteOptions) error {
	p, err := newWriter(w, s, o)
	if err != nil {
		return err
	}
	if o.Tabs {
		p.sep = '\t'
	}
	p.row(p.header)
	for n := range s {
		for i := range s[n].T {
			p.row(p.fields(n, i))
		}
	}
	return p.w.Flush()
}

type writer struct {
	w      *bufio.Writer
	sep    byte
	s      []Series
	bands  []Band
	withID bool
	header []string
	buffer []string
	form   *form // of dates; nil: ISO 8601
}

func newWriter(w io.Writer, s []Series, o WriteOptions) (*writer, error) {
	if len(s) == 0 {
		return nil, fmt.Errorf("there is no recording to write")
	}
	first := &s[0]
	p := &writer{w: bufio.NewWriter(w), sep: ',', s: s, bands: o.Bands, withID: len(s) > 1 || first.ID != "", form: commonForm(s)}
	for n := range s {
		if !slices.Equal(s[n].Names, first.Names) || !slices.Equal(s[n].Inputs, first.Inputs) || s[n].Time != first.Time {
			return nil, fmt.Errorf("recordings %q and %q have different columns; write them to files of their own", first.ID, s[n].ID)
		}
		if p.bands != nil && (len(p.bands) != len(s) || len(p.bands[n].Lo) != len(s[n].X) || len(p.bands[n].Hi) != len(s[n].X)) {
			panic("data: Write: the bands differ in shape from the recordings")
		}
	}
	names, units := p.columns(&o)
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("two columns would be called %q; rename one", name)
		}
		seen[name] = true
		if i < len(units) && units[i] != "" {
			name += " [" + units[i] + "]"
		}
		p.header = append(p.header, name)
	}
	return p, nil
}

// columns are the names of all columns, and the units of those that may have one.
func (p *writer) columns(o *WriteOptions) (names, units []string) {
	first := &p.s[0]
	names = append([]string{first.Time}, first.Names...)
	units = append([]string{first.TUnit}, first.Units...)
	if !first.Epoch.IsZero() {
		units[0] = ""
	}
	for c := range first.Names {
		if p.bands != nil {
			stem := first.Names[c]
			if o.Kind != "" {
				stem += "_" + o.Kind
			}
			names = append(names, stem+"_lo", stem+"_hi")
			units = append(units, unitOf(first, c), unitOf(first, c))
		}
	}
	names = append(names, first.Inputs...)
	if p.withID {
		id := o.ID
		if id == "" {
			id = "id"
		}
		names = append(names, id)
	}
	return names, units
}

func unitOf(s *Series, c int) string {
	if c < len(s.Units) {
		return s.Units[c]
	}
	return ""
}

// fields returns row i of recording n; the slice is used again for the next row.
func (p *writer) fields(n, i int) []string {
	s, f := &p.s[n], p.buffer[:0]
	f = append(f, p.time(s, s.T[i]))
	for _, v := range s.Row(i) {
		f = append(f, formatNumber(v))
	}
	if p.bands != nil {
		d := len(s.Names)
		for c := range s.Names {
			f = append(f, formatNumber(p.bands[n].Lo[i*d+c]), formatNumber(p.bands[n].Hi[i*d+c]))
		}
	}
	for _, v := range s.InputRow(i) {
		f = append(f, formatNumber(v))
	}
	if p.withID {
		f = append(f, s.ID)
	}
	p.buffer = f
	return f
}

// time is a time as text.
func (p *writer) time(s *Series, t float64) string {
	switch {
	case s.Epoch.IsZero():
		return formatNumber(t)
	case p.form != nil:
		return p.form.write(Stamp(s.Epoch, t, s.TUnit))
	}
	return Stamp(s.Epoch, t, s.TUnit).Format(time.RFC3339Nano)
}

// commonForm is the form in which all times of recordings can be written; nil: ISO 8601.
func commonForm(all []Series) *form {
	f, ok := formOf(all[0].Dates)
	if !ok {
		return nil
	}
	for n := range all {
		s := &all[n]
		if s.Dates != f.text || s.Epoch.IsZero() {
			return nil
		}
		for _, t := range s.T {
			if !f.exact(Stamp(s.Epoch, t, s.TUnit)) {
				return nil
			}
		}
	}
	return &f
}

// row writes one line; the first error of w stays in p.w until Flush.
func (p *writer) row(fields []string) {
	for i, f := range fields {
		if i > 0 {
			p.w.WriteByte(p.sep)
		}
		if strings.ContainsAny(f, "\",;\t\r\n") || strings.HasPrefix(f, "#") {
			f = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
		}
		p.w.WriteString(f)
	}
	p.w.WriteByte('\n')
}
