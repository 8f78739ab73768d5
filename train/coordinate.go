package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// coordinate is the number that is varied for one unknown z of a fit: a
// parameter's entry of θ or a component of a start. What suits depends on the
// unknown: a number known to be positive is varied by its logarithm, one that
// stands in the equations linearly by itself, one that may be decades off to
// either side of zero by a logarithm that passes zero (asinh).
type coordinate struct {
	kind  coordinateKind
	par   *field.Parameter // of inUnits
	scale float64          // of signedLog, inUnits; of the state, of logStart
	shift float64          // of the state, of logStart
}

type coordinateKind int

const (
	asItIs    coordinateKind = iota // z = q
	signedLog                       // z = scale·sinh q
	inUnits                         // value of the parameter in user units = scale·q
	logStart                        // state in user units = exp q
)

// at is z and dz/dq.
func (c *coordinate) at(q float64) (z, slope float64) {
	switch c.kind {
	case signedLog:
		return c.scale * math.Sinh(q), c.scale * math.Cosh(q)
	case inUnits:
		z = c.par.Entry(c.scale * q)
		_, d := c.par.Value(z)
		return z, c.scale / d
	case logStart:
		v := math.Exp(q)
		return (v - c.shift) / c.scale, v / c.scale
	}
	return q, 1
}

// of is the coordinate of z; −Inf or Inf if there is none.
func (c *coordinate) of(z float64) float64 {
	switch c.kind {
	case signedLog:
		return math.Asinh(z / c.scale)
	case inUnits:
		v, _ := c.par.Value(z)
		return v / c.scale
	case logStart:
		return math.Log(max(0, c.shift+c.scale*z))
	}
	return z
}

// Limits of coordinates: logarithms stay within the numbers; decade is a step
// that a logarithm may take at once.
const (
	logLimit   = 60
	startLimit = 300 // of a logarithm in user units
	decade     = math.Ln10
)

// bounds of the coordinate and the longest step; 0: any.
func (c *coordinate) bounds() (lo, hi, longest float64) {
	switch c.kind {
	case signedLog:
		return -startLimit, startLimit, decade
	case logStart:
		return -startLimit, startLimit, 2 * decade
	case inUnits:
		lo, hi = math.Inf(-1), math.Inf(1)
		if c.par.Min != nil { // strictly inside, or θ is infinite
			lo = (*c.par.Min + math.Exp(-logLimit/2)*math.Abs(c.par.Start-*c.par.Min)) / c.scale
		}
		if c.par.Max != nil {
			hi = (*c.par.Max - math.Exp(-logLimit/2)*math.Abs(*c.par.Max-c.par.Start)) / c.scale
		}
		return lo, hi, 0
	}
	return math.Inf(-1), math.Inf(1), 0
}
