package program

import (
	"strconv"
	"strings"
)

// Form is what an Expr is.
type Form uint8

// The forms of an expression.
const (
	Number     Form = iota // Value
	Name                   // Name
	Call                   // Name(Args…), output Index of it
	Neg                    // −Args[0]
	Sum                    // Args[0] + Args[1]
	Difference             // Args[0] − Args[1]
	Product                // Args[0] · Args[1]
	Quotient               // Args[0] / Args[1]
	Power                  // Args[0] ^ Args[1]
)

// Expr is a parsed expression, a node of a tree whose values are numbers.
// It does not change after ParseExpr.
type Expr struct {
	Form   Form
	Column int     // where it starts (operators: the operator), in runes from 1
	Value  float64 // Number
	Name   string  // Name, Call
	Index  int     // Call: which output, from 0 on; -1 if none was written
	Args   []*Expr
}

// Walk calls visit for e and every expression below it, from left to right.
func (e *Expr) Walk(visit func(*Expr)) {
	visit(e)
	for _, a := range e.Args {
		a.Walk(visit)
	}
}

// Names returns the names of values e mentions, each once, in order.
func (e *Expr) Names() []string { return e.mentioned(Name) }

// Calls returns the names of functions e calls, each once, in order.
func (e *Expr) Calls() []string { return e.mentioned(Call) }

func (e *Expr) mentioned(f Form) []string {
	var names []string
	seen := map[string]bool{}
	e.Walk(func(x *Expr) {
		if x.Form == f && !seen[x.Name] {
			seen[x.Name] = true
			names = append(names, x.Name)
		}
	})
	return names
}

// Equal tells whether e and f are the same expression, wherever they stood.
func (e *Expr) Equal(f *Expr) bool {
	if e.Form != f.Form || e.Value != f.Value || e.Name != f.Name || e.Index != f.Index || len(e.Args) != len(f.Args) {
		return false
	}
	for i, a := range e.Args {
		if !a.Equal(f.Args[i]) {
			return false
		}
	}
	return true
}

// Binding strengths, as in the grammar of ParseExpr.
const (
	bindSum = iota + 1
	bindProduct
	bindSign
	bindPower
	bindAtom
)

var bindings = [...]int{Number: bindAtom, Name: bindAtom, Call: bindAtom, Neg: bindSign,
	Sum: bindSum, Difference: bindSum, Product: bindProduct, Quotient: bindProduct, Power: bindPower}

// String prints e with the fewest parentheses that keep its meaning;
// ParseExpr reads it back as the same expression.
func (e *Expr) String() string {
	var s strings.Builder
	e.print(&s, bindSum)
	return s.String()
}

// print writes e where only expressions that bind as strongly as least may
// stand without parentheses.
func (e *Expr) print(s *strings.Builder, least int) {
	bind := bindings[e.Form]
	if bind < least {
		s.WriteByte('(')
		defer s.WriteByte(')')
	}
	switch e.Form {
	case Number:
		s.WriteString(strconv.FormatFloat(e.Value, 'g', -1, 64))
	case Name:
		s.WriteString(e.Name)
	case Call:
		e.printCall(s)
	case Neg:
		s.WriteByte('-')
		e.Args[0].print(s, bindSign)
	case Power:
		e.Args[0].print(s, bindAtom)
		s.WriteByte('^')
		e.Args[1].print(s, bindSign)
	default:
		e.Args[0].print(s, bind)
		s.WriteString([...]string{Sum: " + ", Difference: " - ", Product: "*", Quotient: "/"}[e.Form])
		e.Args[1].print(s, bind+1)
	}
}

func (e *Expr) printCall(s *strings.Builder) {
	s.WriteString(e.Name)
	s.WriteByte('(')
	for i, a := range e.Args {
		if i > 0 {
			s.WriteString(", ")
		}
		a.print(s, bindSum)
	}
	s.WriteByte(')')
	if e.Index >= 0 {
		s.WriteString("[" + strconv.Itoa(e.Index) + "]")
	}
}
