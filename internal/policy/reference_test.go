package policy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/train"
	"github.com/entrain-dev/entrain/train/misfit"
)

var update = flag.Bool("update", false, "write the tables of docs/reference.md")

// tables are the tables of docs/reference.md that the registries give, by the name
// in their marker.
var tables = map[string]func() string{
	"methods":    func() string { return registered("method", train.Methods) },
	"models":     func() string { return registered("model", field.Architectures) },
	"losses":     func() string { return registered("loss", misfit.Measures) },
	"noises":     func() string { return registered("noise", noise.Kinds) },
	"optimisers": func() string { return registered("optimiser", opt.Optimisers) },
	"systems":    func() string { return registered("system", field.Systems) },
	"starts":     func() string { return registered("init", field.Initialisers) },
	"solvers":    solverTable,
}

func registered[T any](head string, r *registry.Registry[T]) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | what it is |\n|---|---|\n", head)
	for _, name := range r.Names() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, r.Doc(name))
	}
	return b.String()
}

func solverTable() string {
	var b strings.Builder
	b.WriteString("| solver | order | inside a step | step | what it is |\n|---|---|---|---|---|\n")
	for _, name := range ode.Methods() {
		m, err := ode.Method(name)
		if err != nil {
			panic("policy: a registered solver is not found: " + name)
		}
		step := "fixed"
		if m.Adaptive() {
			step = "adaptive"
		}
		fmt.Fprintf(&b, "| `%s` | %d | %d | %s | %s |\n", name, m.Order, m.Inside, step, m.Doc)
	}
	return b.String()
}

// withTables returns text with the content of every marked place replaced,
// and the names of the places found.
func withTables(text string, tables map[string]func() string) (string, map[string]bool) {
	const begin, closing, end = "<!-- table ", " -->\n", "<!-- end -->"
	found := map[string]bool{}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, begin)
		out.WriteString(before)
		if !ok {
			return out.String(), found
		}
		name, rest, _ := strings.Cut(rest, closing)
		old, rest, _ := strings.Cut(rest, end)
		if table := tables[name]; table != nil {
			old = table()
		}
		found[name] = true
		out.WriteString(begin + name + closing + old + end)
		text = rest
	}
}

func TestReferenceTablesAreFresh(t *testing.T) {
	path := filepath.Join(root, "docs", "reference.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh, found := withTables(string(text), tables)
	for name := range tables {
		if !found[name] {
			t.Errorf("docs/reference.md has no table %q", name)
		}
	}
	for name := range found {
		if tables[name] == nil {
			t.Errorf("no registry gives the table %q of docs/reference.md", name)
		}
	}
	if fresh == string(text) {
		return
	}
	if !*update {
		t.Fatal("the tables of docs/reference.md are not those of the registries; run make gen")
	}
	if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReferenceRuleFindsStaleTables(t *testing.T) {
	table := map[string]func() string{"a": func() string { return "| new |\n" }}
	text := "x\n<!-- table a -->\n| old |\n<!-- end -->\ny\n<!-- table b -->\n| kept |\n<!-- end -->\n"
	got, found := withTables(text, table)
	if got != strings.Replace(text, "old", "new", 1) || !found["a"] || !found["b"] {
		t.Errorf("got %q, %v", got, found)
	}
}
