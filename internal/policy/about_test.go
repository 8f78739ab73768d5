package policy

import (
	"go/ast"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// describes are the packages whose settings are told of in internal/config/about.txt, for
// entrain init and entrain schema.
var describes = []string{"field", "train", "ode", "opt", "study", "internal/config"}

// aboutSettings are the comments of fields that a configuration can set: a line each, with
// the package, type and field, a tab and the comment.
func aboutSettings(files []*goFile) string {
	var lines []string
	for _, f := range files {
		if f.test || !slices.Contains(describes, f.dir) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			t, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := t.Type.(*ast.StructType); ok {
				lines = append(lines, aboutFields(f.dir+"."+t.Name.Name, s)...)
			}
			return true
		})
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func aboutFields(of string, s *ast.StructType) []string {
	var lines []string
	for _, field := range s.Fields.List {
		if field.Tag == nil || len(field.Names) == 0 {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		text := commentOf(field)
		if reflect.StructTag(tag).Get("yaml") == "-" || text == "" {
			continue
		}
		for _, name := range field.Names {
			lines = append(lines, of+"."+name.Name+"\t"+text+"\n")
		}
	}
	return lines
}

// forReaders is what only readers of the code can look up.
var forReaders = regexp.MustCompile(`,? see [A-Z]\w*(\.\w+)?`)

func commentOf(f *ast.Field) string {
	text := f.Comment.Text()
	if text == "" {
		text = f.Doc.Text()
	}
	return forReaders.ReplaceAllString(strings.Join(strings.Fields(text), " "), "")
}

func TestAboutSettingsIsFresh(t *testing.T) {
	path := filepath.Join(root, "internal", "config", "about.txt")
	fresh := aboutSettings(source(t))
	old, err := os.ReadFile(path)
	switch {
	case err == nil && string(old) == fresh:
	case *update:
		if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatal("internal/config/about.txt is not what the comments of settings say; run make gen")
	}
}

func TestAboutRuleTakesCommentsOfSettings(t *testing.T) {
	f := snippet(t, "train/a.go", "package train\ntype S struct {\n\tA int `yaml:\"a\"` // how many, see S.B\n\tB int // not a setting\n\tC int `yaml:\"-\"` // nor this\n}\n")
	if got, want := aboutSettings([]*goFile{f}), "train.S.A\thow many\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
