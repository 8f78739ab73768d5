package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// system is what a build is for.
type system struct{ os, arch, tags string }

func (s system) String() string { return strings.TrimSpace(s.os + "/" + s.arch + " " + s.tags) }

// systems are those that differ in the files that are compiled.
var systems = []system{{"linux", "amd64", "purego"}, {"linux", "arm64", ""}, {"darwin", "arm64", ""}, {"windows", "amd64", ""}}

// listed is a package as go list tells of it.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	Standard        bool
}

// listFor are the packages in dir and all they need, what is imported first.
func listFor(dir string, s system) ([]listed, error) {
	c := exec.Command("go", "list", "-deps", "-tags", s.tags, "-json=ImportPath,Dir,GoFiles,ImportMap,Standard", "./...")
	c.Dir = dir
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+s.os, "GOARCH="+s.arch)
	text, err := c.Output()
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		return nil, fmt.Errorf("%w: %s", err, e.Stderr)
	}
	var out []listed
	for d := json.NewDecoder(strings.NewReader(string(text))); err == nil; {
		var p listed
		if err = d.Decode(&p); err == nil {
			out = append(out, p)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return out, err
}

// sources are parsed once for all systems.
type sources struct {
	fset  *token.FileSet
	files map[string]*ast.File
}

func (s *sources) of(p *listed) ([]*ast.File, error) {
	var out []*ast.File
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		if s.files[path] == nil {
			f, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			s.files[path] = f
		}
		out = append(out, s.files[path])
	}
	return out, nil
}

// known are packages by path, for one that writes other paths than are meant.
type known struct {
	packages map[string]*types.Package
	meant    map[string]string
}

func (k known) Import(path string) (*types.Package, error) {
	if m := k.meant[path]; m != "" {
		path = m
	}
	if p := k.packages[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not among the packages", path)
}

// typeProblems are the errors of types in the packages of module on a system; of what they
// import the declarations alone are looked at.
func typeProblems(packages []listed, module string, s system, src *sources) ([]string, error) {
	var problems []string
	k := known{packages: map[string]*types.Package{"unsafe": types.Unsafe}}
	for i := range packages {
		p := &packages[i]
		if p.ImportPath == "unsafe" {
			continue
		}
		files, err := src.of(p)
		if err != nil {
			return nil, err
		}
		ours := p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/")
		k.meant = p.ImportMap
		c := types.Config{Importer: k, Sizes: types.SizesFor("gc", s.arch), IgnoreFuncBodies: !ours, FakeImportC: true}
		c.Error = func(err error) {
			if ours {
				problems = append(problems, fmt.Sprintf("%v: %v", s, err))
			}
		}
		k.packages[p.ImportPath], _ = c.Check(p.ImportPath, src.fset, files, nil)
	}
	return problems, nil
}

// TestPackagesHaveTheirTypesOnEverySystem: every package compiles where other files are chosen than
// here. It is much quicker than compiling, which has to be done with all that is imported too.
func TestPackagesHaveTheirTypesOnEverySystem(t *testing.T) {
	src := &sources{token.NewFileSet(), map[string]*ast.File{}}
	for _, s := range systems {
		packages, err := listFor(root, s)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := typeProblems(packages, module, s, src)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Error(p)
		}
	}
}

func TestTypesRuleFindsWhatOneSystemLacks(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26\n", "a.go": "package m\n\nconst big = 1 << 40\n\nfunc f() (n int, s string) { return g(), \"\" }\n",
		"a_linux.go": "package m\n\nfunc g() int { return big }\n", "a_windows.go": "package m\n\nfunc g() string { return \"\" }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for s, want := range map[system]string{{"linux", "arm64", ""}: "", {"linux", "386", ""}: "overflows", {"windows", "amd64", ""}: "as int value", {"darwin", "arm64", ""}: "undefined: g"} {
		packages, err := listFor(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := typeProblems(packages, "m", s, &sources{token.NewFileSet(), map[string]*ast.File{}})
		if all := strings.Join(problems, "\n"); err != nil || (all == "") != (want == "") || !strings.Contains(all, want) {
			t.Errorf("%v: %q, %v; want %q", s, all, err, want)
		}
	}
}
