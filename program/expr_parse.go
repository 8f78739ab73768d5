package program

import (
	"strconv"
)

// What ParseExpr accepts at most; both bound the depth of the recursions over
// an expression.
const (
	maxExprRunes = 1 << 15
	maxExprDepth = 250
)

// ParseExpr reads an expression:
//
//	sum     = product { ("+" | "-") product }
//	product = factor { ("*" | "/") factor }
//	factor  = ("+" | "-") factor | atom [ "^" factor ]
//	atom    = number | name | "(" sum ")"
//	        | name "(" sum { "," sum } ")" [ "[" digits "]" ]
//
// so -x^2 is -(x^2) and a^b^c is a^(b^c). f(x)[1] is the second output of f.
// Names have letters of any script, digits and _. Errors are *SyntaxError.
func ParseExpr(src string) (*Expr, error) {
	p := exprParser{scan: scanner{src: []rune(src)}}
	if len(p.scan.src) > maxExprRunes {
		return nil, wrong(maxExprRunes, "give parts of it a name", "the expression is too long")
	}
	e := p.whole()
	if p.err != nil {
		return nil, p.err
	}
	return e, nil
}

// exprParser is a parser by recursive descent. After the first error the
// current token is the end, so that every loop stops.
type exprParser struct {
	scan   scanner
	tok    token
	before int // column just after the last token
	depth  int
	err    *SyntaxError
}

func (p *exprParser) whole() *Expr {
	p.advance()
	if p.tok.kind == 0 && p.err == nil {
		p.fail(1, "", "there is nothing here")
		return nil
	}
	e := p.sum()
	if p.err != nil {
		return nil
	}
	switch p.tok.kind {
	case 0:
		return e
	case ')':
		p.fail(p.tok.column, "remove it, or add the ( it belongs to", "this ) closes nothing")
	case ']', '[':
		p.fail(p.tok.column, "[…] follows only a call, as in f(x)[1]", "unexpected %s", p.tok.text)
	case ',':
		p.fail(p.tok.column, "use a point in decimal numbers", "a comma outside a call")
	default:
		p.fail(p.tok.column, "write * for a product", "an operator is missing before %s", shorten(p.tok.text))
	}
	return nil
}

func (p *exprParser) fail(column int, suggestion, format string, args ...any) *Expr {
	if p.err == nil {
		p.err = wrong(column, suggestion, format, args...)
	}
	p.tok = token{column: column}
	return &Expr{Index: -1}
}

func (p *exprParser) advance() {
	p.before = p.scan.at + 1
	if p.err != nil {
		return
	}
	t, err := p.scan.next()
	if err != nil {
		p.err, t = err, token{column: err.Column}
	}
	p.tok = t
}

// deeper guards a recursion; the caller must call leave.
func (p *exprParser) deeper() bool {
	p.depth++
	if p.depth > maxExprDepth {
		p.fail(p.tok.column, "give parts of it a name", "the expression is nested too deeply")
		return false
	}
	return true
}

func (p *exprParser) leave() { p.depth-- }

func (p *exprParser) sum() *Expr {
	e := p.product()
	for p.tok.kind == '+' || p.tok.kind == '-' {
		f := Sum
		if p.tok.kind == '-' {
			f = Difference
		}
		e = p.binary(f, e, p.product)
	}
	return e
}

func (p *exprParser) product() *Expr {
	e := p.factor()
	for p.tok.kind == '*' || p.tok.kind == '/' {
		f := Product
		if p.tok.kind == '/' {
			f = Quotient
		}
		e = p.binary(f, e, p.factor)
	}
	return e
}

// binary reads the operator that is the current token and what follows it.
func (p *exprParser) binary(f Form, left *Expr, right func() *Expr) *Expr {
	column := p.tok.column
	p.advance()
	return &Expr{Form: f, Column: column, Index: -1, Args: []*Expr{left, right()}}
}

func (p *exprParser) factor() *Expr {
	defer p.leave()
	if !p.deeper() {
		return &Expr{Index: -1}
	}
	column := p.tok.column
	switch p.tok.kind {
	case '-':
		p.advance()
		return &Expr{Form: Neg, Column: column, Index: -1, Args: []*Expr{p.factor()}}
	case '+':
		p.advance()
		return p.factor()
	}
	e := p.atom()
	if p.tok.kind == '^' {
		e = p.binary(Power, e, p.factor)
	}
	return e
}

func (p *exprParser) atom() *Expr {
	t := p.tok
	switch t.kind {
	case 'n':
		p.advance()
		return &Expr{Form: Number, Column: t.column, Value: t.value, Index: -1}
	case 'a':
		p.advance()
		if p.tok.kind == '(' {
			return p.call(t)
		}
		return &Expr{Form: Name, Column: t.column, Name: t.text, Index: -1}
	case '(':
		p.advance()
		if p.tok.kind == ')' {
			return p.fail(t.column, "", "the parentheses are empty")
		}
		e := p.sum()
		p.closing(t.column)
		return e
	case 0:
		return p.fail(min(p.before, t.column), "", "the expression ends where a value is expected")
	}
	return p.fail(t.column, "", "a value is expected before %s", t.text)
}

// closing reads the ) of the ( at the given column.
func (p *exprParser) closing(open int) {
	switch p.tok.kind {
	case ')':
		p.advance()
	case 0:
		p.fail(open, "add a )", "this ( is never closed")
	case ',':
		p.fail(p.tok.column, "use a point in decimal numbers", "a comma outside a call")
	default:
		p.fail(p.tok.column, "write * for a product", "an operator or ) is missing before %s", shorten(p.tok.text))
	}
}

// call reads the arguments of a function; the current token is its (.
func (p *exprParser) call(name token) *Expr {
	e := &Expr{Form: Call, Column: name.column, Name: name.text, Index: -1}
	open := p.tok.column
	p.advance()
	if p.tok.kind == ')' {
		return p.fail(name.column, "", "%s is called without arguments", shorten(name.text))
	}
	e.Args = append(e.Args, p.sum())
	for p.tok.kind == ',' {
		p.advance()
		e.Args = append(e.Args, p.sum())
	}
	p.closing(open)
	if p.tok.kind == '[' {
		e.Index = p.index()
	}
	return e
}

func (p *exprParser) index() int {
	open := p.tok.column
	p.advance()
	n, err := strconv.Atoi(p.tok.text)
	if p.tok.kind != 'n' || !p.tok.index || err != nil || n > maxExprRunes {
		p.fail(open, "outputs are counted from 0, as in f(x)[0]", "[ needs the number of an output")
		return -1
	}
	p.advance()
	if p.tok.kind != ']' {
		p.fail(open, "add a ]", "this [ is never closed")
		return -1
	}
	p.advance()
	return n
}
