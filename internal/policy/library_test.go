package policy

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// library packages are pure functions of their arguments: no clock, no global
// random numbers, no files. study keeps run folders and so may use os.
var library = []string{"program", "data", "field", "ode", "opt", "train", "chaos",
	"internal/num", "internal/kernel", "internal/par", "internal/registry", "internal/budget"}

// readsClock are the functions of package time that look at the clock.
var readsClock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

// ownRandom are the names of math/rand/v2 that have no global state.
var ownRandom = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

// purityProblems checks one file of a library package.
func purityProblems(f *goFile) []string {
	var problems []string
	for _, path := range []string{"os", "math/rand", "log", "log/slog", "io/ioutil"} {
		if f.importName(path) != "" {
			problems = append(problems, f.path+": a library package must not import "+path)
		}
	}
	clock, random := f.importName("time"), f.importName("math/rand/v2")
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch {
		case x.Name == clock && slices.Contains(readsClock, s.Sel.Name):
			problems = append(problems, f.at(s)+": time."+s.Sel.Name+" looks at the clock")
		case x.Name == random && !slices.Contains(ownRandom, s.Sel.Name):
			problems = append(problems, f.at(s)+": rand."+s.Sel.Name+" draws from the global stream")
		}
		return true
	})
	return problems
}

func TestLibraryIsAFunctionOfItsArguments(t *testing.T) {
	for _, f := range source(t) {
		pkg, _ := layer(f.dir)
		if !f.test && slices.Contains(library, pkg) {
			report(t, purityProblems(f))
		}
	}
}

func TestPurityRuleFindsClockAndRandom(t *testing.T) {
	f := snippet(t, "ode/a.go", `package a
import ("os"; "time"; r "math/rand/v2")
var a = time.Now
var b = r.Float64()
var c = r.New(r.NewPCG(1, 2)).Float64()
var d time.Duration = time.Second
var e = os.Args
`)
	expect(t, "os, Now and Float64", purityProblems(f), 3)
}

// mayPanic lists the places whose panic is not a constant sentence, and why.
var mayPanic = map[string]string{
	"internal/par/par.go":           "a worker's panic goes on in the goroutine that waits for it",
	"internal/buckettest/server.go": "the server's own way to end a connection",
	"internal/serve/guard.go":       "the server's own way to end a connection goes on to it",
	"program/jvp.go":                "a program made by a transform is valid; its error says which rule is wrong",
}

// panicProblems checks that the panics of a package tell a programmer, in a
// sentence that begins with the package's name, what was done wrong.
func panicProblems(files []*goFile) []string {
	var problems []string
	text := constants(files)
	for _, f := range files {
		if f.test || mayPanic[f.path] != "" {
			continue
		}
		prefix := f.ast.Name.Name + ": "
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if fun, ok := call.Fun.(*ast.Ident); !ok || fun.Name != "panic" {
				return true
			}
			if s := leading(call.Args[0], text); !strings.HasPrefix(s, prefix) {
				problems = append(problems, f.at(call)+": panic needs a sentence that begins with "+strconv.Quote(prefix))
			}
			return true
		})
	}
	return problems
}

// constants returns the string constants of a package.
func constants(files []*goFile) map[string]string {
	text := map[string]string{}
	for _, f := range files {
		for _, d := range f.ast.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					v := s.(*ast.ValueSpec)
					for i := range v.Values {
						text[v.Names[i].Name] = leading(v.Values[i], nil)
					}
				}
			}
		}
	}
	return text
}

// leading is the constant text with which a string expression begins.
func leading(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		return leading(e.X, constants)
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" && len(e.Args) > 0 {
			return leading(e.Args[0], constants)
		}
	}
	return ""
}

func packages(files []*goFile) map[string][]*goFile {
	by := map[string][]*goFile{}
	for _, f := range files {
		by[f.dir] = append(by[f.dir], f)
	}
	return by
}

func TestPanicsAreSentencesForProgrammers(t *testing.T) {
	for _, files := range packages(source(t)) {
		report(t, panicProblems(files))
	}
}

func TestPanicRuleFindsBarePanics(t *testing.T) {
	f := snippet(t, "ode/a.go", `package ode
import "fmt"
const wrong = "ode: wrong"
func f(err error, n int) {
	panic(err)
	panic("something")
	panic("ode: constant")
	panic("ode: " + err.Error())
	panic(fmt.Sprintf("ode: %d", n))
	panic(wrong)
}
`)
	expect(t, "err and something", panicProblems([]*goFile{f}), 2)
}
