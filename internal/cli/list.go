package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/train"
	"github.com/entrain-dev/entrain/train/misfit"
)

// listed is one thing that can be named in a configuration.
type listed struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// catalogue is the kinds of things, in the order in which they are shown.
var catalogue = []struct {
	kind, doc string
	all       func() []listed
}{
	{"methods", "ways to train (method=…)", func() []listed { return fromRegistry(train.Methods) }},
	{"models", "what can be learnt (model=…)", func() []listed { return fromRegistry(field.Architectures) }},
	{"solvers", "how equations are integrated (solver=…)", solvers},
	{"losses", "what it costs to be off a row (loss=…)", func() []listed { return fromRegistry(misfit.Measures) }},
	{"noises", "how measured values lie around what is predicted (noise: {COLUMN: …})", func() []listed { return fromRegistry(noise.Kinds) }},
	{"optimisers", "rules for steps along a gradient (optimiser=…)", func() []listed { return fromRegistry(opt.Optimisers) }},
	{"systems", "known systems for entrain simulate", func() []listed { return fromRegistry(field.Systems) }},
	{"activations", "functions between layers (activation=…)", activations},
	{"initialisers", "how networks start (init=…)", func() []listed { return fromRegistry(field.Initialisers) }},
}

func fromRegistry[T any](r *registry.Registry[T]) []listed {
	var out []listed
	for _, name := range r.Names() {
		out = append(out, listed{name, r.Doc(name)})
	}
	return out
}

func solvers() []listed {
	var out []listed
	for _, name := range ode.Methods() {
		doc := ""
		if m, err := ode.Method(name); err == nil {
			doc = m.Doc
		}
		out = append(out, listed{name, doc})
	}
	return out
}

func activations() []listed {
	var out []listed
	for _, k := range program.Kinds() {
		out = append(out, listed{Name: k.String()})
	}
	return out
}

func kinds() []string {
	var out []string
	for _, c := range catalogue {
		out = append(out, c.kind)
	}
	return out
}

func (a *app) listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list [KIND]", Short: "List methods, models, solvers, losses, optimisers, systems, activations or initialisers",
		Args: arguments(0, 1, "one kind: "+strings.Join(kinds(), ", ")), ValidArgs: kinds(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				var all []listed
				for _, c := range catalogue {
					all = append(all, listed{c.kind, c.doc})
				}
				return a.printList(all)
			}
			name := strings.ToLower(args[0])
			for _, c := range catalogue {
				if c.kind == name || c.kind == name+"s" {
					return a.printList(c.all())
				}
			}
			known := kinds()
			slices.Sort(known)
			return &registry.UnknownError{Kind: "kind", Name: args[0], Known: known}
		},
	}
}

func (a *app) printList(all []listed) error {
	if a.json {
		return a.printJSON(all)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, l := range all {
		fmt.Fprintln(w, strings.TrimRight(l.Name+"\t"+l.Doc, "\t"))
	}
	return failed(w.Flush())
}
