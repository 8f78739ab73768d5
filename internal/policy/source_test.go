package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/entrain-dev/entrain"
)

// goFile is one Go file of the module; tests and files of all platforms and
// build tags are among them.
type goFile struct {
	path  string // from the root of the module, with slashes
	dir   string // the package: path without its last part; "." for the root
	lines int
	test  bool
	ast   *ast.File
	fset  *token.FileSet
}

// at says where a node is.
func (f *goFile) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// generated reports whether a program wrote the file.
func (f *goFile) generated() bool { return ast.IsGenerated(f.ast) }

func parse(path string, src []byte) (*goFile, error) {
	f := &goFile{path: path, dir: "."}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		f.dir = path[:i]
	}
	f.test = strings.HasSuffix(path, "_test.go")
	f.lines = strings.Count(string(src), "\n")
	f.fset = token.NewFileSet()
	var err error
	f.ast, err = parser.ParseFile(f.fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	return f, err
}

var load = sync.OnceValues(func() ([]*goFile, error) {
	var files []*goFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			// The go command skips these too.
			if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(rel), src)
		files = append(files, f)
		return err
	})
	return files, err
})

// source returns every Go file of the module.
func source(t *testing.T) []*goFile {
	t.Helper()
	files, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found", len(files))
	}
	return files
}

// snippet parses a file that exists only in a test of a rule.
func snippet(t *testing.T, path, src string) *goFile {
	t.Helper()
	f, err := parse(path, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// importName returns the name under which f imports path, "" if it does not.
func (f *goFile) importName(path string) string {
	for _, s := range f.ast.Imports {
		if p, _ := strconv.Unquote(s.Path.Value); p == path {
			if s.Name != nil {
				return s.Name.Name
			}
			name := p[strings.LastIndexByte(p, '/')+1:]
			if name == "v2" {
				name = "rand" // math/rand/v2 is the only one here
			}
			return name
		}
	}
	return ""
}

// report fails the test with every problem.
func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// expect checks that a rule finds as many problems in a snippet as it should.
func expect(t *testing.T, what string, problems []string, want int) {
	t.Helper()
	if len(problems) != want {
		t.Errorf("%s: %d problems found, want %d: %q", what, len(problems), want, problems)
	}
}
