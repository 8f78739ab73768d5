package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
)

// Scheme is what the name of a solver stands for: how its steppers are made, and
// what is to be known before there is one.
type Scheme struct {
	Name, Doc string // Doc is one line: who, when, what it is good for
	Order     int    // the error of a step is O(h^(Order+1))
	// Inside is that order for states inside a step; 0: there are none, so that
	// steps end at the saved times.
	Inside int
	// Estimate is the power of h in the estimated error, by which step sizes are
	// chosen; 0: there is no estimate, and steps are of fixed size.
	Estimate   int
	Controller string // of adaptive steps if none is named; "" means pi
	Implicit   bool   // steps solve equations; for stiff problems
	Algebraic  bool   // it can do with rows that have to be zero (field.Algebraic)
	// Curved says that going back needs fields with second derivatives (field.Curved).
	Curved  bool
	Tableau *Tableau // of an explicit Runge–Kutta method, otherwise nil
	// New makes a stepper for fields of a shape; inside says whether it will be
	// asked for states inside steps.
	New func(shape field.Shape, inside bool) Stepper
}

// Adaptive says whether the method estimates its own error.
func (m *Scheme) Adaptive() bool { return m.Estimate > 0 }

var schemes = registry.New[*Scheme]("solver")

// Methods returns the names of all methods, sorted.
func Methods() []string { return schemes.Names() }

// Method returns the scheme of that name. The error suggests a similar name.
func Method(name string) (*Scheme, error) { return schemes.Lookup(name) }

// Register makes m known by its name. It is called from init functions only.
func Register(m *Scheme) {
	if m.New == nil || m.Order < 1 {
		panic("ode: a scheme needs an order and a constructor")
	}
	schemes.Register(m.Name, m.Doc, func() *Scheme { return m })
}
