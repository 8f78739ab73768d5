package tables

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
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

	had map[string]int // names of recordings that were read, and which they were, from 1 on
}

// deepTimes are the names of arrays that hold times.
var deepTimes = []string{"t", "time", "times", "timestamps"}

// across is how many columns an array of recordings × time × columns has.
func (a *array) across() int { return a.wide / max(1, a.steps) }

// fromRecordings is a table of arrays of which one at least has three dimensions.
func fromRecordings(all []*array, p *purse, end func() error) (*Table, error) {
	d := &deep{had: map[string]int{}}
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
	if err := d.misplaced(all, left); err != nil {
		return nil, err
	}
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
		switch {
		case a.steps > 0:
			d.along, d.deep = slices.Insert(d.along, d.deep, a), d.deep+1
		case a.timed() && d.time == nil && (a.flat && a.rows == d.steps || a.rows == d.recordings && a.wide == d.steps):
			d.time = a
		case a.rows == d.recordings && a.wide == 1 && d.id == nil && strings.EqualFold(a.name, "id"):
			d.id = a
		case a.rows == d.recordings && a.wide == 1 && !a.timed():
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

// tells is whether an array holds times or names of recordings, by its name.
func (a *array) tells() bool { return a.timed() || strings.EqualFold(a.name, "id") }

// timed tells that an array is called as times are.
func (a *array) timed() bool { return slices.Contains(deepTimes, strings.ToLower(a.name)) }

// misplaced refuses times and names of recordings that were left out for their shape.
func (d *deep) misplaced(all []*array, left []string) error {
	for _, a := range all {
		switch {
		case !slices.Contains(left, a.name):
		case a.timed() && d.time == nil:
			return fmt.Errorf("array %s has %s, but there are %d recordings of %d rows; give %d times for all of them, or %d × %d",
				budget.Quote(a.name), a.size(), d.recordings, d.steps, d.steps, d.recordings, d.steps)
		case a.tells() && !a.timed() && d.id == nil:
			return fmt.Errorf("array %s has %s, but there are %d recordings; give one value for each of them", budget.Quote(a.name), a.size(), d.recordings)
		}
	}
	return nil
}

// size is how much an array holds, for messages.
func (a *array) size() string {
	if a.wide == 1 {
		return words.Several(a.rows, "value")
	}
	return fmt.Sprintf("%d × %d values", a.rows, a.wide)
}

// common reads the times that all recordings share, and counts the names of recordings.
func (d *deep) common(p *purse) error {
	if d.id != nil {
		if err := p.hold(int64(d.recordings) * int64(d.id.width+timeBytes)); err != nil { // d.had
			return err
		}
	}
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
	if err := d.once(); err != nil {
		return err
	}
	for d.rows > 0 && !d.filled(d.rows-1) {
		d.rows--
	}
	return nil
}

// once refuses the name of a recording that another had: their rows would be mixed.
func (d *deep) once() error {
	if d.id == nil {
		return nil
	}
	id := strings.TrimSpace(d.id.value(0))
	if before, ok := d.had[id]; ok {
		return fmt.Errorf("recordings %d and %d have the same id %s; give each one of its own", before, d.rec, budget.Quote(id))
	}
	d.had[id] = d.rec
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
