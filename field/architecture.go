package field

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// Frame tells an architecture what the data look like: the names of the
// measured states and inputs, and how user units relate to scaled ones,
//
//	x_user = Shift + Scale·x,  u_user = UShift + UScale·u,  t_user = T0 + Time·t.
//
// Of a state that is a logarithm, log x_user = Shift + Scale·x: see User and Scaled.
type Frame struct {
	States []string  `json:"states"`
	Shift  []float64 `json:"shift"`
	Scale  []float64 `json:"scale"`
	// Log tells which states are natural logarithms of what the user sees; those beyond its
	// length are none.
	Log    []bool    `json:"log,omitempty"`
	Inputs []string  `json:"inputs,omitempty"`
	UShift []float64 `json:"ushift,omitempty"`
	UScale []float64 `json:"uscale,omitempty"`
	T0     float64   `json:"t0"`
	Time   float64   `json:"time"`
	// Step is the time between samples in user units, for architectures in
	// discrete time; 0 for all others.
	Step float64 `json:"step,omitempty"`
	// TUnit is the user's unit of time, for words alone; "" where it is not known.
	TUnit string `json:"-"`
}

// Unscaled is the frame in which scaled and user units are the same.
func Unscaled(states, inputs []string) Frame {
	f := Frame{States: states, Inputs: inputs, Time: 1,
		Shift: make([]float64, len(states)), Scale: make([]float64, len(states)),
		UShift: make([]float64, len(inputs)), UScale: make([]float64, len(inputs))}
	for i := range f.Scale {
		f.Scale[i] = 1
	}
	for i := range f.UScale {
		f.UScale[i] = 1
	}
	return f
}

// unscaled tells whether scaled and user units are the same.
func (f *Frame) unscaled() bool {
	for i, s := range f.Scale {
		if s != 1 || f.Shift[i] != 0 {
			return false
		}
	}
	return f.Time == 1
}

// withHidden is f with n more states behind the others, called by name and
// number, whose units are theirs already.
func withHidden(f Frame, name string, n int) Frame {
	if n == 0 {
		return f
	}
	f.States, f.Shift, f.Scale = slices.Clone(f.States), slices.Clone(f.Shift), slices.Clone(f.Scale)
	for i := range n {
		f.States = append(f.States, fmt.Sprintf("%s%d", name, i+1))
		f.Shift, f.Scale = append(f.Shift, 0), append(f.Scale, 1)
	}
	return f
}

// Architecture is what may be learnt: a description small enough for a model
// file, from which the right-hand side is built. Its exported fields are its
// configuration (JSON).
type Architecture interface {
	// Build returns the programs, which work in scaled units. Its errors are
	// for the person who wrote the configuration.
	Build(f Frame) (*Parts, error)
}

// Parts is what an architecture builds: programs that share one θ.
type Parts struct {
	// Frame is the frame it was built for, extended by hidden states: the
	// first components of the state are the measured ones.
	Frame Frame
	// Field maps t (1), x, u (if there are inputs) and theta to dx, in scaled
	// units: dx is d(x scaled)/d(t scaled).
	Field *program.Program
	// Observe maps t, x, u and theta to what is seen of x (output dx, of the shape of x,
	// scaled); nil: x itself. Observed tells in which components that differs from x; those
	// of x stand still.
	Observe  *program.Program
	Observed []bool
	// Events are what happens to the state beside the field; nil: nothing does.
	Events *Events
	// Delays are the states of earlier times among the inputs of Field; nil: none. Such a field
	// is made with NewField.
	Delays *Delays
	// Theta0 is θ before the layers are drawn: the start values of named
	// parameters, zero elsewhere.
	Theta0 []float64
	// Layers are the affine layers in θ, in the order in which they are drawn.
	Layers []Layer
	// Net is not nil where the field is one network, that of Layers, and nothing else.
	Net *Net
	// Past tells the state from the rows before; nil: nothing does.
	Past *Past
	// Values maps theta to the named parameters in user units (output
	// "values"); nil if there are none.
	Values *program.Program
	Named  []Parameter
	// Start is the start of hidden states in user units.
	Start []float64
	// PerRecording are the hidden states that stand for parameters of which every recording
	// has a value of its own.
	PerRecording []RecordingParameter
	// Text says in words, or as equations, what the model is.
	Text string
	// Notes say what may have been meant otherwise.
	Notes []string
	// Algebraic tells which states have no derivative: their rows of Field have to be zero at
	// every time; nil: none. Such a field is made with NewField.
	Algebraic []bool
	// Reduced are the equations 0 = … in which no algebraic unknown stands.
	Reduced []Reduction
	// Kept has rows that a start has to make zero, as Field has its own; nil: none.
	Kept *program.Program
}

// Net is a field that is one network of the state, then the time if that is an
// argument, then the inputs: dx = network(x, t, u).
type Net struct {
	Act  program.Kind // between its layers
	Time bool         // time is an argument
	// Layers is how many of Parts.Layers are those of the network; the others belong to
	// an encoder. 0: all.
	Layers int
}

// Layer is one affine map z = W·a + b inside θ: W is Rows × Cols, row-major
// from W on; b has Rows entries from B on.
type Layer struct {
	Name       string
	Rows, Cols int
	W, B       int
	Last       bool // its result is not passed through an activation
	Sparse     bool // coefficients of a library of terms: they start at zero, and few are expected to matter
	Plain      bool // with Sparse: numbers of a law, such as friction, in whose place no network stands
}

// Parameter is a named number of user equations. Theta is its place in θ.
type Parameter struct {
	Name     string   `json:"name"`
	Unit     string   `json:"unit,omitempty"`
	Start    float64  `json:"start"`
	Min, Max *float64 `json:"-"`
	Prior    *Prior   `json:"-"` // what the user knew before; nil: nothing
	Theta    int      `json:"theta"`
}
