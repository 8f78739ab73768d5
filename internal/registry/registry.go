// Package registry maps names to constructors, so that adding a solver, a
// method or a model is adding one file that registers itself.
package registry

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Registry holds the constructors of one kind of thing by name. Register is
// called from init functions only; after that a Registry is read-only and safe
// for use by several goroutines.
type Registry[T any] struct {
	kind    string
	entries map[string]entry[T]
	compose func(names []string) (T, error)
}

type entry[T any] struct {
	doc string
	new func() T
}

// New returns an empty Registry. kind is the singular noun its errors use,
// such as "solver".
func New[T any](kind string) *Registry[T] {
	return &Registry[T]{kind: kind, entries: map[string]entry[T]{}}
}

// Register adds a constructor; doc is one line for lists, and new returns a
// fresh value with its defaults filled in. It panics if the name is empty or
// taken, which is a programmer's error.
func (r *Registry[T]) Register(name, doc string, new func() T) {
	if name == "" || new == nil {
		panic("registry: a name and a constructor are needed")
	}
	if _, taken := r.entries[name]; taken {
		panic("registry: " + r.kind + " " + name + " is registered twice")
	}
	r.entries[name] = entry[T]{doc, new}
}

// Compose tells what several names with commas between them stand for. Like
// Register it is called from init functions only.
func (r *Registry[T]) Compose(f func(names []string) (T, error)) { r.compose = f }

// Lookup returns a fresh value of the given name with its defaults, or of
// several names with commas between them if those are to be composed. If a
// name is not registered the error is an *UnknownError.
func (r *Registry[T]) Lookup(name string) (T, error) {
	if e, ok := r.entries[name]; ok {
		return e.new(), nil
	}
	if r.compose != nil && strings.Contains(name, ",") {
		names := strings.Split(name, ",")
		for i, s := range names {
			names[i] = strings.TrimSpace(s)
		}
		return r.compose(names)
	}
	var zero T
	return zero, &UnknownError{Kind: r.kind, Name: name, Known: r.Names()}
}

// Kind returns the noun given to New.
func (r *Registry[T]) Kind() string { return r.kind }

// Names returns every registered name, sorted.
func (r *Registry[T]) Names() []string {
	names := make([]string, 0, len(r.entries))
	for name := range r.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Doc returns the line given to Register, "" for an unknown name.
func (r *Registry[T]) Doc(name string) string { return r.entries[name].doc }

// UnknownError says that a name is not registered, and what may have been
// meant.
type UnknownError struct {
	Kind, Name string
	Known      []string // registered names, sorted
}

// Error is a sentence with a suggestion if one is close, otherwise with the
// list of names.
func (e *UnknownError) Error() string {
	msg := "unknown " + e.Kind + " " + budget.Quote(e.Name)
	if s, ok := Suggest(e.Name, e.Known); ok {
		return msg + "; did you mean " + budget.Quote(s) + "?"
	}
	if len(e.Known) == 0 {
		return msg + "; none is registered"
	}
	if len(e.Known) > 100 {
		return msg + "; choose one of: " + budget.List(e.Known)
	}
	return msg + "; choose one of: " + strings.Join(e.Known, ", ")
}
