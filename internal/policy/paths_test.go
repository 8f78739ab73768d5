package policy

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// namedPath are words of a document that name a file or folder: in backquotes, or behind a link.
var (
	quotedPath = regexp.MustCompile("`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)`")
	linkedPath = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	stands     = regexp.MustCompile(`NAME|KEY|RUN|DATA|STUDY`) // for what the reader puts there
)

// tree is what there is: all paths below the root, and all names of files.
type tree struct{ paths, names map[string]bool }

func newTree(t *testing.T) tree {
	t.Helper()
	out := tree{map[string]bool{}, map[string]bool{}}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, p)
		out.paths[filepath.ToSlash(rel)], out.names[d.Name()] = true, true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pathProblems are files that a document names and that are not there. A quoted path counts if it
// begins with a folder of the repository, or ends as a source file does.
func pathProblems(doc, text string, have tree) []string {
	var problems []string
	missing := func(p string) { problems = append(problems, doc+" names "+p+", which is not there") }
	for _, m := range quotedPath.FindAllStringSubmatch(text, -1) {
		p := strings.TrimSuffix(m[1], "/")
		first, _, nested := strings.Cut(p, "/")
		switch {
		case stands.MatchString(p):
		case !nested:
			if path.Ext(p) == ".go" && !have.names[p] {
				missing(p)
			}
		case have.paths[first] && !have.paths[p] && !have.paths[path.Join(path.Dir(doc), p)]:
			if dir, name := path.Split(p); path.Ext(p) != ".go" && strings.Contains(name, ".") && have.paths[path.Clean(dir)] ||
				strings.Contains(name, ".") && qualified(name) && have.paths[path.Join(dir, name[:strings.IndexByte(name, '.')])] {
				continue // a name in a package, such as internal/num.Operator
			}
			missing(p)
		case path.Ext(p) == ".go" && !have.paths[p] && !anywhere(have, p):
			missing(p)
		}
	}
	for _, m := range linkedPath.FindAllStringSubmatch(text, -1) {
		if p := path.Join(path.Dir(doc), m[1]); !have.paths[p] {
			missing(m[1])
		}
	}
	return problems
}

// qualified tells package.Name.
func qualified(name string) bool {
	_, after, ok := strings.Cut(name, ".")
	return ok && after != "" && after[0] >= 'A' && after[0] <= 'Z'
}

// anywhere tells that a path is the end of one that is there, as seen from a package.
func anywhere(have tree, p string) bool {
	for q := range have.paths {
		if strings.HasSuffix(q, "/"+p) {
			return true
		}
	}
	return false
}

func TestFilesNamedInDocumentsAreThere(t *testing.T) {
	have := newTree(t)
	var docs []string
	for p := range have.paths {
		if path.Ext(p) == ".md" && !strings.HasPrefix(p, ".") && !slices.Contains(writtenByPrograms, p) {
			docs = append(docs, p)
		}
	}
	slices.Sort(docs)
	for _, doc := range docs {
		text, err := os.ReadFile(filepath.Join(root, doc))
		if err != nil {
			t.Fatal(err)
		}
		report(t, pathProblems(doc, string(text), have))
	}
}

func TestPathRuleFindsWhatIsNotThere(t *testing.T) {
	have := tree{map[string]bool{"ode": true, "ode/pull.go": true, "docs": true, "docs/a.md": true}, map[string]bool{"pull.go": true}}
	text := "`ode/pull.go`, `pull.go`, `ode/NAME.go`, [a](a.md); not `ode/push.go`, `push.go` or [b](b.md)"
	expect(t, "three files", pathProblems("docs/c.md", text, have), 3)
}
