package field

import (
	"fmt"
	"math"
	"slices"
)

// IsLog tells that state i is a logarithm.
func (f *Frame) IsLog(i int) bool { return i < len(f.Log) && f.Log[i] }

// User is what a scaled value z of state i is in the user's units.
func (f *Frame) User(i int, z float64) float64 {
	v := f.Shift[i] + f.Scale[i]*z
	if f.IsLog(i) {
		return math.Exp(v)
	}
	return v
}

// Scaled is the value v of state i in scaled units; NaN, as a value that is missing, where that is
// a logarithm and v is not positive.
func (f *Frame) Scaled(i int, v float64) float64 {
	if f.IsLog(i) {
		if !(v > 0) {
			return math.NaN()
		}
		v = math.Log(v)
	}
	return (v - f.Shift[i]) / f.Scale[i]
}

// Unit is the derivative of User at z: the size of the scaled unit there.
func (f *Frame) Unit(i int, z float64) float64 {
	if f.IsLog(i) {
		return f.Scale[i] * f.User(i, z)
	}
	return f.Scale[i]
}

// InLogs is f with the named states as logarithms whose moments are those of log-normal values with
// the mean and deviation that f has of them. Those that are logarithms stay as they are.
func (f Frame) InLogs(names []string) (Frame, error) {
	logs := make([]bool, len(f.States))
	copy(logs, f.Log)
	f.Shift, f.Scale = slices.Clone(f.Shift), slices.Clone(f.Scale)
	for _, name := range names {
		i := slices.Index(f.States, name)
		switch {
		case i < 0:
			return f, fmt.Errorf("logs: there is no column %q; there are %s", name, joined(f.States))
		case logs[i]:
			continue
		case f.Shift[i] == 0 && f.Scale[i] == 1: // nothing is known of it
		case !(f.Shift[i] > 0):
			return f, fmt.Errorf("logs: %q is not positive in the mean, so it has no logarithm; leave it out", name)
		default:
			v := math.Log1p(f.Scale[i] * f.Scale[i] / (f.Shift[i] * f.Shift[i]))
			f.Shift[i], f.Scale[i] = math.Log(f.Shift[i])-v/2, math.Sqrt(v)
		}
		logs[i] = true
	}
	f.Log = logs
	return f, nil
}
