// Package misfit says what a value costs that is off from its row. A measure is
// one file: registered under a name, it can be chosen with loss=NAME, every
// method that compares trajectories with rows minimises it, and the analyses of
// the loss look at it.
package misfit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Measure is a function ρ of the distance e of a value from its row, prediction less
// row, in scaled units, zero at zero and nowhere below. width is what is usual of the
// column: the deviation of its noise. The squared distance is e² and needs no width;
// robust ones are like it near zero. Quantiles weigh the two sides differently.
type Measure interface {
	// At returns ρ(e), its slope and its curvature.
	At(e, width float64) (value, slope, curvature float64)
	// Residual returns r with r² = ρ(e) and the sign of e, and its slope.
	Residual(e, width float64) (r, slope float64)
}

// Tuned measures take a number after their name, as in huber:2.
type Tuned interface {
	// Tune returns the measure with the number; its errors are for the user.
	Tune(v float64) (Measure, error)
}

// Default is the name of the measure of someone who asks for none.
const Default = "squared"

// Measures are all that can be named.
var Measures = registry.New[Measure]("loss")

// Parse is the measure that a text such as "squared", "huber" or "huber:2"
// names; "" is the default. Its errors are for the user.
func Parse(text string) (Measure, error) {
	if text == "" {
		text = Default
	}
	name, number, tuned := strings.Cut(text, ":")
	m, err := Measures.Lookup(name)
	if err != nil || !tuned {
		return m, err
	}
	v, err := strconv.ParseFloat(number, 64)
	t, ok := m.(Tuned)
	if err != nil || !ok {
		return nil, fmt.Errorf("loss=%s: %s", text, map[bool]string{true: "what follows the colon is no number", false: name + " takes no number"}[ok])
	}
	return t.Tune(v)
}

// root is the residual of a measure of which value and slope at e are known.
func root(e, value, slope float64) (r, dr float64) {
	if r = math.Copysign(math.Sqrt(value), e); r == 0 {
		return e, 1
	}
	return r, slope / (2 * r)
}
