package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/licences"
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

func (a *app) versionCommand() *cobra.Command {
	var texts bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version, or the licences of all that is in the program", Args: arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if texts {
				_, err := io.WriteString(a.Stdout, licences.Text)
				return failed(err)
			}
			v := struct {
				Version string `json:"version"`
				Go      string `json:"go"`
				System  string `json:"system"`
				Kernel  string `json:"kernel"`
			}{version(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, kernel.Level()}
			if a.json {
				return a.printJSON(v)
			}
			_, err := fmt.Fprintf(a.Stdout, "entrain %s (%s, %s, kernels: %s)\n", v.Version, v.Go, v.System, v.Kernel)
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
