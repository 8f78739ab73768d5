package report

import "math"

// Chart is a drawing as a value; web/chart.js draws any of them.
type Chart struct {
	Title  string  `json:"title"`
	Unit   string  `json:"unit,omitempty"` // beside the title
	Alt    string  `json:"alt"`            // what the chart shows, for those who cannot see it
	X      Axis    `json:"x"`
	Y      Axis    `json:"y"`
	Y2     *Axis   `json:"y2,omitempty"`   // right axis, for layers with Right
	Layers []Layer `json:"layers"`         // drawn in this order
	Height int     `json:"height"`         // in CSS pixels; 0: as high as wide
	Sync   string  `json:"sync,omitempty"` // charts of one name share cursor and zoom
	Legend bool    `json:"legend"`
	Small  bool    `json:"small,omitempty"` // one of many: narrow margins, a cursor of its own
	Plane  bool    `json:"plane,omitempty"` // the cursor finds the nearest point instead of the nearest x
}

// Axis is the domain and the words of an axis. Min = Max is widened by the
// script.
type Axis struct {
	Label string    `json:"label,omitempty"`
	Unit  string    `json:"unit,omitempty"`
	Min   float64   `json:"min"`
	Max   float64   `json:"max"`
	Log   bool      `json:"log,omitempty"`
	Whole bool      `json:"whole,omitempty"` // ticks at whole numbers only
	Bare  bool      `json:"bare,omitempty"`  // the label is for the cursor, not drawn
	Ticks []Tick    `json:"ticks,omitempty"` // instead of round numbers
	Date  *Calendar `json:"date,omitempty"`  // numbers are instants
}

// Tick is a place on an axis with its words.
type Tick struct {
	V    float64 `json:"v"`
	Text string  `json:"text"`
}

// Kinds of layers, with the fields they read besides Name, Color.
const (
	Line   = "line"   // X, Y; Dash; Thin
	Step   = "step"   // X, Y: Y[i] holds until X[i+1]
	Points = "points" // X, Y; Hollow; Faint; Size
	Band   = "band"   // X, Y (low), Y1 (high)
	Tiles  = "tiles"  // X, Y (low), Y1 (high): rectangles, a missing value between any two
	Errors = "errors" // X, Y (low), Y1 (high): bars of uncertainty
	Bars   = "bars"   // X (centre), Y; Size: width in units of X
	Shade  = "shade"  // X: from, to; Label
	Rule   = "rule"   // X: vertical lines; Label; Dash
	Level  = "level"  // Y: horizontal lines
	Rug    = "rug"    // X: ticks along the lower edge
	Arrows = "arrows" // X, Y, and the direction DX, DY in axis units
	Mark   = "mark"   // X, Y: one point with Label; Hollow
	Heat   = "heat"   // X, Y: ascending places; Z[j·len(X)+i] at (X[i], Y[j]), its colours on Y2
)

// Colours of layers are names that the style sheet knows in light and dark.
const (
	Ink      = "ink"
	Muted    = "muted"
	Fit      = "fit"
	Forecast = "forecast"
	Third    = "third"
	Fourth   = "fourth"
	Fifth    = "fifth"
	Sixth    = "sixth"
)

// Layer is one mark of a chart. A layer with a Name appears in the legend and
// under the cursor. A missing value in X or Y breaks a line.
type Layer struct {
	Kind   string  `json:"kind"`
	Name   string  `json:"name,omitempty"`
	Color  string  `json:"color"`
	Label  string  `json:"label,omitempty"`
	X      Numbers `json:"x,omitempty"`
	Y      Numbers `json:"y,omitempty"`
	Y1     Numbers `json:"y1,omitempty"`
	Z      Numbers `json:"z,omitempty"`
	DX     Numbers `json:"dx,omitempty"`
	DY     Numbers `json:"dy,omitempty"`
	Size   float64 `json:"size,omitempty"`
	Dash   bool    `json:"dash,omitempty"`
	Thin   bool    `json:"thin,omitempty"`
	Hollow bool    `json:"hollow,omitempty"`
	Faint  bool    `json:"faint,omitempty"` // of many points
	Right  bool    `json:"right,omitempty"` // on the second y axis
}

// span is the smallest interval that holds some values.
type span struct{ lo, hi float64 }

// emptySpan holds nothing; including a finite value makes it proper.
func emptySpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s span) empty() bool { return !(s.lo <= s.hi) }

func (s span) width() float64 { return s.hi - s.lo }

// include widens s to hold the finite values of v.
func (s span) include(v ...float64) span {
	for _, x := range v {
		if finite(x) {
			s.lo, s.hi = math.Min(s.lo, x), math.Max(s.hi, x)
		}
	}
	return s
}

// includeWithin is include, but goes at most share × the width of s beyond
// either end: an orbit that explodes must not flatten the data.
func (s span) includeWithin(share float64, v ...float64) span {
	if s.empty() {
		return s.include(v...)
	}
	w := s.width()
	if w == 0 {
		w = math.Max(1, math.Abs(s.lo))
	}
	lo, hi := s.lo-share*w, s.hi+share*w
	for _, x := range v {
		if finite(x) {
			s = s.include(math.Max(lo, math.Min(hi, x)))
		}
	}
	return s
}

// pad widens s by a share of its width on both sides.
func (s span) pad(share float64) span {
	if s.empty() {
		return span{0, 1}
	}
	p := share * s.width()
	if p == 0 {
		p = math.Max(math.Abs(s.lo)*share, share)
	}
	return span{s.lo - p, s.hi + p}
}

// axis is s as the domain of an axis.
func (s span) axis(label, unit string) Axis {
	if s.empty() {
		s = span{0, 1}
	}
	return Axis{Label: label, Unit: unit, Min: s.lo, Max: s.hi}
}

// largest is the largest value that is drawn: spans and squares of such values
// stay finite.
const largest = 1e150

// finite says whether x can be drawn.
func finite(x float64) bool { return -largest < x && x < largest }

// allFinite says whether no value is missing.
func allFinite(v []float64) bool {
	for _, x := range v {
		if !finite(x) {
			return false
		}
	}
	return true
}
