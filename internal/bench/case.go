package bench

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Case is one thing that is measured. Names are paths: a name stands for
// itself and for everything below it, "G1" for "G1" and "G1/rk4".
type Case struct {
	Name  string
	Lanes int
	Heavy bool // takes a second or more a time; left out of a quick run
	Asked bool // takes a minute; runs only where its own name is given
	// Prepare allocates what the Job needs.
	Prepare func() (*Job, error)
}

// Job is the prepared work of a Case.
type Job struct {
	// Run does the work once.
	Run func() error
	// Flops are the floating-point operations of its matrix products in one
	// Run: forward once, and for what is differentiated backward once.
	// Activations, sums and whatever is computed twice are not counted. 0 means
	// not counted at all.
	Flops func() float64
	// Single says that they are in float32, of which a core does twice as many.
	Single bool
	// Note, if not nil, says in a few words what else there is to know, such as
	// the error of the result. It is asked after the last Run.
	Note func() string
}

// uncounted is the Flops of work that is not mainly matrix products.
func uncounted() float64 { return 0 }

// constant is the Flops of work that is always the same.
func constant(flops float64) func() float64 { return func() float64 { return flops } }

// cases returns everything that is measured, from the innermost loops to
// whole problems.
func cases() []Case {
	return slices.Concat(kernels(), fields(), steps(), epochs(), gradients(), members(), trainings(), orbits(), ensembles(), learning(), growth(), programs(), stiffs())
}

// Select returns the cases with one of the names, in the order of cases; all
// but those that have to be asked for without names. The error suggests a
// similar name.
func Select(names []string) ([]Case, error) {
	all := cases()
	if len(names) == 0 {
		return slices.DeleteFunc(all, func(c Case) bool { return c.Asked }), nil
	}
	known := groups(all)
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c Case) bool { return below(c.Name, name) }) {
			return nil, &registry.UnknownError{Kind: "benchmark", Name: name, Known: known}
		}
	}
	return slices.DeleteFunc(all, func(c Case) bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			return below(c.Name, name) && (!c.Asked || len(c.Name) == len(name))
		})
	}), nil
}

// Groups returns the first parts of all names, in the order of cases.
func Groups() []string { return groups(cases()) }

func groups(all []Case) []string {
	var known []string
	for _, c := range all {
		first, _, _ := strings.Cut(c.Name, "/")
		if !slices.Contains(known, first) {
			known = append(known, first)
		}
	}
	return known
}

func below(name, group string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name), strings.ToLower(group))
	return ok && (rest == "" || rest[0] == '/')
}
