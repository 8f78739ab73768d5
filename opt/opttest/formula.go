package opttest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// tape is a list of operations on values with first and second derivatives by
// n unknowns. Operation i writes place i.
type tape struct {
	n     int
	ops   []op
	names map[string]int // of places that formulas may speak of
}

type op struct {
	kind  string // "const", "x", "+", "*", "/", "^" (constant exponent), a function
	a, b  int    // places, or the unknown
	value float64
}

func newTape(n int) *tape {
	t := &tape{n: n, names: map[string]int{}}
	for i := range n {
		t.names[fmt.Sprintf("x%d", i+1)] = t.push(op{kind: "x", a: i})
	}
	return t
}

func (t *tape) push(o op) int {
	t.ops = append(t.ops, o)
	return len(t.ops) - 1
}

func (t *tape) number(v float64) int { return t.push(op{kind: "const", value: v}) }

// isConst returns the value of a place that is a number.
func (t *tape) isConst(i int) (float64, bool) { return t.ops[i].value, t.ops[i].kind == "const" }

func (t *tape) binary(kind string, a, b int) int {
	u, constA := t.isConst(a)
	v, constB := t.isConst(b)
	switch {
	case kind == "-":
		return t.binary("+", a, t.binary("*", t.number(-1), b))
	case constA && constB:
		return t.number(map[string]float64{"+": u + v, "*": u * v, "/": u / v, "^": math.Pow(u, v)}[kind])
	case kind == "^" && constB:
		return t.push(op{kind: "^", a: a, value: v})
	case kind == "^":
		return t.push(op{kind: "exp", a: t.binary("*", b, t.push(op{kind: "log", a: a}))})
	}
	return t.push(op{kind: kind, a: a, b: b})
}

func (t *tape) function(name string, a int) int {
	o := op{kind: name, a: a}
	if x, ok := t.isConst(a); ok {
		f, _, _ := unary(o, x)
		return t.number(f)
	}
	return t.push(o)
}

// parser reads
//
//	sum     = term { ("+" | "−") term }
//	term    = factor { ("*" | "/") factor }
//	factor  = ["−"] power
//	power   = atom ["^" factor]
//	atom    = number | name | function "(" sum ")" | "(" sum ")"
type parser struct {
	t    *tape
	text string
}

// formula appends a formula to the tape and returns its place. It panics where
// the formula is not one.
func (t *tape) formula(text string) int {
	p := &parser{t, strings.ReplaceAll(text, " ", "")}
	at := p.sum()
	if p.text != "" {
		panic("opttest: formula " + text + " is not understood from " + p.text)
	}
	return at
}

func (p *parser) take(prefix string) bool {
	rest, ok := strings.CutPrefix(p.text, prefix)
	if ok {
		p.text = rest
	}
	return ok
}

func (p *parser) sum() int {
	at := p.term()
	for {
		switch {
		case p.take("+"):
			at = p.t.binary("+", at, p.term())
		case p.take("-"):
			at = p.t.binary("-", at, p.term())
		default:
			return at
		}
	}
}

func (p *parser) term() int {
	at := p.factor()
	for {
		switch {
		case p.take("*"):
			at = p.t.binary("*", at, p.factor())
		case p.take("/"):
			at = p.t.binary("/", at, p.factor())
		default:
			return at
		}
	}
}

func (p *parser) factor() int {
	if p.take("-") {
		return p.t.binary("*", p.t.number(-1), p.factor())
	}
	at := p.atom()
	if p.take("^") {
		return p.t.binary("^", at, p.factor())
	}
	return at
}

func (p *parser) atom() int {
	if p.take("(") {
		at := p.sum()
		if !p.take(")") {
			panic("opttest: a closing bracket is missing before " + p.text)
		}
		return at
	}
	if end := numberEnd(p.text); end > 0 {
		v, err := strconv.ParseFloat(p.text[:end], 64)
		if err != nil {
			panic("opttest: number " + err.Error())
		}
		p.text = p.text[end:]
		return p.t.number(v)
	}
	end := strings.IndexFunc(p.text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
	if end < 0 {
		end = len(p.text)
	}
	name := p.text[:end]
	p.text = p.text[end:]
	if p.take("(") {
		p.text = "(" + p.text
		return p.t.function(name, p.atom())
	}
	at, ok := p.t.names[name]
	if !ok {
		panic("opttest: no unknown or definition is called " + strconv.Quote(name))
	}
	return at
}

// numberEnd returns the length of the number that text begins with.
func numberEnd(text string) int {
	i := 0
	digits := func() {
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
	}
	digits()
	if i < len(text) && text[i] == '.' {
		i++
		digits()
	}
	if i > 0 && i+1 < len(text) && text[i] == 'e' {
		j := i
		i++
		if text[i] == '-' || text[i] == '+' {
			i++
		}
		if i == len(text) || text[i] < '0' || text[i] > '9' {
			return j
		}
		digits()
	}
	return i
}
