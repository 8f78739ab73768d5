package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

func (a *app) compareCommand() *cobra.Command {
	var o data.CompareOptions
	var ch chaosOptions
	c := &cobra.Command{
		Use: "compare A B [key=value…]", Short: "Score recording A (a forecast) against recording B (the truth)",
		Long: `Score recording A against recording B. Rows are matched by time, states by name;
where one side reaches further than the other, only the common span counts.

Both are CSV or TSV files; - is standard input. time= and id= name those columns,
ignore=u,v leaves columns out, such as inputs that a forecast does not hold.

--chaos adds what forecasts of chaotic systems are judged by: for how long they are
valid, in units and in Lyapunov times, and how far their long-run statistics are from
those of the truth, by several distances, each with its floor: what pieces of the
truth are apart from one another. With --past, baselines that know only the rows before
(persistence, a parrot, reservoirs, ridge regressions) stand beside it.`,
		Example: "  entrain compare forecast.csv truth.csv\n  entrain compare forecast.csv truth.csv --interpolate --json\n" +
			"  entrain compare forecast.csv truth.csv --chaos --exponent 0.9056",
		Args: arguments(2, -1, "two files, then settings"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.compare(args, o, ch) },
	}
	c.Flags().BoolVar(&o.Interpolate, "interpolate", false, "take A between its rows from the straight line through them")
	c.Flags().BoolVar(&ch.on, "chaos", false, "valid prediction time, and distances of attractors with their floors")
	realVar(c.Flags(), &ch.threshold, "threshold", 0.4, budget.Smallest, mostReal, "error at which a forecast stops being valid, in deviations; for --chaos")
	realVar(c.Flags(), &ch.exponent, "exponent", 0, 0, mostReal, "leading Lyapunov exponent per unit of time; 0: from the rows of the truth; for --chaos")
	c.Flags().StringVar(&ch.past, "past", "", "rows that end where the truth begins: baselines are fitted to them and forecast it too; for --chaos")
	c.Flags().Uint64Var(&ch.seed, "seed", 0, "of random baselines; for --past")
	c.Flags().StringVar(&ch.out, "out", "", "a CSV file for the distances; for --chaos")
	return c
}

// compare scores one recording against another.
func (a *app) compare(args []string, o data.CompareOptions, ch chaosOptions) error {
	read, ignore, err := compareColumns(args[2:])
	if err != nil {
		return err
	}
	if !ch.on && (ch.out != "" || ch.past != "") {
		return fmt.Errorf("--out and --past are for --chaos; give that as well")
	}
	if ch.out != "" {
		if err := study.CheckFile(ch.out); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	var sides [2][]data.Series
	for i := range sides {
		if sides[i], _, err = a.readData(config.Files{args[i]}, read); err != nil {
			return err
		}
	}
	if err := leaveOut(ignore, sides[0], sides[1]); err != nil {
		return err
	}
	s, err := data.Compare(sides[0], sides[1], o)
	if err != nil {
		return fmt.Errorf("%s against %s: %w", args[0], args[1], err)
	}
	if ch.on {
		var past []data.Series
		if ch.past != "" {
			if past, _, err = a.readData(config.Files{ch.past}, read); err != nil {
				return err
			}
		}
		return a.compareChaos(s, sides[0], sides[1], past, o, ch)
	}
	if a.json {
		return a.printJSON(s)
	}
	return failed(printScores(a.Stdout, s))
}

// compareChaos scores and prints with --chaos.
func (a *app) compareChaos(s data.Scores, got, truth, past []data.Series, o data.CompareOptions, ch chaosOptions) error {
	c, err := scoreChaos(got, truth, past, o, ch)
	if err != nil {
		return err
	}
	if ch.out != "" {
		if err := study.WritePage(ch.out, c.csv); err != nil {
			return failed(err)
		}
	}
	if a.json {
		text, err := s.MarshalJSON()
		if err != nil {
			return failed(err)
		}
		more := append([]byte(`,"chaos":`), finiteJSON(c)...)
		return a.printJSON(json.RawMessage(append(bytes.TrimSuffix(text, []byte("}")), append(more, '}')...)))
	}
	if err := printScores(a.Stdout, s); err != nil {
		return failed(err)
	}
	return failed(c.print(a.Stdout))
}

// compareColumns reads the settings of compare.
func compareColumns(args []string) (o data.ReadOptions, ignore []string, err error) {
	set, err := assignments(args)
	if err != nil {
		return o, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		switch name {
		case "time":
			o.Time = set[name]
		case "id":
			o.ID = set[name]
		case "ignore":
			ignore = strings.Split(set[name], ",")
		default:
			return o, nil, &registry.UnknownError{Kind: "setting", Name: name, Known: []string{"id", "ignore", "time"}}
		}
	}
	return o, ignore, nil
}

// leaveOut removes states from all recordings that have them.
func leaveOut(names []string, sides ...[]data.Series) error {
	for _, name := range names {
		found := false
		for _, side := range sides {
			for i := range side {
				found = without(&side[i], name) || found
			}
		}
		if !found {
			return fmt.Errorf("ignore=%s: there is no column %q", name, name)
		}
	}
	return nil
}

// without removes one state and tells whether there was one.
func without(s *data.Series, name string) bool {
	c := slices.Index(s.Names, name)
	if c < 0 {
		return false
	}
	var x []float64
	for i := range s.T {
		row := s.Row(i)
		x = append(append(x, row[:c]...), row[c+1:]...)
	}
	s.X, s.Names = x, slices.Delete(slices.Clone(s.Names), c, c+1)
	if c < len(s.Units) {
		s.Units = slices.Delete(slices.Clone(s.Units), c, c+1)
	}
	return true
}

// printScores writes a table with a row for each component.
func printScores(w io.Writer, s data.Scores) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tmse\tnrmse\tr2\t")
	for _, c := range s.Components {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", c.Name, words.Short(c.MSE), words.Short(c.NRMSE), words.Short(c.R2))
	}
	fmt.Fprintf(t, "all\t%s\t%s\t%s\t\n", words.Short(s.MSE), words.Short(s.NRMSE), words.Short(s.R2))
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, legend("all rows of the reference"))
	return err
}
