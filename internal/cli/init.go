package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init DATA [key=value…]", Short: "Print a commented configuration for a file of data",
		Long: `Print a YAML configuration: what was understood of the file, as entrain check says
it, the columns and what each is for, and all other settings with their defaults,
commented out. Settings that are given stand open in it.

  entrain init data.csv > fit.yaml
  entrain fit fit.yaml

Editors complete and check such a file with the schema that entrain schema prints.`,
		Example:           "  entrain init data.csv > fit.yaml\n  entrain init plant.csv inputs=u method=lm > plant.yaml",
		Args:              arguments(1, -1, "a file of data, then settings as for fit"),
		ValidArgsFunction: completeSettings,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.initial(args) },
	}
}

func (a *app) initial(args []string) error {
	c, err := a.configure(args)
	if err != nil {
		return err
	}
	a.begin(c)
	told := ""
	series, roles, err := a.readMoving(c, func(text string) { told += text + "\n" })
	if err != nil {
		return err
	}
	found := data.Check(series)
	if err := data.FirstError(found); err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	for i, f := range found {
		if i == mostRemarks {
			told += fmt.Sprintf("and %d more warnings, see entrain check\n", len(found)-i)
			break
		}
		told += "warning: " + f.String() + "\n"
	}
	c.Resolve(&series[0])
	about := "Made by entrain init; entrain fit on this file begins. It understood:\n\n" + indented(describeData(c, series)+roles+told)
	for i, path := range c.Data {
		file, part := config.CutPart(path)
		c.Data[i] = filepath.ToSlash(file) + part
	}
	text, err := c.Template(about)
	if err != nil {
		return failed(err)
	}
	_, err = a.Stdout.Write(text)
	return failed(err)
}

// readMoving reads the recordings without the columns that have one value, or none, where nothing
// says what columns are for, and writes these under ignore.
func (a *app) readMoving(c *config.Config, note func(text string)) (series []data.Series, roles string, err error) {
	named := len(c.States) > 0 || c.ModelName == "equations" || c.Embed != ""
	inputs, told := c.Inputs, []string(nil)
	series, _, roles, err = a.readRecordings(c, c.Heldout, func(text string) { told = append(told, text) })
	if err != nil {
		return nil, "", err
	}
	if flat := data.Flat(series); len(flat) > 0 && len(flat) < len(series[0].Names) && !named {
		told = []string{fmt.Sprintf("left out under ignore, as they have one value or none: %s", budget.List(flat))}
		c.Inputs, c.Ignore = inputs, append(slices.Clone(c.Ignore), flat...)
		series, _, roles, err = a.readRecordings(c, c.Heldout, func(text string) { told = append(told, text) })
	}
	for _, text := range told {
		note(text)
	}
	return series, roles, err
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  " + shortened(line))
	}
	return b.String()
}

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print a JSON Schema of configurations and studies, for editors",
		Long: `Print a JSON Schema (draft 2020-12) of the YAML files that fit and sweep read. Editors
with a YAML language server complete keys, explain them, and mark mistakes:

  entrain schema > entrain.schema.json

and as the first line of a file of settings:

  # yaml-language-server: $schema=entrain.schema.json`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printJSON(config.Schema())
		},
	}
}
