package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/licences"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/train"
)

// version of the program: the module's where it was installed as one, else
// the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	v, dirty := "devel", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v += "-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	return v + dirty
}

// build is what a program is made of and can do here.
type build struct {
	Version  string            `json:"version"`
	Commit   string            `json:"commit,omitempty"` // the source it was built from, where that was recorded
	Time     string            `json:"commit_time,omitempty"`
	Modified bool              `json:"modified"` // the source differed from the commit
	Go       string            `json:"go"`
	System   string            `json:"system"`
	Kernel   string            `json:"kernel"` // in use
	Features buildFeatures     `json:"features"`
	Modules  map[string]string `json:"modules"` // that are built into it, with their versions
}

// buildFeatures are what differs between builds and machines.
type buildFeatures struct {
	Kernels []string `json:"kernels"` // instruction sets that there are here, slowest first
	Tags    string   `json:"tags,omitempty"`
	Read    []string `json:"read"` // formats of data
	Write   []string `json:"write"`
	Methods int      `json:"methods"`
	Models  int      `json:"models"`
	Solvers int      `json:"solvers"`
	Systems int      `json:"systems"`
}

func newBuild() *build {
	b := &build{Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Kernel: kernel.Level(), Modules: map[string]string{}}
	b.Features = buildFeatures{Kernels: kernel.Levels(), Read: []string{"csv", "jsonl", "npy", "npz", "tsv", "xlsx"}, Write: endings(),
		Methods: len(train.Methods.Names()), Models: len(field.Architectures.Names()), Solvers: len(ode.Methods()), Systems: len(field.Systems.Names())}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		case "-tags":
			b.Features.Tags = s.Value
		}
	}
	for _, m := range info.Deps {
		b.Modules[m.Path] = m.Version
	}
	return b
}

// endings are the formats that recordings can be written in.
func endings() []string {
	var out []string
	for e := range writers {
		out = append(out, strings.TrimPrefix(e, "."))
	}
	slices.Sort(out)
	return out
}

// words say it to people: the version first, on a line of its own.
func (b *build) words() string {
	text := fmt.Sprintf("entrain %s (%s, %s, kernels: %s)\n", b.Version, b.Go, b.System, b.Kernel)
	if b.Commit != "" {
		text += "commit   " + b.Commit + " of " + b.Time
		if b.Modified {
			text += ", and changes to it"
		}
		text += "\n"
	}
	f := &b.Features
	text += fmt.Sprintf("kernels  %s\nreads    %s\nwrites   %s\nknows    %d methods, %d models, %d solvers, %d systems (entrain list)\n",
		strings.Join(f.Kernels, ", "), strings.Join(f.Read, ", "), strings.Join(f.Write, ", "), f.Methods, f.Models, f.Solvers, f.Systems)
	if f.Tags != "" {
		text += "tags     " + f.Tags + "\n"
	}
	return text
}

func (a *app) versionCommand() *cobra.Command {
	var texts bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version, commit and features, or the licences of all that is in the program", Args: arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if texts {
				_, err := io.WriteString(a.Stdout, licences.Text)
				return failed(err)
			}
			b := newBuild()
			if a.json {
				return a.printJSON(b)
			}
			_, err := io.WriteString(a.Stdout, b.words())
			return failed(err)
		},
	}
	c.Flags().BoolVar(&texts, "licences", false, "print the licence of Entrain and those of all that is built into it")
	return c
}

// printJSON writes v as indented JSON.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	return failed(e.Encode(v))
}
