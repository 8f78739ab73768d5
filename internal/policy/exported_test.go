package policy

import (
	_ "embed"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// surface lists what is exported for users of the library alone: package.Name, a line each.
//
//go:embed surface.txt
var surface string

// exported are the names that a package offers to others, but for methods and fields.
func exported(f *goFile) []string {
	var out []string
	add := func(name *ast.Ident) {
		if name.IsExported() {
			out = append(out, f.dir+"."+name.Name)
		}
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					add(s.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						add(n)
					}
				}
			}
		}
	}
	return out
}

// used are the names of packages of the module that a file of another package uses.
func used(f *goFile) []string {
	from := map[string]string{} // folder of what an identifier imports
	for _, s := range f.ast.Imports {
		where, _ := strconv.Unquote(s.Path.Value)
		dir, ours := strings.CutPrefix(where, module+"/")
		if !ours {
			continue
		}
		as := path.Base(dir)
		if s.Name != nil {
			as = s.Name.Name
		}
		from[as] = dir
	}
	var out []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && from[x.Name] != "" && token.IsExported(s.Sel.Name) {
				out = append(out, from[x.Name]+"."+s.Sel.Name)
			}
		}
		return true
	})
	return out
}

// signatures are the exported types that exported declarations of a package speak of: who is
// given a value has a use for the name of its type, were it only in a document.
func signatures(f *goFile) []string {
	var out []string
	look := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.IsExported() {
					out = append(out, f.dir+"."+n.Name)
				}
			case *ast.BlockStmt:
				return false
			}
			return true
		})
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				look(d.Type)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						look(s.Type)
					}
				case *ast.ValueSpec:
					if s.Type != nil {
						look(s.Type)
					}
				}
			}
		}
	}
	return out
}

// together are the names of a group of constants: the values of an enumeration are offered
// together.
func together(f *goFile) [][]string {
	var out [][]string
	for _, d := range f.ast.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
			var group []string
			for _, s := range d.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					if n.IsExported() {
						group = append(group, f.dir+"."+n.Name)
					}
				}
			}
			out = append(out, group)
		}
	}
	return out
}

// unusedNames are exported names that nobody outside of their package uses, and that are
// not on the list.
func unusedNames(files []*goFile, list map[string]bool) (unused []string) {
	all, uses := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if f.ast.Name.Name == "main" || f.dir == "." {
			for _, name := range used(f) {
				uses[name] = true
			}
			continue
		}
		if !f.test {
			for _, name := range exported(f) {
				all[name] = true
			}
			for _, name := range signatures(f) {
				uses[name] = true
			}
		}
		for _, name := range used(f) {
			uses[name] = true
		}
	}
	for _, f := range files {
		for _, group := range together(f) {
			if slices.ContainsFunc(group, func(name string) bool { return uses[name] }) {
				for _, name := range group {
					uses[name] = true
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !uses[name] && !list[name] {
			unused = append(unused, name)
		}
	}
	return unused
}

func TestExportedNamesAreUsed(t *testing.T) {
	list := map[string]bool{}
	for line := range strings.Lines(surface) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list[line] = true
		}
	}
	files := source(t)
	there := map[string]bool{}
	for _, f := range files {
		for _, name := range exported(f) {
			there[name] = true
		}
	}
	unused := unusedNames(files, list)
	for _, name := range unused {
		t.Errorf("%s is exported, but no other package uses it; unexport it or, if it is for users of the library, list it in surface.txt", name)
	}
	for name := range list {
		if !there[name] {
			t.Errorf("%s is in surface.txt, but is gone", name)
		}
		if strings.HasPrefix(name, "internal/") {
			t.Errorf("%s: users of the library cannot see internal packages", name)
		}
	}
}

func TestExportRuleFindsUnusedNames(t *testing.T) {
	files := []*goFile{
		snippet(t, "ode/a.go", "package ode\nfunc Used() Given { return Given{} }\nfunc Alone() {}\ntype Given struct{}\n"),
		snippet(t, "train/a.go", "package train\nimport \""+module+"/ode\"\nvar x = ode.Used()\n"),
	}
	expect(t, "Alone", unusedNames(files, nil), 1)
}
