package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// mutant is one small fault: bytes from … upTo of a file become another text.
type mutant struct {
	path       string
	line, col  int
	from, upTo int
	was, to    string
	context    string    // the line it is in
	in         *function // nil outside functions
	again      int       // how many before it in the file have the same names
}

// function is where a mutant is.
type function struct {
	name       string
	line, last int  // of the file, where it begins and ends
	from, upTo int  // of the body, behind and before its braces
	returns    bool // has results
	whole      bool // its body means the same inside a block of its own
}

// identity does not change when lines move.
func (m mutant) identity() string {
	in := "package"
	if m.in != nil {
		in = m.in.name
	}
	id := fmt.Sprintf("%s %s: %s → %s in %s", filepath.ToSlash(m.path), in, m.was, m.to, m.context)
	if m.again > 0 {
		id += fmt.Sprintf(" (%d more before it)", m.again)
	}
	return strings.Join(strings.Fields(id), " ")
}

// mutantsOf are all faults of the package in a directory, in order. Tests,
// generated files and files for other machines are left alone.
func mutantsOf(dir string) ([]*mutant, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []*mutant
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_other.go") || strings.HasSuffix(name, "_windows.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		found, err := mutantsIn(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no code to change", dir)
	}
	return all, nil
}

// mutantsIn are the faults of one file.
func mutantsIn(name string, text []byte) ([]*mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil || ast.IsGenerated(file) {
		return nil, err
	}
	f := &finder{files: files, name: name, text: text}
	for _, d := range file.Decls {
		f.in = nil
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.in = f.function(fn)
			ast.Inspect(fn.Body, f.look)
		} else if g, ok := d.(*ast.GenDecl); ok && (g.Tok == token.CONST || g.Tok == token.VAR) {
			ast.Inspect(g, f.look)
		}
	}
	same := map[string]int{}
	for _, m := range f.found {
		id := m.identity()
		m.again = same[id]
		same[id]++
	}
	return f.found, nil
}

// finder collects the faults of a file.
type finder struct {
	files *token.FileSet
	name  string
	text  []byte
	in    *function
	found []*mutant
}

// function describes a declared one. A body cannot stand in a block of its own if it has labels, or
// sets parameters or results where it seems to declare them.
func (f *finder) function(d *ast.FuncDecl) *function {
	in := &function{name: d.Name.Name, returns: d.Type.Results != nil, whole: true,
		line: f.files.Position(d.Body.Lbrace).Line, last: f.files.Position(d.Body.Rbrace).Line,
		from: f.files.Position(d.Body.Lbrace).Offset + 1, upTo: f.files.Position(d.Body.Rbrace).Offset}
	names := map[string]bool{}
	for _, list := range []*ast.FieldList{d.Recv, d.Type.Params, d.Type.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, n := range field.Names {
				names[n.Name] = n.Name != "_"
			}
		}
	}
	if d.Recv != nil {
		t := d.Recv.List[0].Type
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		in.name = f.source(t.Pos(), int(t.End()-t.Pos())) + "." + in.name
	}
	ast.Inspect(d.Body, func(n ast.Node) bool {
		_, label := n.(*ast.LabeledStmt)
		in.whole = in.whole && !label
		return true
	})
	for _, s := range d.Body.List {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE {
			continue
		}
		for _, left := range a.Lhs {
			if id, ok := left.(*ast.Ident); ok && names[id.Name] {
				in.whole = false
			}
		}
	}
	return in
}

// swaps are the operators that are taken for one another.
var swaps = map[token.Token]string{
	token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*",
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
	token.LAND: "||", token.LOR: "&&",
	token.ADD_ASSIGN: "-=", token.SUB_ASSIGN: "+=", token.MUL_ASSIGN: "/=", token.QUO_ASSIGN: "*=",
}

func (f *finder) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if to, ok := swaps[n.Op]; ok {
			f.add(n.OpPos, len(n.Op.String()), to)
		}
	case *ast.AssignStmt:
		if to, ok := swaps[n.Tok]; ok {
			f.add(n.TokPos, len(n.Tok.String()), to)
		} else if n.Tok == token.ASSIGN && len(n.Lhs) == 1 {
			f.add(n.Pos(), int(n.End()-n.Pos()), "")
		}
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok && !isPanic(call) {
			f.add(n.Pos(), int(n.End()-n.Pos()), "")
		}
	case *ast.UnaryExpr:
		if n.Op == token.SUB || n.Op == token.NOT {
			f.add(n.OpPos, 1, "")
		}
	case *ast.IfStmt:
		at := int(n.Cond.End() - n.Cond.Pos())
		f.add(n.Cond.Pos(), at, "!("+f.source(n.Cond.Pos(), at)+")")
	case *ast.BasicLit:
		if n.Kind == token.INT || n.Kind == token.FLOAT {
			f.add(n.Pos(), len(n.Value), "("+n.Value+"+1)")
		}
	}
	return true
}

func isPanic(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "panic"
}

func (f *finder) source(at token.Pos, n int) string {
	from := f.files.Position(at).Offset
	return string(f.text[from : from+n])
}

func (f *finder) add(at token.Pos, n int, to string) {
	p := f.files.Position(at)
	lo := strings.LastIndexByte(string(f.text[:p.Offset]), '\n') + 1
	hi := len(f.text)
	if i := strings.IndexByte(string(f.text[p.Offset:]), '\n'); i >= 0 {
		hi = p.Offset + i
	}
	f.found = append(f.found, &mutant{path: f.name, line: p.Line, col: p.Column, from: p.Offset, upTo: p.Offset + n,
		was: f.source(at, n), to: to, context: strings.TrimSpace(string(f.text[lo:hi])), in: f.in})
}
