package data

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Role is what a column seems to be for, and why.
type Role struct {
	Column string `json:"column"`
	Role   string `json:"role"` // state, input or constant
	Reason string `json:"reason"`
	Sure   bool   `json:"sure"` // so that it may be taken for granted and told
}

// The roles that a column may have.
const (
	RoleState    = "state"
	RoleInput    = "input"
	RoleConstant = "constant"
)

// driveNames are what people call what they set or what acts from outside.
var driveNames = regexp.MustCompile(`(?i)^(u|inp|input|inputs|force|drive|forcing|control|setpoint|set_?point|sp|stimulus|command|cmd|valve|pump|heater|voltage|torque|dose)[_ -]?[0-9]*$`)

const (
	driveLags  = 2
	driveRows  = 30    // fewest rows that tell who drives whom
	driveOwn   = 1e-6  // variance that the past of a driving column leaves over, at least, in its own
	driveWork  = 4e8   // multiplications that may be spent on it
	driveMost  = 300   // columns
	leastShare = 0.005 // share of what is left over that is worth telling
	driveHelps = 0.05  // share of what is left over that another column must explain to drive it
)

// Roles tells what the columns of recordings seem to be for, from how they move and who
// moves whom: a column that the others do not help to foretell and that helps to
// foretell them acts on them; one that keeps its values in steps or has pulses is set by
// somebody. It is sure of an input only where a name says so too.
//
// Source of the test: Granger, Econometrica 37 (1969) 424–438.
func Roles(series []Series) []Role {
	if len(series) == 0 {
		return nil
	}
	var out []Role
	m := NewMoments(series...)
	by := drives(series, m)
	for c := range series[0].Names {
		out = append(out, roleOf(series, c, m, by))
	}
	for _, name := range series[0].Inputs {
		out = append(out, Role{name, RoleInput, "inputs= names it", true})
	}
	if !slices.ContainsFunc(out, func(r Role) bool { return r.Role == RoleState }) { // something has to move
		for i := range out[:len(series[0].Names)] {
			if out[i].Role == RoleInput {
				out[i].Role, out[i].Sure = RoleState, false
			}
		}
	}
	return out
}

func roleOf(series []Series, c int, m *Moments, by *driving) Role {
	name := series[0].Names[c]
	var all []float64
	for i := range series {
		all = append(all, series[i].Column(c)...)
	}
	if m.SD[c] == 0 {
		return Role{name, RoleConstant, "it never changes", true}
	}
	called := driveNames.MatchString(name)
	switch shape := ShapeOf(all); {
	case len(series[0].Names) < 2:
		return Role{name, RoleState, "it is the only column", true}
	case shape != Varied:
		return Role{name, RoleInput, fmt.Sprintf("it moves in %s", shape), called}
	}
	helped, helps := by.helped[c], by.helps[c]
	switch {
	case !by.ok:
		return Role{name, RoleState, "there are too few rows, or too many columns, to tell what drives what", false}
	case helped < driveHelps && helps >= driveHelps:
		return Role{name, RoleInput, fmt.Sprintf("it moves by itself: the last rows of the other columns hardly help to foretell it, while its own take %.0f %% off the mean squared error with which another is foretold", 100*helps), called}
	case by.alone[c]:
		return Role{name, RoleState, "its own last rows foretell the next one to a thousandth of its deviation", true}
	case helped < leastShare:
		return Role{name, RoleState, "its next row is foretold from its own last rows as well as with the other columns", true}
	}
	return Role{name, RoleState, fmt.Sprintf("the last rows of the other columns take %.0f %% off the mean squared error with which its own foretell the next", 100*helped), true}
}

// driving says who drives whom: helped[c] is the share of what the past of column c leaves
// over that the others explain, helps[c] the largest share of what all others leave over
// of one of them that c explains, alone[c] whether nothing is left over. ok is false where
// there are too few rows to tell.
type driving struct {
	helped, helps []float64
	alone         []bool
	ok            bool
}

// drives regresses each column on the last rows of all. What leaving a column out costs
// follows from the coefficients and the inverse of the normal equations, so one
// factorisation does for all pairs.
func drives(series []Series, m *Moments) *driving {
	d := len(series[0].Names)
	width := 1 + driveLags*d
	out := &driving{helped: make([]float64, d), helps: make([]float64, d), alone: make([]bool, d)}
	rows := 0
	for i := range series {
		rows += series[i].Len()
	}
	if rows < 4*width || d > driveMost { // before there is an equation for each pair
		return out
	}
	g := newLagged(series, m, rows)
	if g.n < driveRows || g.n < 4*width {
		return out
	}
	var chol mat.Cholesky
	var inverse mat.SymDense
	var w mat.Dense
	if !chol.Factorize(g.gram) || chol.InverseTo(&inverse) != nil || chol.SolveTo(&w, g.cross) != nil {
		return out
	}
	out.ok = true
	out.judge(g, &inverse, &w, width)
	return out
}

// judge finds what each column helps the others, and how much it is helped, from the
// inverse of the Gram matrix and the coefficients w of all columns.
func (out *driving) judge(g *lagged, inverse *mat.SymDense, w *mat.Dense, width int) {
	d := len(out.helped)
	full := make([]float64, d) // variance that all leave over, per degree of freedom
	for j := range d {
		full[j] = max(0, g.power[j]-mat.Dot(g.cross.ColView(j), w.ColView(j))) / float64(g.n-width)
	}
	block := mat.NewSymDense(driveLags, nil)
	part := mat.NewVecDense(driveLags, nil)
	for c := range d {
		own := g.own(c)
		if out.helped[c] = share(own, full[c]); own < driveOwn { // it obeys a law of its own, as the states of a system without noise do
			out.helped[c], out.alone[c] = 1, true
			continue
		}
		at := 1 + driveLags*c
		for a := range driveLags {
			for b := a; b < driveLags; b++ {
				block.SetSym(a, b, inverse.At(at+a, at+b))
			}
		}
		var small mat.Cholesky
		if !small.Factorize(block) {
			continue
		}
		for j := range d {
			if j == c {
				continue
			}
			for a := range driveLags {
				part.SetVec(a, w.At(at+a, j))
			}
			var cost mat.VecDense
			if small.SolveVecTo(&cost, part) != nil {
				continue
			}
			without := (full[j]*float64(g.n-width) + mat.Dot(part, &cost)) / float64(g.n-width+driveLags)
			out.helps[c] = max(out.helps[c], share(without, full[j]))
		}
	}
}

// share is how much less with leaves over; both count what they spent.
func share(without, with float64) float64 {
	if !(without > 0) {
		return 0
	}
	return 1 - with/without
}

// lagged are the normal equations of all columns, in units of their deviations, on a
// constant and their last rows.
type lagged struct {
	gram  *mat.SymDense // width × width
	cross *mat.Dense    // width × columns
	power []float64     // of each column
	n     int           // rows of which all is known
}

func newLagged(series []Series, m *Moments, rows int) *lagged {
	d := len(series[0].Names)
	width := 1 + driveLags*d
	g := &lagged{gram: mat.NewSymDense(width, nil), cross: mat.NewDense(width, d, nil), power: make([]float64, d)}
	every := 1 + rows*width*(width+2*d)/driveWork
	row, now := mat.NewVecDense(width, nil), mat.NewVecDense(d, nil)
	for i := range series {
		s := &series[i]
		for k := driveLags; k < s.Len(); k += every {
			if !lags(row, now, s, m, k) {
				continue
			}
			g.gram.SymRankOne(g.gram, 1, row)
			g.cross.RankOne(g.cross, 1, row, now)
			for j := range d {
				g.power[j] += now.AtVec(j) * now.AtVec(j)
			}
			g.n++
		}
	}
	for i := range width {
		g.gram.SetSym(i, i, g.gram.At(i, i)*(1+1e-12)+1e-9)
	}
	return g
}

// lags writes row k of s and what it is regressed on; false if something is not known.
func lags(row, now *mat.VecDense, s *Series, m *Moments, k int) bool {
	row.SetVec(0, 1)
	for j := range s.Names {
		sd := m.SD[j]
		if sd == 0 {
			sd = 1
		}
		for l := range driveLags + 1 {
			v := (s.Row(k - l)[j] - m.Mean[j]) / sd
			switch {
			case math.IsNaN(v):
				return false
			case l == 0:
				now.SetVec(j, v)
			default:
				row.SetVec(driveLags*j+l, v)
			}
		}
	}
	return true
}

// own is the variance, per degree of freedom, that the past of column c alone leaves over.
func (g *lagged) own(c int) float64 {
	at := []int{0}
	for l := range driveLags {
		at = append(at, 1+driveLags*c+l)
	}
	gram, cross := mat.NewSymDense(len(at), nil), mat.NewVecDense(len(at), nil)
	for a, i := range at {
		for b, j := range at[a:] {
			gram.SetSym(a, a+b, g.gram.At(i, j))
		}
		cross.SetVec(a, g.cross.At(i, c))
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(gram) || chol.SolveVecTo(&w, cross) != nil {
		return 0
	}
	return max(0, g.power[c]-mat.Dot(&w, cross)) / float64(g.n-len(at))
}
