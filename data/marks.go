package data

import (
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// written is how the numbers of a column, in one file, have points and commas.
type written struct {
	point, comma             bool // some are decimal for sure: 12.34, 0,5
	pointGroups, commaGroups bool // some stand between thousands for sure: 1.234.567, 1,234.5
	openPoint, openComma     open // numbers such as 12.346 and 12,346, which may be either
}

// open are fields of a column whose meaning is to be settled.
type open struct {
	any   bool
	first int      // row
	text  string   // its field
	rows  []uint64 // a bit a row
}

func (o *open) add(row int, field string) {
	if !o.any {
		*o = open{any: true, first: row, text: strings.Clone(field)}
	}
	for row/64 >= len(o.rows) {
		o.rows = append(o.rows, 0)
	}
	o.rows[row/64] |= 1 << (row % 64)
}

func (o *open) has(row int) bool { return row/64 < len(o.rows) && o.rows[row/64]>>(row%64)&1 == 1 }

// see takes note of the number in a field.
func (w *written) see(field string, row int) {
	points, commas := 0, 0
	for i := range len(field) {
		switch field[i] {
		case '.':
			points++
		case ',':
			commas++
		}
	}
	switch {
	case points == 0 && commas == 0:
	case points > 0 && commas > 0 && strings.IndexByte(field, ',') > strings.IndexByte(field, '.'):
		w.comma, w.pointGroups = true, true
	case points > 0 && commas > 0:
		w.point, w.commaGroups = true, true
	case points > 0 && !grouped(field, "."):
		w.point = true
	case points > 1:
		w.pointGroups = true
	case points > 0:
		w.openPoint.add(row, field)
	case !grouped(field, ","):
		w.comma = true
	case commas > 1:
		w.commaGroups = true
	default:
		w.openComma.add(row, field)
	}
}

// settleMarks says of each column of a file, whose rows begin at first, with decimal commas or none
// that are sure, what its points and commas mean where single numbers leave it open: what its other
// numbers say, else those of other columns; else it has to be asked.
func (t *table) settleMarks(o *ReadOptions, sep byte, first int) {
	var file written
	for c := range t.columns {
		w := &t.columns[c].written
		file.point, file.comma = file.point || w.point, file.comma || w.comma
		file.pointGroups, file.commaGroups = file.pointGroups || w.pointGroups, file.commaGroups || w.commaGroups
		file.openComma.any = file.openComma.any || w.openComma.any
	}
	english := file.point || sep == ','
	for c := range t.columns {
		col := &t.columns[c]
		w := col.written
		col.written = written{}
		if w.openPoint.any {
			means := w.pointMeans(&file, o.Decimal)
			if means == noComma {
				means = settleMixed(col.mixed(&w.openPoint, first), file.comma, english)
			}
			t.settle(c, &w.openPoint, means, "points")
		}
		if w.openComma.any {
			t.settle(c, &w.openComma, w.commaMeans(&file, o.Decimal), "commas")
		}
	}
}

// pointMeans says what the points of a column mean in a file where a comma is decimal; noComma: what
// whole numbers beside them say.
func (w *written) pointMeans(file *written, said string) mark {
	switch {
	case said == DecimalEither, w.point:
		return decimal
	case said == DecimalComma, file.pointGroups:
		return thousands
	case file.openComma.any:
		return unclear
	}
	return noComma
}

// settleMixed is what points mean given what the whole numbers in their column say, that commas are
// decimal elsewhere in the file, or that it looks as if points were.
func settleMixed(says mark, comma, english bool) mark {
	switch {
	case says == thousands && english:
		return unclear
	case says == thousands:
		return thousands
	case comma, says == unclear && !english:
		return unclear
	}
	return decimal
}

// How whole numbers and those with a point follow each other, as logarithms of what is written.
var (
	leapDown = -math.Log(100) // most so, from a whole number to one with a point: it counts thousands
	goesOn   = math.Log(2)    // less so, either way: it has decimals
)

// mixed says what the points of a column mean by the whole numbers in its rows from first on. Who
// writes three decimals writes them everywhere, and who leaves out zeros at the end has numbers of
// one and two decimals too; so whole numbers beside nothing but three digits ask for a reason: the
// one reading goes on from row to row where the other leaps a thousandfold. noComma: there are none.
func (c *tableColumn) mixed(open *open, first int) mark {
	whole, largest, smallest := false, 0.0, math.Inf(1)
	var across, along []float64 // ratios from a whole number to an open one, and of open ones
	last, wasOpen := 0.0, false
	for i := first; i < len(c.number); i++ {
		v, isOpen := math.Abs(c.number[i]), open.has(i)
		switch {
		case v != v:
			continue
		case isOpen:
			smallest = min(smallest, v)
		case v != math.Trunc(v):
			return noComma
		default:
			whole, largest = true, max(largest, v)
		}
		switch ratio := math.Log(v / last); {
		case v == 0 || last == 0:
		case isOpen && wasOpen:
			along = append(along, math.Abs(ratio))
		case isOpen:
			across = append(across, ratio)
		case wasOpen:
			across = append(across, -ratio)
		}
		last, wasOpen = v, isOpen
	}
	if !whole {
		return noComma
	}
	return ofRatios(across, along, largest < 1000*smallest)
}

// ofRatios is what such ratios say; groups may be had where every number without is smaller.
func ofRatios(across, along []float64, groups bool) mark {
	middle := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	switch {
	case !groups:
		return decimal
	case len(across) == 0:
		return unclear
	case middle(across) < leapDown:
		return thousands
	case len(along) > 0 && math.Abs(middle(across)) < goesOn && middle(along) < goesOn:
		return decimal
	}
	return unclear
}

// commaMeans says what its commas mean.
func (w *written) commaMeans(file *written, said string) mark {
	switch {
	case said != "", w.comma, file.pointGroups:
		return decimal
	case w.point, file.commaGroups:
		return thousands
	case file.comma:
		return decimal
	case file.point, w.openPoint.any:
		return unclear
	}
	return noComma
}

// settle gives the open numbers of a column, which were read as having decimals, their meaning.
func (t *table) settle(c int, open *open, means mark, marks string) {
	col, name := &t.columns[c], budget.Quote(t.names[c])
	whole := strings.NewReplacer(".", "", ",", "").Replace(open.text)
	switch means {
	case thousands:
		for i := range col.number {
			if open.has(i) {
				col.number[i] = math.Round(1000 * col.number[i])
			}
		}
		t.thousands, t.pointGroups = t.thousands || marks == "commas", t.pointGroups || marks == "points"
		t.note("column %s: %s in numbers are taken for marks of thousands: %s is %s", name, marks, open.text, whole)
	case unclear:
		if col.doubt == nil {
			col.doubt = t.at(open.first, t.names[c], "%s may be %s or %s, and nothing beside it tells; say decimal=%s if points stand between thousands, "+
				"decimal=%s if commas do, or decimal=%s if both are decimal marks", budget.Quote(open.text), whole,
				strings.Replace(open.text, ",", ".", 1), DecimalComma, DecimalPoint, DecimalEither)
		}
	case noComma:
		t.note("commas in numbers are taken for decimal ones; where 1,234 is a thousand and more, say decimal=%s", DecimalPoint)
	}
}

// limitOf is the largest of the limits that stand in a column for values below them, and how many
// such values there are; NaN if there are none.
func (c *tableColumn) limitOf() (limit float64, n int) {
	limit = math.NaN()
	for i, v := range c.number {
		if c.below.any && c.below.has(i) {
			if n++; !(limit >= v) {
				limit = v
			}
		}
	}
	return limit, n
}

// limitsBelow are those of the states, nil if there are none; what is done with them is told.
func (t *table) limitsBelow(use *roles) (below []float64) {
	for k, c := range use.states {
		limit, n := t.columns[c].limitOf()
		if n == 0 {
			continue
		}
		if below == nil {
			below = slices.Repeat([]float64{math.NaN()}, len(use.states))
		}
		below[k] = limit
		t.note("column %s: %s written as below a limit, such as %s", budget.Quote(t.names[c]), words.Several(n, "value"), t.columns[c].below.text)
	}
	for _, c := range use.inputs {
		if _, n := t.columns[c].limitOf(); n > 0 {
			t.note("column %s: %s written as below a limit, such as %s, taken for the limit", budget.Quote(t.names[c]), words.Several(n, "value"), t.columns[c].below.text)
		}
	}
	return below
}
