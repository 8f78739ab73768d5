package policy

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// documentedProblems lists the exported names of a file that have no doc
// comment, or one of a function or type that does not speak of it by name.
// Constants and variables may share the comment of their group.
func documentedProblems(f *goFile) []string {
	var problems []string
	missing := func(n ast.Node, name string) {
		problems = append(problems, f.at(n)+": "+name+" is exported but has no doc comment")
	}
	named := func(n ast.Node, name string, doc *ast.CommentGroup) {
		if doc == nil {
			missing(n, name)
			return
		}
		first := strings.TrimSpace(doc.Text())
		for _, article := range []string{"A ", "An ", "The "} {
			first = strings.TrimPrefix(first, article)
		}
		if !strings.HasPrefix(first, name) && !strings.HasPrefix(first, "Deprecated:") {
			problems = append(problems, f.at(n)+": the doc comment of "+name+" does not begin with its name")
		}
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && exportedReceiver(d) {
				named(d, d.Name.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					doc := s.Doc
					if doc == nil {
						doc = d.Doc
					}
					if s.Name.IsExported() {
						named(s, s.Name.Name, doc)
					}
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
							missing(s, name.Name)
						}
					}
				}
			}
		}
	}
	return problems
}

// exportedReceiver reports whether d is a function, or a method that can be
// called from another package by its type's name.
func exportedReceiver(d *ast.FuncDecl) bool {
	of := receiver(d)
	return of == "" || token.IsExported(of) && !obvious[d.Name.Name]
}

// receiver is the name of the type that d is a method of, "" if it is of none.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// obvious methods do what their name says everywhere.
var obvious = map[string]bool{"Error": true, "Unwrap": true, "String": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true,
	"MarshalYAML": true, "UnmarshalYAML": true}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range source(t) {
		if !f.test {
			report(t, documentedProblems(f))
		}
	}
}

func TestPackagesAreDocumentedOnce(t *testing.T) {
	for dir, files := range packages(source(t)) {
		var with []string
		code := false
		for _, f := range files {
			code = code || !f.test
			if !f.test && f.ast.Doc != nil {
				with = append(with, f.path)
			}
		}
		if code && len(with) != 1 {
			t.Errorf("package %s needs one package comment; it has %d %v", dir, len(with), with)
		}
	}
}

func TestDocumentedRuleFindsSilence(t *testing.T) {
	f := snippet(t, "ode/a.go", `package a
type T struct{}
// U is documented.
type U struct{}
func F() {}
// Does something.
func G() {}
// H does something.
func H() {}
func (T) M() {}
func (t *T) Error() string { return "" }
type hidden struct{}
func (hidden) M() {}
const A = 1
const B = 2 // the number of hands
// Directions.
const (
	C = iota
	D
)
`)
	expect(t, "T, F, G, M and A", documentedProblems(f), 5)
}

// roomless are the packages that a text does not name by their folders.
func roomless(folders []string, text string) (problems []string) {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("` ,|\n()", r) }) {
		words[w] = true
	}
	for _, dir := range folders {
		if !words[dir] {
			problems = append(problems, "docs/architecture.md does not say what is in "+dir)
		}
	}
	return problems
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for dir := range packages(source(t)) {
		if dir != "." && dir != "" && !strings.HasPrefix(dir, "examples") {
			folders = append(folders, dir)
		}
	}
	slices.Sort(folders)
	report(t, roomless(folders, string(text)))
}

func TestUnnamedPackagesAreFound(t *testing.T) {
	expect(t, "of two", roomless([]string{"ode", "data"}, "`ode` is there, database is not data/base"), 1)
}
