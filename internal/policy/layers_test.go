package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers says who may import whom: in "a < b", b may import a and,
// transitively, everything below a. Commas join several packages. What is not
// written here is forbidden.
const layers = `
	internal/kernel   < internal/num, program, ode, opt
	internal/num      < data, opt, field, linear, model, chaos, train
	data              < linear < train
	internal/registry < train/misfit < train
	internal/registry < model/noise < model
	internal/num < train/regress < train
	internal/par      < internal/num, opt, ode, train, chaos, study
	internal/budget   < internal/registry, data, field, model, train
	internal/licences < internal/cli
	internal/registry < program, data, field, ode, opt, train, chaos, study, internal/cli
	program           < field
	field, data       < ode
	field, data, opt, ode < model < train, chaos
	linear, model     < filter < internal/cli, internal/serve
	train, internal/num < landscape < internal/cli
	data              < internal/tables < internal/cli
	internal/registry, data < internal/scenes < study, internal/cli
	internal/budget   < internal/parquet, internal/matfile, internal/sqlitefile < internal/tables
	internal/cluster, internal/mlflow < internal/cli
	train, chaos, data < study
	ode, field        < internal/stiff < internal/bench
	field, ode, opt, train < internal/bench < internal/cli, bench/compare
	study < internal/config, internal/report < internal/cli < cmd/entrain
	study < internal/bucket < internal/cli
	internal/config, internal/tables < internal/serve < internal/cli
	internal/words    < program, data, internal/report
	internal/report   < internal/page < internal/cli, internal/serve
`

// outside lists the modules that library packages may import; the packages in
// atTheEdge may import any that go.mod names.
var (
	outside   = []string{"gonum.org/v1/gonum/", "golang.org/x/sys/cpu"}
	atTheEdge = []string{"internal/bucket", "internal/parquet", "internal/site", "internal/config", "internal/report", "internal/cli", "internal/serve", "cmd/entrain"}
)

// standalone packages import nothing of the module: its map, the tests about
// the source, what reads schemas in tests, and the programs that try the tests and compare two binaries.
var standalone = []string{".", "internal/buckettest", "internal/policy", "internal/mutants", "internal/site", "internal/same", "internal/schematest", "internal/release", "bench/serve"}

// allowed returns the packages each package may import, from a table like
// layers.
func allowed(table string) map[string]map[string]bool {
	direct := map[string][]string{}
	for line := range strings.Lines(table) {
		groups := strings.Split(line, "<")
		for i := range groups[1:] {
			for _, upper := range names(groups[i+1]) {
				direct[upper] = append(direct[upper], names(groups[i])...)
			}
			for _, lower := range names(groups[i]) {
				direct[lower] = direct[lower][:len(direct[lower]):len(direct[lower])]
			}
		}
	}
	all := map[string]map[string]bool{}
	var below func(set map[string]bool, pkg string)
	below = func(set map[string]bool, pkg string) {
		for _, lower := range direct[pkg] {
			if !set[lower] {
				set[lower] = true
				below(set, lower)
			}
		}
	}
	for pkg := range direct {
		all[pkg] = map[string]bool{}
		below(all[pkg], pkg)
	}
	return all
}

func names(list string) []string {
	var out []string
	for _, s := range strings.Split(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// layer is the package whose place in the table a directory has: a contract
// suite such as ode/odetest stands beside the package it tests.
func layer(dir string) (pkg string, suite bool) {
	parent, base, ok := strings.Cut(dir, "/")
	if ok && base == parent+"test" {
		return parent, true
	}
	return dir, false
}

// importProblems checks the imports of one file that is not a test.
func importProblems(f *goFile, may map[string]map[string]bool) []string {
	var problems []string
	pkg, suite := layer(f.dir)
	if may[pkg] == nil && !slices.Contains(standalone, pkg) {
		return []string{f.path + ": package " + pkg + " has no place in the table of layers"}
	}
	for _, s := range f.ast.Imports {
		path, _ := strconv.Unquote(s.Path.Value)
		first, _, _ := strings.Cut(path, "/")
		switch rel, ours := strings.CutPrefix(path, module+"/"); {
		case ours:
			target, targetSuite := layer(rel)
			beside := suite && target == pkg || pkg == target && targetSuite && suite
			if !beside && (targetSuite || !may[pkg][target]) {
				problems = append(problems, f.at(s)+": "+f.dir+" must not import "+rel)
			}
		case strings.Contains(first, ".") && !slices.Contains(atTheEdge, pkg):
			if !slices.ContainsFunc(outside, func(p string) bool { return strings.HasPrefix(path+"/", p) || path == p }) {
				problems = append(problems, f.at(s)+": "+f.dir+" must not import "+path+"; only gonum and x/sys/cpu may be used here")
			}
		}
	}
	return problems
}

func TestPackagesImportOnlyWhatIsBelowThem(t *testing.T) {
	may := allowed(layers)
	for _, f := range source(t) {
		if !f.test {
			report(t, importProblems(f, may))
		}
	}
}

func TestLayersHaveNoCycle(t *testing.T) {
	for pkg, below := range allowed(layers) {
		if below[pkg] {
			t.Errorf("%s is below itself: %v", pkg, slices.Sorted(maps.Keys(below)))
		}
	}
}

func TestLayersRuleFindsWrongImports(t *testing.T) {
	may := allowed(layers)
	for _, c := range []struct {
		path, imports string
		problems      int
	}{
		{"train/a.go", module + "/chaos", 1},
		{"chaos/a.go", module + "/train", 1},
		{"program/a.go", module + "/field", 1},
		{"program/a.go", module + "/internal/kernel", 0},
		{"train/a.go", module + "/program", 0}, // transitive
		{"study/a.go", module + "/internal/report", 1},
		{"ode/a.go", module + "/ode/odetest", 1},
		{"ode/odetest/a.go", module + "/ode", 0},
		{"ode/odetest/a.go", module + "/field", 0},
		{"ode/odetest/a.go", module + "/train", 1},
		{"train/a.go", "github.com/spf13/cobra", 1},
		{"train/a.go", "gonum.org/v1/gonum/mat", 0},
		{"internal/cli/a.go", "github.com/spf13/cobra", 0},
		{"data/a.go", "encoding/csv", 0},
		{"somewhere/a.go", "fmt", 1},
	} {
		f := snippet(t, c.path, "package a\nimport _ "+strconv.Quote(c.imports)+"\n")
		expect(t, c.path+" imports "+c.imports, importProblems(f, may), c.problems)
	}
}
