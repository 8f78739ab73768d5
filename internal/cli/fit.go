package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// fitFlags are what is not a setting: where a run goes and how it is shown.
type fitFlags struct {
	out, resume string
	plot        bool
}

func (a *app) fitCommand() *cobra.Command {
	var f fitFlags
	c := &cobra.Command{
		Use: "fit DATA…|CONFIG [key=value…]", Short: "Learn a model; progress while it runs, a run folder at the end",
		Long: `Learn the differential equations behind a recording.

DATA is a CSV or TSV file with a header; one column is the time, the others are
states. CONFIG is a YAML file that names the data and any settings. Settings
are written key=value and win over the file; without any, everything is chosen
for you. entrain list shows what can be chosen.

  time= id= states= inputs= ignore=   which columns are what
  model= hidden= activation=          what is learnt
  method= budget= limit= members=     how, and how long at most
  memory=                             how much the process may take (default: 3/4 of the machine)
  heldout= seed= solver= scale= keep= the rest; runs/…/config.yaml has them all`,
		Example: `  entrain fit data.csv
  entrain fit data.csv model=mlp hidden=32,32 method=homotopy seed=3 --out runs/first
  entrain fit equations.yaml limit=60s
  entrain fit --resume runs/first`,
		ValidArgsFunction: completeSettings,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.fit(args, f) },
	}
	c.Flags().StringVarP(&f.out, "out", "o", "", "run folder, new or empty (default: a fresh number under runs/)")
	c.Flags().StringVar(&f.resume, "resume", "", "go on with an interrupted run in this folder")
	c.Flags().BoolVar(&f.plot, "plot", false, "draw the fit in the terminal too")
	return c
}

func (a *app) fit(args []string, f fitFlags) error {
	if f.resume != "" {
		return a.resume(args, f)
	}
	c, err := a.configure(args)
	if err != nil {
		return err
	}
	a.begin(c)
	if f.out != "" {
		if err := study.CheckFolder(f.out); err != nil {
			return err
		}
		if err := study.CheckPlace(f.out); err != nil {
			return err
		}
	}
	job, err := a.prepare(c)
	if err != nil {
		return err
	}
	for _, note := range c.Notes() {
		fmt.Fprintf(a.Stderr, "warning: %s\n", note)
	}
	job.plot = f.plot
	if job.cost, err = a.expect(c, job.problem); err != nil {
		return err
	}
	return job.start(f.out, fitCommandLine(args))
}

// fitCommandLine is the command that makes the same model again, from the
// folder of the data: models and pages are given away, so they name the file
// but not the folders it lies in.
func fitCommandLine(args []string) string {
	parts := []string{"entrain fit"}
	files, _ := filesOf(args)
	for i, arg := range args {
		if path, ok := strings.CutPrefix(arg, "data="); ok {
			arg = "data=" + filepath.Base(path)
		} else if i < len(files) {
			arg = baseNames(config.Files{arg})
		}
		parts = append(parts, words.Quoted(budget.Plain(arg)))
	}
	return strings.Join(parts, " ")
}

// configure reads the arguments of fit: a configuration file or files of data, if the
// first is no setting, and settings.
func (a *app) configure(args []string) (*config.Config, error) {
	names, settings := filesOf(equationsFirst(args))
	files := config.Files(names)
	var file string
	var text []byte
	if len(files) > 0 && isConfig(files[0]) {
		var err error
		if file = files[0]; len(files) > 1 {
			settings, files = append(slices.Clone(names[1:]), settings...), files[:1]
		}
		if text, err = a.readFile(file); err != nil {
			return nil, err
		}
		text = append([]byte{}, text...) // not nil
	}
	if err := notFiles(names); err != nil {
		return nil, err
	}
	first := 1 + len(args) - len(settings)
	c, err := config.Load(cmp.Or(file, files.String()), text, settings, first)
	if err != nil {
		return nil, err
	}
	given := len(files) > 0 && text == nil
	switch {
	case given && len(c.Data) > 0:
		return nil, fmt.Errorf("the data are given twice: %s and data=%s; leave one out", files, c.Data)
	case given && !utf8.ValidString(strings.Join(files, "")):
		return nil, fmt.Errorf("the name %s is not UTF-8 text, so no run could say where its data are; give the file another name", budget.Quote(files.String()))
	case given:
		c.Data = slices.Clone(files)
	case len(c.Data) == 0 && text != nil:
		return nil, fmt.Errorf("%s names no data; add a line such as \"data: measurements.csv\"", file)
	case len(c.Data) == 0:
		return nil, fmt.Errorf("fit needs a data file or a configuration; try: entrain fit data.csv")
	}
	return c, nil
}

// equationsFirst puts a configuration that is named as the model, as in data.csv model=pk.yaml, before
// the data, which are then those of the configuration.
func equationsFirst(args []string) []string {
	names, settings := filesOf(args)
	at := slices.IndexFunc(settings, func(s string) bool {
		file, is := strings.CutPrefix(s, "model=")
		return is && isConfig(file)
	})
	if at < 0 || len(names) == 0 || isConfig(names[0]) {
		return args
	}
	out := []string{strings.TrimPrefix(settings[at], "model=")}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	out = append(out, "data=["+strings.Join(quoted, ", ")+"]")
	return append(out, slices.Delete(slices.Clone(settings), at, at+1)...)
}

// notFiles refuses words among the names of files that look like none.
func notFiles(names []string) error {
	for i, name := range names {
		if i > 0 && !exists(name) && filepath.Ext(name) == "" && !strings.ContainsAny(name, "*?[#/") {
			return fmt.Errorf("argument %d (%s) is neither a file nor a setting; settings are written key=value, such as seed=3", i+1, budget.Quote(name))
		}
	}
	return nil
}

// isFile tells an argument that names a file, or a part of one, from a setting.
func isFile(arg string) bool {
	if !strings.Contains(arg, "=") {
		return true
	}
	file, _ := config.CutPart(arg)
	return exists(file)
}

func isConfig(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".yaml" || ext == ".yml"
}

// completeSettings offers files first, then the keys of settings.
func completeSettings(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var out []string
	for _, s := range config.Completions() {
		if strings.HasPrefix(s, word) {
			out = append(out, s)
		}
	}
	return out, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}
