package cli

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// Before time is spent check tells a formula that has no value where a fit begins, and the fit
// that fails of it tells that once more, and not what helps other methods.
func TestFormulasWithoutAValueAreToldOnce(t *testing.T) {
	workplace(t)
	write(t, "x.csv", falling())
	write(t, "pow.yaml", "data: x.csv\nignore: [seen]\nequations: |\n  a' = -k*(a - 3)^p\nparameters: {k: 0.3, p: 2}\n")
	const says = "equations, line 1, column 16: (a - 3)^p has no value at t = 0"
	if o := must(t, "check", "pow.yaml"); !strings.Contains(o.out, "warning: pow.yaml: where a fit begins: "+says) {
		t.Errorf("check says\n%s", o.out)
	}
	o := entrain("fit", "pow.yaml", "--out", "run")
	if o.code != 1 || strings.Count(o.out, says) != 1 || !strings.Contains(o.err, says) || strings.Contains(o.err+o.out, "stiff") || strings.Contains(o.err, "lr=") {
		t.Errorf("code %d\n%s%s", o.code, o.out, o.err)
	}
}

// What is warned of is not said another time; what is not is said.
func TestConvergenceIsSaidOnce(t *testing.T) {
	const why = "not converged after 7 iterations"
	res := &study.Result{Convergence: &study.Convergence{Why: why}}
	for _, warned := range [][]string{nil, {why}} {
		w := &strings.Builder{}
		parameterLines(w, res, warned)
		if strings.Contains(w.String(), why) == (warned != nil) {
			t.Errorf("warned of %q: %q", warned, w)
		}
	}
	workplace(t)
	write(t, "x.csv", falling())
	write(t, "x.yaml", "data: x.csv\nignore: [seen]\nequations: |\n  a' = -k*a\nparameters: {k: 0.3}\n")
	if o := must(t, "fit", "x.yaml", "--out", "run"); strings.Count(o.out, "converged") != 1 {
		t.Errorf("it is told\n%s", o.out)
	}
}
