package cli

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/bench"
	"github.com/entrain-dev/entrain/internal/kernel"
)

func (a *app) benchCommand() *cobra.Command {
	var quick bool
	c := &cobra.Command{
		Use: "bench [NAME…]", Short: "How fast, level by level",
		Long: `Measure the innermost loops (kernel), the field (G7), a step, an epoch, gradients
(G1, G2, G3), eight members of an ensemble beside one (members), how gradients
grow with steps and width (G9) and whole problems (G4, G5,
G6, G8), one thread each. The whole ensemble of G6 takes minutes and runs only
where its own name is given: G6/ensemble/fixed/whole, G6/ensemble/adaptive/whole.

Times are those of one call for all its lanes together, the fastest of many
repetitions, and an honest number needs a machine with nothing else to do: a median far
from the minimum says it had. Operations are those of matrix products; the
peak is what one core does with multiply-adds alone, measured just before; names
that end in f32 are work in float32, of which it does twice as many.`,
		Example: "  entrain bench --quick\n  entrain bench G1 G2\n  entrain bench kernel/matvec --json",
		Args:    cobra.ArbitraryArgs, ValidArgs: bench.Groups(),
		RunE: func(cmd *cobra.Command, args []string) error {
			cases, err := bench.Select(args)
			if err != nil {
				return err
			}
			if quick && len(args) == 0 {
				cases = light(cases)
			}
			return a.bench(cases, bench.DefaultMeter(quick))
		},
	}
	c.Flags().BoolVar(&quick, "quick", false, "a few seconds, rougher; without the longest cases unless they are named")
	return c
}

func light(cases []bench.Case) []bench.Case {
	var out []bench.Case
	for _, c := range cases {
		if !c.Heavy {
			out = append(out, c)
		}
	}
	return out
}

func (a *app) bench(cases []bench.Case, m bench.Meter) error {
	m.Peak = bench.Peak(m)
	if !a.json {
		peak := "peak not measured"
		if m.Peak > 0 {
			peak = fmt.Sprintf("peak %.3g GFLOP/s a core", m.Peak)
		}
		fmt.Fprintf(a.Stdout, "kernels: %s; %s; %s\n", kernel.Level(), peak, runtime.Version())
	}
	results := []bench.Result{}
	last := ""
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range cases {
		r, err := m.Measure(c)
		if err != nil {
			return failed(fmt.Errorf("%s: %w", c.Name, err))
		}
		results = append(results, r)
		if a.json {
			continue
		}
		if group, _, _ := strings.Cut(r.Name, "/"); group != last {
			w.Flush() // one table a group, so that it appears when it is done
			last = group
			fmt.Fprintf(w, "\nname\tlanes\ttime\tmedian\ta lane\tallocs\tGFLOP/s\tof peak\t\n")
		}
		benchRow(w, r)
	}
	if a.json {
		return a.printJSON(results)
	}
	return failed(w.Flush())
}

func benchRow(w io.Writer, r bench.Result) {
	rate, share := "", ""
	if r.Flops > 0 {
		rate = fmt.Sprintf("%.3g", r.Flops/r.NS)
	}
	if r.PeakPercent != nil {
		share = fmt.Sprintf("%.0f %%", *r.PeakPercent)
	}
	fmt.Fprintln(w, strings.TrimRight(strings.Join([]string{r.Name, fmt.Sprint(r.Lanes), bench.Clock(r.NS), bench.Clock(r.Median),
		bench.Clock(r.NS / float64(r.Lanes)), fmt.Sprintf("%.4g", r.Allocs), rate, share, r.Note}, "\t"), "\t"))
}
