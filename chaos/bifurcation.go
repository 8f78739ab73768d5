package chaos

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/model"
)

// BifurcationOptions say what is drawn over a parameter. Zeros are chosen.
type BifurcationOptions struct {
	Column    int     // of the state that is drawn
	Points    int     // at most, for each value; 0 = 200
	Transient float64 // user time or iterations; 0 = 2000 typical times
	Count     int     // exponents; 0 = all, −1 = none
	Error     float64 // wanted standard error of the leading exponent; 0 = 0.03
}

// BifurcationPoint is what happens at one value of the parameter.
type BifurcationPoint struct {
	Value float64 `json:"value"`
	// Points are the maxima of the column along an orbit, of a map its states, in
	// ascending order of time; Branches how many differ, 0 if too many to count.
	Points    []float64 `json:"points"`
	Branches  int       `json:"branches"`
	Rests     bool      `json:"rests"` // the orbit ends in a fixed point, which is the only point
	Exponents []float64 `json:"exponents"`
	Errors    []float64 `json:"errors"`
	Motion    string    `json:"motion"` // rest, cycle, chaos, undecided, diverges
	Status    Status    `json:"status"`
	Reason    string    `json:"reason"`
}

const (
	bifurcationPoints = 200
	bifurcationError  = 0.03
	mostBranches      = 64
	sameBranch        = 1e-3 // of the extent
	// stillShare of the extent of the first orbit is none.
	stillShare = 1e-6
)

// Bifurcation follows an orbit over the values of a parameter: at makes the flow of a
// value. Each value begins where the one before ended, a little aside, so that an
// attractor is followed for as long as there is one; the other way round (values in
// reverse order) may follow another. A value whose orbit leaves begins anew from
// the start of its flow.
func Bifurcation(ctx context.Context, values []float64, at func(value float64) (*model.Flow, error), o BifurcationOptions) ([]BifurcationPoint, error) {
	if o.Points == 0 {
		o.Points = bifurcationPoints
	}
	if o.Error == 0 {
		o.Error = bifurcationError
	}
	out, flows := make([]BifurcationPoint, len(values)), make([]*model.Flow, len(values))
	var last []float64
	for k, v := range values {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f, err := at(v)
		if err != nil {
			return nil, err
		}
		if o.Column < 0 || o.Column >= f.Dim() {
			return nil, fmt.Errorf("column %d: there are %d states", o.Column+1, f.Dim())
		}
		usual := f.Start
		if last != nil {
			f.Start = aside(last)
		}
		out[k] = BifurcationPoint{Value: v, Status: OK}
		end, err := out[k].follow(f, &o)
		if err != nil && last != nil {
			f.Start = usual
			end, err = out[k].follow(f, &o)
		}
		if err != nil {
			out[k].Status, out[k].Reason, out[k].Motion, last = Diverged, err.Error(), "diverges", nil
			continue
		}
		last, flows[k] = end, f
	}
	if o.Count < 0 {
		return out, nil
	}
	err := par.MapContext(ctx, len(values), func(k int) {
		if flows[k] != nil {
			out[k].spectrum(ctx, flows[k], &o)
		}
	})
	return out, err
}

// aside moves a state a little, lest it stays where it no longer is stable.
func aside(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v*(1+1e-6) + 1e-9
	}
	return y
}

// follow gathers the points of one value, and returns the last state.
func (p *BifurcationPoint) follow(f *model.Flow, o *BifurcationOptions) ([]float64, error) {
	d := f.Dim()
	typical, err := TypicalTime(f)
	if err != nil {
		return nil, err
	}
	transient := o.Transient
	if transient == 0 {
		transient = 2000 * typical
	}
	if f.IsMap() {
		x, err := Orbit(f, max(o.Points, 2), f.Frame.Step, transient)
		if err != nil {
			return nil, err
		}
		p.Points = columnOf(x, d, o.Column)
		f.Start = x[len(x)-d:]
		p.count(p.Points)
		return f.Start, nil
	}
	const rows = 4000
	for range 8 {
		x, err := Orbit(f, rows, typical/4, transient)
		if err != nil {
			return nil, err
		}
		f.Start, transient = x[len(x)-d:], typical/4
		column := columnOf(x, d, o.Column)
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range column {
			lo, hi = min(lo, v), max(hi, v)
		}
		if hi-lo <= stillShare*(1+math.Abs(hi)) {
			p.Points, p.Rests, p.Branches = []float64{column[len(column)-1]}, true, 1
			return f.Start, nil
		}
		if p.Points = append(p.Points, tops(column)...); len(p.Points) >= o.Points {
			p.Points = p.Points[:o.Points]
			break
		}
	}
	p.count(p.Points)
	return f.Start, nil
}

// tops are the heights of the maxima of smooth values, of the quartic through five of
// them.
func tops(v []float64) []float64 {
	var out []float64
	for i := 2; i+2 < len(v); i++ {
		if !(v[i] > v[i-1] && v[i] >= v[i+1]) {
			continue
		}
		p, q, r, s := v[i-2], v[i-1], v[i+1], v[i+2]
		a, b := (p-8*q+8*r-s)/12, (-p+16*q-30*v[i]+16*r-s)/24
		c, d := (-p+2*q-2*r+s)/12, (p-4*q+6*v[i]-4*r+s)/24
		t := 0.0
		for range 6 {
			t -= (a + t*(2*b+t*(3*c+t*4*d))) / (2*b + t*(6*c+t*12*d))
		}
		if !(math.Abs(t) <= 1) {
			t = 0
		}
		out = append(out, v[i]+t*(a+t*(b+t*(c+t*d))))
	}
	return out
}

// count tells how many branches the points lie on.
func (p *BifurcationPoint) count(points []float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range points {
		lo, hi = min(lo, v), max(hi, v)
	}
	var branches []float64
	for _, v := range points {
		found := false
		for _, b := range branches {
			found = found || math.Abs(v-b) <= sameBranch*max(hi-lo, 1e-3*(1+math.Abs(hi)))
		}
		if !found {
			branches = append(branches, v)
		}
		if len(branches) > mostBranches {
			return
		}
	}
	p.Branches = len(branches)
}

// spectrum adds the exponents, and names the motion by them.
func (p *BifurcationPoint) spectrum(ctx context.Context, f *model.Flow, o *BifurcationOptions) {
	s, err := LyapunovSpectrum(ctx, f, SpectrumOptions{Count: o.Count, Error: o.Error})
	if err != nil || len(s.Exponents) == 0 {
		p.Motion, p.Status = "undecided", NotConverged
		if p.Reason = "no exponents"; err == nil {
			p.Reason = s.Reason
		}
		return
	}
	p.Exponents, p.Errors = s.Exponents, s.Errors
	first, se := s.Exponents[0], s.Errors[0]
	level := 3*se + 1e-3*largestOf(s.Exponents)
	switch {
	case first > level:
		p.Motion = "chaos"
	case p.Rests || f.IsMap() && first < -level && p.Branches == 1:
		p.Motion = "rest"
	case math.Abs(first) <= level && !f.IsMap(), f.IsMap() && first < -level:
		p.Motion = "cycle"
	default:
		p.Motion = "undecided"
	}
}
