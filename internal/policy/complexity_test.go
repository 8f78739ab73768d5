package policy

import (
	"fmt"
	"go/ast"
	"go/token"
	"testing"
)

// mostPaths is McCabe's cyclomatic complexity that a function may have.
const mostPaths = 15

// branching lists the functions with more paths, or more lines than functionMost, and why they stay
// whole. Generators, tests and contract suites are free.
var branching = map[string]string{
	"model.described.check": refusals,
	"model.checkFrame":      refusals,
	"field.Unknown.check":   refusals,
	"internal/report.check": refusals,
}

const refusals = "one refusal after the other, each a line of a list"

// paths is the cyclomatic complexity of a function: 1, and 1 for each branch, loop and further
// condition. The cases of a switch that hold one statement are lines of a table, and count as one.
func paths(d *ast.FuncDecl) int {
	n := 1
	ast.Inspect(d, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.CommClause:
			n++
		case *ast.SwitchStmt:
			n += branches(x.Body)
		case *ast.TypeSwitchStmt:
			n += branches(x.Body)
		case *ast.BinaryExpr:
			if x.Op == token.LAND || x.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// branches are those of a switch.
func branches(body *ast.BlockStmt) int {
	n, lines := 0, 0
	for _, s := range body.List {
		switch c := s.(*ast.CaseClause); {
		case c.List == nil: // default
		case len(c.Body) < 2:
			lines = 1
		default:
			n++
		}
	}
	return n + lines
}

// name is that of a function with its receiver.
func name(f *goFile, d *ast.FuncDecl) string {
	if of := receiver(d); of != "" {
		return f.dir + "." + of + "." + d.Name.Name
	}
	return f.dir + "." + d.Name.Name
}

// complexityProblems checks one file; allowed notes what it met.
func complexityProblems(f *goFile, allowed map[string]bool) []string {
	if _, suite := layer(f.dir); f.test || suite || f.generated() {
		return nil
	}
	var problems []string
	for _, d := range f.ast.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := f.fset.Position(d.End()).Line - f.fset.Position(d.Pos()).Line + 1
		if n := paths(d); n > mostPaths || n > 1 && lines > functionMost { // with one path it is a table
			if who := name(f, d); branching[who] != "" {
				allowed[who] = true
			} else {
				problems = append(problems, fmt.Sprintf("%s: %s has %d paths in %d lines; %d and %d are the limits", f.at(d), who, n, lines, mostPaths, functionMost))
			}
		}
	}
	return problems
}

func TestFunctionsHaveFewPaths(t *testing.T) {
	met := map[string]bool{}
	for _, f := range source(t) {
		report(t, complexityProblems(f, met))
	}
	for who := range branching {
		if !met[who] {
			t.Errorf("%s is on the list of functions with many paths, and need not be", who)
		}
	}
}

func TestComplexityRuleCountsPaths(t *testing.T) {
	many := "package a\nfunc f(a, b bool) {\n"
	for range mostPaths {
		many += "if a && b { return }\n"
	}
	expect(t, "many paths", complexityProblems(snippet(t, "ode/a.go", many+"}\n"), map[string]bool{}), 1)
	table := "package a\nfunc f(a int) int {\nswitch a {\n"
	for i := range 3 * mostPaths {
		table += fmt.Sprintf("case %d: return %d\n", i, i)
	}
	expect(t, "a table", complexityProblems(snippet(t, "ode/a.go", table+"}\nreturn 0\n}\n"), map[string]bool{}), 0)
}
