package program

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Kind names an elementary function for Act.
type Kind = kernel.Kind

// The elementary functions.
const (
	Tanh       = kernel.Tanh
	Sigmoid    = kernel.Sigmoid
	GELU       = kernel.GELU
	Erf        = kernel.Erf
	Softplus   = kernel.Softplus
	SiLU       = kernel.SiLU
	Sin        = kernel.Sin
	Cos        = kernel.Cos
	Exp        = kernel.Exp
	Log        = kernel.Log
	Reciprocal = kernel.Reciprocal
	Sqrt       = kernel.Sqrt
	Square     = kernel.Square
	ReLU       = kernel.ReLU
	Abs        = kernel.Abs
)

// Kinds lists the elementary functions.
func Kinds() []Kind { return kernel.Kinds() }

// KindByName finds an elementary function by its name.
func KindByName(name string) (Kind, bool) { return kernel.KindByName(name) }

// Op is one of the operations a program is made of.
type Op uint8

// The operations. The three bilinear products differentiate into each other,
// Spread and Gather are mutual transposes, Slice and Pad too, and Act carries
// the order of its derivative.
const (
	OpInput   Op = iota // a named argument
	OpConst             // every entry is S
	OpMatVec            // A·b, A is a matrix, b a vector
	OpMatVecT           // Aᵀ·b
	OpOuter             // a bᵀ
	OpSpread            // shared → batched
	OpGather            // batched → shared: the sum over lanes
	OpAdd               // a + b
	OpMul               // a ∘ b, entry by entry
	OpScale             // S·a
	OpAct               // the Order-th derivative of Kind at a, entry by entry
	OpSlice             // entries Lo … Lo+Rows·Cols of a, reshaped
	OpPad               // zero but for a, which starts at entry Lo
)

var opNames = [...]string{"input", "const", "matvec", "matvecT", "outer", "spread",
	"gather", "add", "mul", "scale", "act", "slice", "pad"}

func (o Op) String() string { return opNames[o] }

// Node is one operation and its result, a Rows × Cols matrix (Cols = 1: a
// vector), one for all lanes or, if Batched, one for each lane.
type Node struct {
	Op         Op
	A, B       int // operands, earlier nodes; -1 if there is none
	Rows, Cols int
	Batched    bool
	S          float64 // OpConst, OpScale
	Kind       Kind    // OpAct
	Order      int     // OpAct
	Lo         int     // OpSlice, OpPad
	Name       string  // OpInput
}

// Size is the number of entries of the node's value (for each lane).
func (n Node) Size() int { return n.Rows * n.Cols }

// Output is a named result.
type Output struct {
	Name string
	Node int
}

// Program is an immutable straight-line program. Nodes are in order of
// evaluation; every operand precedes its use.
type Program struct {
	Nodes   []Node
	Inputs  []int // nodes that are inputs, in order of declaration; kept even if unused
	Outputs []Output
}

// Input returns the node of the named input.
func (p *Program) Input(name string) (Node, bool) {
	for _, i := range p.Inputs {
		if p.Nodes[i].Name == name {
			return p.Nodes[i], true
		}
	}
	return Node{}, false
}

// Output returns the node of the named output.
func (p *Program) Output(name string) (Node, bool) {
	for _, o := range p.Outputs {
		if o.Name == name {
			return p.Nodes[o.Node], true
		}
	}
	return Node{}, false
}

// String prints the program, one line an operation; * marks batched values.
func (p *Program) String() string {
	var s strings.Builder
	for i := range p.Nodes {
		n := &p.Nodes[i]
		fmt.Fprintf(&s, "%-5s %-7s = %s\n", p.ref(i), n.shape(), p.describe(n))
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&s, "%s -> %s\n", p.ref(o.Node), o.Name)
	}
	return s.String()
}

func (p *Program) ref(i int) string {
	if p.Nodes[i].Batched {
		return fmt.Sprintf("%%%d*", i)
	}
	return fmt.Sprintf("%%%d", i)
}

func (n Node) shape() string {
	if n.Cols == 1 {
		return fmt.Sprint(n.Rows)
	}
	return fmt.Sprintf("%d×%d", n.Rows, n.Cols)
}

func (p *Program) describe(n *Node) string {
	switch n.Op {
	case OpInput:
		return "input " + n.Name
	case OpConst:
		return fmt.Sprintf("const %g", n.S)
	case OpScale:
		return fmt.Sprintf("scale %g %s", n.S, p.ref(n.A))
	case OpAct:
		return n.Kind.String() + strings.Repeat("'", n.Order) + " " + p.ref(n.A)
	case OpSlice, OpPad:
		return fmt.Sprintf("%v %s at %d", n.Op, p.ref(n.A), n.Lo)
	case OpSpread, OpGather:
		return fmt.Sprintf("%v %s", n.Op, p.ref(n.A))
	}
	return fmt.Sprintf("%v %s %s", n.Op, p.ref(n.A), p.ref(n.B))
}
