package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/landscape"
	"github.com/entrain-dev/entrain/study"
)

// analyseFlags say what of the loss is to be looked at, and how closely.
type analyseFlags struct {
	out, data                        string
	lengths, coupling, extent        string
	along, factors                   string
	beside                           []string
	smoothing, width                 float64
	grid, steps, starts, probes, top int
	points                           int
	published, begin, alongPath      bool
	seed                             uint64
	limit                            time.Duration
	dynamics                         dynamicsFlags
	given                            []string // flags as they were written, for what is shown
}

// analyses are the kinds of analysis by name.
var analyses = map[string]func(*analysis) error{
	"collocation":    (*analysis).collocations,
	"hessian":        (*analysis).hessians,
	"loss-landscape": (*analysis).landscapes,
	"pca-path":       (*analysis).paths,
	"profile":        (*analysis).profiles,
	"stability":      (*analysis).stability,
}

const analyseLong = `Look at what a known system, a trained model or a recording does.

  lyapunov        Lyapunov exponents of a system or model with their standard
                  errors, and the Kaplan–Yorke dimension; of a recording those
                  that its rows can tell
  dimension       correlation dimension of an orbit, or of the rows of a recording,
                  with the curve that it is read from
  attractor       means with errors, box, memory, period, densities, spectra,
                  projections and return maps; of a run beside the data it was
                  trained on, with distances and their floors
  equilibria      states at rest with their eigenvalues, and what they are
  orbits          periodic orbits, stable or not, with their multipliers
  poincare        where an orbit or a recording crosses --column = --at
  bifurcation     what the attractor does --along rho=0:200:0.5, and its exponents
  growth          how small errors grow over --horizon, place by place
  covariant       covariant Lyapunov vectors, and the angles between them
  conditional     exponents of a copy coupled with --gain; it follows if all are
                  negative
  embedding       lag and dimension in which one column tells the state
  divergence      how fast neighbours at other times part (Rosenstein, Kantz)
  regularity      regular, chaotic or noise: 0–1 test, permutation entropy and
                  surrogates
  recurrence      recurrence plot and its measures
  jacobian        Jacobians from rows, in which directions they can be known, and
                  their error --against a known system

A SYSTEM is one of entrain list systems, with its parameters as key=value.

Or look at the loss around a trained model, or around where training begins.

  hessian         largest eigenvalues, trace and spectral density of the Hessian;
                  with --along-path eigenvalue and trace along the path of
                  training, which a run with path=10 has recorded
  loss-landscape  the loss in the plane of its two largest eigenvectors, or with
                  --along NAME along one parameter of equations
  pca-path        the loss in the plane of the two principal components of the
                  path of training
  stability       which modes of the field steps of the solver make grow, or get wrong
  collocation     of a fit with method=collocation: its mesh with the defects over
                  time, how its program converged, collocated states beside
                  simulated ones
  profile         profile likelihoods of the parameters of equations, or with
                  --along NAME of one of them or of a start such as S(0), and
                  which combinations of them are determined

The loss is the mean squared distance of whole trajectories from the training rows,
in scaled units, as a function of the parameters and of the starts that are learnt.
RUN is the folder of a fit. A MODEL file needs the recordings with --data. CONFIG or
DATA with settings, as for fit, looks at the model that training would begin with.

--lengths and --coupling give a panel each: the rows within so long of the first one,
and the field drawn towards the smoothed rows by that gain. Numbers are written as a
list (0,0.2,0.4) or from:to:count (2.1:10.1:20).

--limit 60s ends any of them in time, with exit code 1 where there is no result yet.`

const analyseExample = "  entrain analyse lorenz lyapunov rho=35\n" +
	"  entrain analyse lorenz bifurcation --along rho=0:200:0.5 --column z\n" +
	"  entrain analyse runs/lorenz lyapunov\n" +
	"  entrain analyse runs/lv hessian\n" +
	"  entrain analyse lv.yaml loss-landscape --lengths 3.1,5.1,7.1,9.1\n" +
	"  entrain analyse lorenz.yaml loss-landscape --along beta --coupling 0,0.3,1.5 --smoothing 0\n" +
	"  entrain analyse runs/lv pca-path\n" +
	"  entrain analyse runs/flu profile\n" +
	"  entrain analyse runs/plant response --decibel\n" +
	"  entrain analyse runs/lv hessian --along-path --coupling 0,2 --beside runs/lv-vanilla"

func (a *app) analyseCommand() *cobra.Command {
	var f analyseFlags
	c := &cobra.Command{
		Use: "analyse RUN|MODEL|SYSTEM|CONFIG|DATA ANALYSIS [key=value…]", Short: "Look at the dynamics of a system or model, or at the training loss",
		Long:              analyseLong,
		Example:           analyseExample,
		ValidArgsFunction: completeSettings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.published && !cmd.Flags().Changed("starts") {
				f.starts = 1
			}
			cmd.Flags().Visit(func(g *pflag.Flag) {
				if g.Name != "json" && g.Name != "out" {
					f.given = append(f.given, "--"+g.Name)
					if g.Value.Type() != "bool" {
						f.given = append(f.given, words.Quoted(g.Value.String()))
					}
				}
			})
			return a.analyse(cmd.Context(), args, &f)
		},
	}
	f.register(c.Flags())
	return c
}

// register makes the flags.
func (f *analyseFlags) register(s *pflag.FlagSet) {
	s.StringVarP(&f.out, "out", "o", "", "folder of the results (default: analysis in the run folder, or here)")
	s.StringVar(&f.data, "data", "", "the recordings, for a model file or a run whose data have moved")
	s.StringVar(&f.lengths, "lengths", "", "lengths of the data, in its unit of time")
	s.StringVar(&f.coupling, "coupling", "0", "gains of the coupling to the data, per unit of scaled time")
	realVar(s, &f.smoothing, "smoothing", -1, -1, mostReal, "weight of the curvature of the smoothed rows; -1: by cross-validation, 0: none")
	s.StringVar(&f.extent, "range", "", "of both coefficients of the plane (default: -0.2:0.2, or what holds the path)")
	wholeVar(s, &f.grid, "grid", "", 30, 2, 1000, "points along each side of a plane")
	s.StringVar(&f.along, "along", "", "the parameter of a one-dimensional landscape, of a profile, or of bifurcations (rho=0:200:0.5)")
	s.StringVar(&f.factors, "factors", "0.5:1.5:51", "by which that parameter is multiplied")
	wholeVar(s, &f.top, "top", "", 2, 1, mostWork, "eigenvalues to find, the largest in magnitude")
	wholeVar(s, &f.steps, "steps", "", 100, 1, mostWork, "Lanczos steps of a spectrum from each start")
	wholeVar(s, &f.starts, "starts", "", 8, 1, mostWork, "random starts of a spectrum")
	wholeVar(s, &f.probes, "probes", "", 64, 2, mostWork, "random vectors of a trace")
	realVar(s, &f.width, "width", 0, 0, mostReal, "standard deviation that smooths a spectrum; 0: 0.5 % of its range")
	s.BoolVar(&f.alongPath, "along-path", false, "the largest eigenvalue and the trace at points of the path of training; of homotopy also with its coupling")
	s.StringSliceVar(&f.beside, "beside", nil, "runs of other methods to show beside it, with --along-path")
	wholeVar(s, &f.points, "points", "", 50, 1, mostWork, "points of that path at most")
	s.BoolVar(&f.published, "published", false, "a spectrum as the homotopy paper drew it: a histogram of Ritz values")
	s.BoolVar(&f.begin, "begin", false, "look at where training begins instead of at the trained model")
	s.Uint64Var(&f.seed, "seed", 0, "of the random vectors")
	s.DurationVar(&f.limit, "limit", 0, "time it may take, such as 30s or 5m; 0: as long as it does")
	f.dynamics.register(s)
}

func (f *analyseFlags) check() error {
	switch {
	case f.limit < 0:
		return fmt.Errorf("--limit %v: it is above 0, such as 30s or 5m", f.limit)
	case f.alongPath && f.published:
		return fmt.Errorf("--published is about a spectrum, which --along-path does not show; leave one of them away")
	case f.published && f.starts != 1:
		return fmt.Errorf("--starts %d: --published has one start; leave --starts away", f.starts)
	case f.smoothing < 0 && f.smoothing != -1:
		return fmt.Errorf("--smoothing %g: it is 0 or more, or -1 for cross-validation", f.smoothing)
	}
	return nil
}

func (a *app) analyse(ctx context.Context, args []string, f *analyseFlags) error {
	known := slices.Sorted(maps.Keys(analyses))
	known = append(known, slices.Sorted(maps.Keys(dynamics))...)
	if len(args) < 2 || strings.Contains(args[1], "=") {
		return fmt.Errorf("analyse takes what to look at and the analysis, one of %s; try: entrain analyse runs/001 hessian", strings.Join(known, ", "))
	}
	run, ok := analyses[args[1]]
	if !ok && dynamics[args[1]] == nil {
		return &registry.UnknownError{Kind: "analysis", Name: args[1], Known: known}
	}
	if err := f.check(); err != nil {
		return err
	}
	a.deadline(f.limit)
	if !ok {
		return a.analyseDynamics(ctx, args, f)
	}
	if err := f.suits(args[1]); err != nil {
		return err
	}
	s, err := a.subject(args[0], args[2:], f)
	if err != nil {
		return err
	}
	n := &analysis{app: a, flags: f, subject: s, name: args[1], command: analyseCommandLine(args, f)}
	if n.panels, err = n.cut(); err != nil {
		return err
	}
	return run(n)
}

// suits finds flags that an analysis of the loss does not take.
func (f *analyseFlags) suits(analysis string) error {
	if f.along != "" && analysis != "loss-landscape" && analysis != "profile" {
		return fmt.Errorf("--along is for loss-landscape and profile; leave it away")
	}
	if len(f.beside) > 0 && !f.alongPath {
		return fmt.Errorf("--beside shows runs along their paths; give --along-path as well")
	}
	if f.alongPath && analysis != "hessian" {
		return fmt.Errorf("--along-path is for hessian; leave it away")
	}
	if f.out != "" {
		return study.CheckPlace(f.out)
	}
	return nil
}

// analyseCommandLine is the command as far as its arguments go.
func analyseCommandLine(args []string, f *analyseFlags) string {
	parts := []string{"entrain analyse"}
	for _, arg := range args {
		parts = append(parts, words.Quoted(arg))
	}
	for _, o := range [][2]string{{"lengths", f.lengths}, {"coupling", f.coupling}, {"along", f.along}, {"range", f.extent}} {
		if o[1] != "" && o[1] != "0" {
			parts = append(parts, "--"+o[0], words.Quoted(o[1]))
		}
	}
	if f.smoothing >= 0 {
		parts = append(parts, "--smoothing", words.Short(f.smoothing))
	}
	if f.begin {
		parts = append(parts, "--begin")
	}
	if f.alongPath {
		parts = append(parts, "--along-path")
		if len(f.beside) > 0 {
			parts = append(parts, "--beside", words.Quoted(strings.Join(f.beside, ",")))
		}
	}
	if f.published {
		parts = append(parts, "--published")
	}
	return strings.Join(parts, " ")
}

// outFolder is where the results go.
func (n *analysis) outFolder() string {
	switch {
	case n.flags.out != "":
		return n.flags.out
	case n.subject.dir != "":
		return filepath.Join(n.subject.dir, page.AnalysisFolder)
	}
	return page.AnalysisFolder
}

// sequence reads "1,2,3" or "from:to:count".
func sequence(flag, text string) ([]float64, error) {
	lo, rest, isRange := strings.Cut(text, ":")
	if !isRange {
		return numbers("--"+flag, text)
	}
	hi, count, ok := strings.Cut(rest, ":")
	ends, err := numbers("--"+flag, lo+","+hi)
	n, bad := strconv.Atoi(count)
	if err != nil || !ok || bad != nil || n < 2 || n > 10000 || !slices.IsSorted(ends) {
		return nil, fmt.Errorf("--%s %s: write a list such as 1,2,3 or from:to:count such as 2.1:10.1:20", flag, text)
	}
	return landscape.Span(ends[0], ends[1], n), nil
}
