package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// Section is where an orbit crosses a plane column = At in one direction.
type Section struct {
	Column int       `json:"column"`
	At     float64   `json:"at"`
	Down   bool      `json:"down"` // crossings with the column falling; else rising
	X      []float64 `json:"x"`    // states there, row-major, user units
	T      []float64 `json:"t"`    // times
	// Return is the mean time between crossings, ReturnSpread its deviation.
	Return       float64 `json:"return"`
	ReturnSpread float64 `json:"return_spread"`
	Status       Status  `json:"status"`
	Reason       string  `json:"reason"`
}

// SectionOptions say where an orbit is cut and how often. Zeros are chosen.
type SectionOptions struct {
	Column    int     // of the state
	At        float64 // of that column; NaN = its mean
	Down      bool
	Crossings int     // 0 = 2000
	Transient float64 // user time; 0 = 1000 typical times
}

const (
	sectionCrossings = 2000
	sectionRows      = 4096 // states of an orbit that are looked at together
	sectionLongest   = 2_000_000
	crossingLanes    = 64
)

// PoincareSection returns where an orbit of a flow crosses a plane. Crossings are
// found between states half a typical time apart by cubics through states and
// rates, then integrated to, so that they lie in the plane to rounding.
// Status: NotConverged if the plane is crossed fewer times than asked for, the
// crossings so far being returned.
func PoincareSection(f *model.Flow, o SectionOptions) (*Section, error) {
	if f.IsMap() {
		return nil, fmt.Errorf("a map has no sections: its states are a section already")
	}
	if o.Column < 0 || o.Column >= f.Dim() {
		return nil, fmt.Errorf("column %d: there are %d states", o.Column+1, f.Dim())
	}
	if o.Crossings == 0 {
		o.Crossings = sectionCrossings
	}
	typical, err := TypicalTime(f)
	if err != nil {
		return nil, err
	}
	if o.Transient == 0 {
		o.Transient = 1000 * typical
	}
	step := typical / 2
	c, err := newCarrier(f, 0, crossingLanes)
	if err != nil {
		return nil, err
	}
	s := &Section{Column: o.Column, At: o.At, Down: o.Down, Status: OK}
	w := &sectioner{f: *f, s: s, c: c, box: &box{}, tr: newTraces(f, crossingLanes)}
	begin := o.Transient
	for rows := 0; len(s.T) < o.Crossings && rows < sectionLongest; rows += sectionRows - 1 {
		x, err := Orbit(&w.f, sectionRows, step, begin)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(s.At) {
			mean, _ := num.MeanError(columnOf(x, f.Dim(), o.Column))
			s.At = mean
		}
		if w.cross(x, step, o.Crossings); rows > 10*sectionRows && len(s.T) == 0 {
			break
		}
		w.f.Start, begin = x[len(x)-f.Dim():], 0
		w.time += step * float64(sectionRows-1)
	}
	return w.conclude(f, o.Crossings)
}

// conclude looks at where the orbit was and how often it crossed the plane.
func (w *sectioner) conclude(f *model.Flow, wanted int) (*Section, error) {
	for _, err := range []error{w.box.away(f), w.box.atRest(f)} {
		if err != nil {
			return nil, err
		}
	}
	s := w.s
	s.returns()
	if len(s.T) < wanted {
		s.Status, s.Reason = NotConverged, fmt.Sprintf("crossings of the plane in a time of %.4g: %d of %d; take another plane", w.time, len(s.T), wanted)
	}
	return s, nil
}

func (s *Section) returns() {
	s.Return, s.ReturnSpread = math.NaN(), math.NaN()
	if len(s.T) < 3 {
		return
	}
	var gaps []float64
	for i := 1; i < len(s.T); i++ {
		gaps = append(gaps, s.T[i]-s.T[i-1])
	}
	mean, se := num.MeanError(gaps)
	s.Return, s.ReturnSpread = mean, se*math.Sqrt(float64(len(gaps)))
}

// sectioner finds crossings piece by piece.
type sectioner struct {
	f    model.Flow
	s    *Section
	c    *carrier
	tr   traces
	time float64 // of the first state of the piece
	box  *box    // of all that were looked at
}

// cross adds the crossings of a piece of the orbit.
func (w *sectioner) cross(x []float64, step float64, most int) {
	d := w.f.Dim()
	for i := 0; i < len(x); i += d {
		w.box.add(x[i : i+d])
	}
	sign := 1.0
	if w.s.Down {
		sign = -1
	}
	var rows []int
	for i := 0; (i+2)*d <= len(x) && len(w.s.T)+len(rows) < most; i++ {
		a, b := sign*(x[i*d+w.s.Column]-w.s.At), sign*(x[(i+1)*d+w.s.Column]-w.s.At)
		if a < 0 && b >= 0 {
			rows = append(rows, i)
		}
	}
	for len(rows) > 0 {
		k := min(len(rows), crossingLanes)
		w.land(x, rows[:k], step)
		rows = rows[k:]
	}
}

// land integrates from the state before each crossing to it.
func (w *sectioner) land(x []float64, rows []int, step float64) {
	d, f := w.f.Dim(), &w.f
	z, delay := make([]float64, d), make([]float64, w.c.lanes)
	rate := make([]float64, d)
	for l := range w.c.lanes {
		i := rows[min(l, len(rows)-1)]
		a, b := x[i*d:(i+1)*d], x[(i+1)*d:(i+2)*d]
		f.Scaled(z, a)
		w.c.from[l] = (w.time + float64(i)*step) / f.Frame.Time
		w.c.set(l, z)
		f.Rate(rate, 0, a)
		before := rate[w.s.Column]
		f.Rate(rate, 0, b)
		delay[l] = cubicRoot(a[w.s.Column]-w.s.At, b[w.s.Column]-w.s.At, before*step, rate[w.s.Column]*step) * step / f.Frame.Time
	}
	w.c.carry(delay)
	for l, i := range rows {
		at := make([]float64, d)
		f.User(at, w.c.state(l))
		f.Rate(rate, 0, at)
		// What is left is so small that a straight line ends in the plane.
		left := (w.s.At - at[w.s.Column]) / rate[w.s.Column]
		if w.c.failed[l] || math.Abs(left) > step {
			continue
		}
		for k := range at {
			at[k] += left * rate[k]
		}
		w.s.X = append(w.s.X, at...)
		w.s.T = append(w.s.T, w.time+float64(i)*step+delay[l]*f.Frame.Time+left)
	}
}

// cubicRoot is where between 0 and 1 the cubic with values a, b of opposite sign and
// slopes u, v at the ends is zero, by bisection.
func cubicRoot(a, b, u, v float64) float64 {
	at := func(t float64) float64 {
		return (1+2*t)*(1-t)*(1-t)*a + t*(1-t)*(1-t)*u + t*t*(3-2*t)*b + t*t*(t-1)*v
	}
	lo, hi := 0.0, 1.0
	for range 50 {
		mid := (lo + hi) / 2
		if at(mid)*a > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// SectionOfRows cuts a recording x, n × d, row-major, dt apart, in the plane
// column = at, by cubics through four rows. Missing values end a piece.
func SectionOfRows(x []float64, d int, dt float64, o SectionOptions) (*Section, error) {
	if o.Column < 0 || o.Column >= d {
		return nil, fmt.Errorf("column %d: there are %d", o.Column+1, d)
	}
	if err := finiteRows(x, d); err != nil {
		return nil, err
	}
	n := len(x) / d
	s := &Section{Column: o.Column, At: o.At, Down: o.Down, Status: OK}
	if math.IsNaN(s.At) {
		s.At, _ = num.MeanError(columnOf(x, d, o.Column))
	}
	sign := 1.0
	if o.Down {
		sign = -1
	}
	for i := 1; i+2 < n; i++ {
		a, b := x[i*d+o.Column]-s.At, x[(i+1)*d+o.Column]-s.At
		if !(sign*a < 0 && sign*b >= 0) {
			continue
		}
		slope := func(i, k int) float64 { return (x[(i+1)*d+k] - x[(i-1)*d+k]) / 2 }
		t := cubicRoot(a, b, slope(i, o.Column), slope(i+1, o.Column))
		for k := range d {
			p, q, u, v := x[i*d+k], x[(i+1)*d+k], slope(i, k), slope(i+1, k)
			s.X = append(s.X, (1+2*t)*(1-t)*(1-t)*p+t*(1-t)*(1-t)*u+t*t*(3-2*t)*q+t*t*(t-1)*v)
		}
		s.T = append(s.T, (float64(i)+t)*dt)
	}
	s.returns()
	if len(s.T) < 3 {
		s.Status, s.Reason = TooShort, fmt.Sprintf("the plane is crossed %d times; take another one, or a longer recording", len(s.T))
	}
	return s, nil
}
