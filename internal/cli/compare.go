package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
)

func (a *app) compareCommand() *cobra.Command {
	var o data.CompareOptions
	c := &cobra.Command{
		Use: "compare A B", Short: "Score recording A (a forecast) against recording B (the truth)",
		Long: `Score recording A against recording B. Rows are matched by time, states by name;
where one side reaches further than the other, only the common span counts.

Both are CSV or TSV files; - is standard input.`,
		Example: "  entrain compare forecast.csv truth.csv\n  entrain compare forecast.csv truth.csv --interpolate --json",
		Args:    arguments(2, 2, "two files"),
		RunE: func(cmd *cobra.Command, args []string) error {
			got, _, err := a.readData(args[0], data.ReadOptions{})
			if err != nil {
				return err
			}
			want, _, err := a.readData(args[1], data.ReadOptions{})
			if err != nil {
				return err
			}
			s, err := data.Compare(got, want, o)
			if err != nil {
				return fmt.Errorf("%s against %s: %w", args[0], args[1], err)
			}
			if a.json {
				return a.printJSON(s)
			}
			return failed(printScores(a.Stdout, s))
		},
	}
	c.Flags().BoolVar(&o.Interpolate, "interpolate", false, "take A between its rows from the straight line through them")
	return c
}

// printScores writes a table with a row for each component.
func printScores(w io.Writer, s data.Scores) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tmse\tnrmse\tr2\t")
	for _, c := range s.Components {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", c.Name, short(c.MSE), short(c.NRMSE), short(c.R2))
	}
	fmt.Fprintf(t, "all\t%s\t%s\t%s\t\n", short(s.MSE), short(s.NRMSE), short(s.R2))
	return t.Flush()
}
