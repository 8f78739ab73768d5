package tables

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// deep is an archive, or one file, with arrays of recordings × time × columns. Arrays beside them are
// told by their shape: recordings × time is a column more, one value a recording (a label, a name,
// a constant) stands in all rows of it, and the times are an array that is called so, of all
// recordings or of each. A recording ends behind its last row with a value in an array of three dimensions.
type deep struct {
	recordings, steps int
	id, time          *array   // nil: counted from 0
	each              []*array // one value a recording
	along             []*array // values of each row
	deep              int      // of those, the ones of three dimensions, which come first
	times             []string // of all recordings; nil: each has its own, or none

	names    []string
	rec, row int // the next ones
	rows     int // of the recording that was read
}

// deepTimes are the names of arrays that hold times.
var deepTimes = []string{"t", "time", "times", "timestamps"}

// across is how many columns an array of recordings × time × columns has.
func (a *array) across() int { return a.wide / max(1, a.steps) }

// fromRecordings is a table of arrays of which one at least has three dimensions.
func fromRecordings(all []*array, p *purse, end func() error) (*Table, error) {
	d := &deep{}
	for _, a := range all {
		if a.steps == 0 {
			continue
		}
		if d.recordings > 0 && (a.rows != d.recordings || a.steps != d.steps) {
			return nil, fmt.Errorf("array %s has %d recordings of %d rows, another %d of %d; arrays of recordings × time × columns share the first two numbers",
				a.name, a.rows, a.steps, d.recordings, d.steps)
		}
		d.recordings, d.steps = a.rows, a.steps
	}
	if d.recordings == 0 || d.steps == 0 {
		return nil, errNoRows
	}
	left := d.place(all)
	d.name()
	if d.recordings > p.Rows/d.steps {
		return nil, p.shape(p.Rows+1, 1)
	}
	if err := p.shape(d.recordings*d.steps, len(d.names)); err != nil {
		return nil, err
	}
	if err := d.common(p); err != nil {
		return nil, err
	}
	t := &Table{Names: d.names, Note: fmt.Sprintf("%d recordings of %d rows, columns %s", d.recordings, d.steps, listed(d.names))}
	if len(left) > 0 {
		t.Note += "; left out for their shape: " + listed(left)
	}
	t.next = func(dst []string) ([]string, error) { return d.next(dst, end) }
	return t, nil
}

// place says what each array is; those that are nothing are returned by name.
func (d *deep) place(all []*array) (left []string) {
	for _, a := range all {
		timed := slices.Contains(deepTimes, strings.ToLower(a.name))
		switch {
		case a.steps > 0:
			d.along, d.deep = slices.Insert(d.along, d.deep, a), d.deep+1
		case timed && d.time == nil && (a.flat && a.rows == d.steps || a.rows == d.recordings && a.wide == d.steps):
			d.time = a
		case a.rows == d.recordings && a.wide == 1 && d.id == nil && strings.EqualFold(a.name, "id"):
			d.id = a
		case a.rows == d.recordings && a.wide == 1:
			d.each = append(d.each, a)
		case a.rows == d.recordings && a.wide == d.steps:
			a.steps = d.steps
			d.along = append(d.along, a)
		default:
			left = append(left, a.name)
		}
	}
	return left
}

// common reads the times that all recordings share.
func (d *deep) common(p *purse) error {
	if d.time == nil || !d.time.flat {
		return nil
	}
	if err := p.hold(int64(timeBytes * d.steps)); err != nil {
		return err
	}
	for range d.steps {
		var err error
		if d.times, err = d.time.next(d.times); err != nil {
			return err
		}
	}
	return nil
}

// timeBytes is what a time takes as text.
const timeBytes = 48

// name names the columns: the recording, the time, what changes, and what does not.
func (d *deep) name() {
	d.names = []string{"id", "t"}
	if d.time != nil {
		d.names[1] = d.time.name
	}
	for _, a := range d.along {
		if a.across() == 1 {
			d.names = append(d.names, a.name)
			continue
		}
		for c := range a.across() {
			d.names = append(d.names, a.deepName(c))
		}
	}
	for _, a := range d.each {
		d.names = append(d.names, a.name)
	}
}

// next appends the next row.
func (d *deep) next(dst []string, end func() error) ([]string, error) {
	for d.row == d.rows {
		if d.rec == d.recordings {
			if end != nil {
				if err := end(); err != nil {
					return nil, err
				}
			}
			return nil, io.EOF
		}
		if err := d.load(); err != nil {
			return nil, err
		}
	}
	id := strconv.Itoa(d.rec - 1)
	if d.id != nil {
		id = d.id.value(0)
	}
	dst = append(dst, id, d.when())
	for _, a := range d.along {
		n := a.across()
		for c := range n {
			dst = append(dst, a.value(d.row*n+c))
		}
	}
	for _, a := range d.each {
		dst = append(dst, a.value(0))
	}
	d.row++
	return dst, nil
}

// when is the time of the row.
func (d *deep) when() string {
	switch {
	case d.times != nil:
		return d.times[d.row]
	case d.time == nil:
		return strconv.Itoa(d.row)
	}
	return d.time.value(d.row)
}

// load reads the next recording of all arrays, and finds its last row with a value.
func (d *deep) load() error {
	for _, a := range slices.Concat(d.along, d.each, []*array{d.id, d.time}) {
		if a == nil || a == d.time && d.times != nil {
			continue
		}
		if err := a.load(); err != nil {
			return err
		}
	}
	d.rec, d.row, d.rows = d.rec+1, 0, d.steps
	for d.rows > 0 && !d.filled(d.rows-1) {
		d.rows--
	}
	return nil
}

// filled tells that a row has a value in an array of three dimensions.
func (d *deep) filled(row int) bool {
	for _, a := range d.along[:d.deep] {
		n := a.across()
		for c := range n {
			if a.value(row*n+c) != "" {
				return true
			}
		}
	}
	return false
}
