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
	driveRows  = 30   // fewest rows that tell who drives whom
	driveOwn   = 1e-6 // variance that the past of a driving column leaves over, at least, in its own
	driveHelps = 0.05 // share of what is left over that another column must explain to drive it
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
	for c, name := range series[0].Names {
		out = append(out, roleOf(series, c, name))
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

func roleOf(series []Series, c int, name string) Role {
	var all []float64
	for i := range series {
		all = append(all, series[i].Column(c)...)
	}
	if m := NewMoments(series...); m.SD[c] == 0 {
		return Role{name, RoleConstant, "it never changes", true}
	}
	called := driveNames.MatchString(name) && !slices.Contains(series[0].Names, "v") // u and v are a pair of states as often
	switch shape := ShapeOf(all); {
	case len(series[0].Names) < 2:
		return Role{name, RoleState, "it is the only column", true}
	case shape != Varied:
		return Role{name, RoleInput, fmt.Sprintf("it moves in %s", shape), called}
	}
	helped, helps, ok := drives(series, c)
	switch {
	case !ok:
		return Role{name, RoleState, "there are too few rows to tell what drives what", false}
	case helped < driveHelps && helps >= driveHelps:
		return Role{name, RoleInput, fmt.Sprintf("it moves by itself, and explains %.0f %% of what the others' own past leaves over", 100*helps), called}
	}
	return Role{name, RoleState, fmt.Sprintf("the others explain %.0f %% of what its own past leaves over", 100*max(0, helped)), true}
}

// drives is the share of what the past of column c leaves over that the others explain,
// and the largest share of what is left over of another that c explains.
func drives(series []Series, c int) (helped, helps float64, ok bool) {
	d := len(series[0].Names)
	var others []int
	for j := range d {
		if j != c {
			others = append(others, j)
		}
	}
	own, ok1 := leftOver(series, c, []int{c})
	if own < driveOwn { // it obeys a law of its own, as the states of a system without noise do
		return 1, 0, ok1
	}
	with, ok2 := leftOver(series, c, append([]int{c}, others...))
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	helped = share(own, with)
	for _, j := range others {
		rest := slices.DeleteFunc(slices.Clone(others), func(k int) bool { return k == j })
		alone, ok1 := leftOver(series, j, append([]int{j}, rest...))
		with, ok2 := leftOver(series, j, append([]int{j, c}, rest...))
		if ok1 && ok2 {
			helps = max(helps, share(alone, with))
		}
	}
	return helped, helps, true
}

// share is how much less with leaves over; both count what they spent.
func share(without, with float64) float64 {
	if !(without > 0) {
		return 0
	}
	return 1 - with/without
}

// leftOver is the variance, per degree of freedom, of column c around the best linear
// combination of the last rows of some columns.
func leftOver(series []Series, c int, from []int) (float64, bool) {
	width := 1 + driveLags*len(from)
	gram, cross, power, n := mat.NewSymDense(width, nil), mat.NewVecDense(width, nil), 0.0, 0
	m := NewMoments(series...)
	z := func(s *Series, k, j int) float64 {
		sd := m.SD[j]
		if sd == 0 {
			sd = 1
		}
		return (s.Row(k)[j] - m.Mean[j]) / sd
	}
	row := mat.NewVecDense(width, nil)
	for i := range series {
		s := &series[i]
		for k := driveLags; k < s.Len(); k++ {
			row.SetVec(0, 1)
			known := true
			for a, j := range from {
				for l := range driveLags {
					v := z(s, k-1-l, j)
					known = known && !math.IsNaN(v)
					row.SetVec(1+a*driveLags+l, v)
				}
			}
			y := z(s, k, c)
			if !known || math.IsNaN(y) {
				continue
			}
			gram.SymRankOne(gram, 1, row)
			cross.AddScaledVec(cross, y, row)
			power, n = power+y*y, n+1
		}
	}
	if n < driveRows || n < 4*width {
		return 0, false
	}
	for i := range width {
		gram.SetSym(i, i, gram.At(i, i)*(1+1e-12)+1e-9)
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(gram) || chol.SolveVecTo(&w, cross) != nil {
		return 0, false
	}
	return max(0, power-mat.Dot(&w, cross)) / float64(n-width), true
}
