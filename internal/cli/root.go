package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
)

const about = `Entrain learns the differential equations behind measured time series.

  entrain fit data.csv                 learn a model; everything is chosen for you
  entrain forecast runs/001            continue the recording
  entrain show runs/001                what was learnt, in words

Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 70 a fault of Entrain,
130 interrupted (Ctrl-C or SIGTERM).`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "entrain", Short: "Learn differential equations from time series", Long: about,
		SilenceErrors: true, SilenceUsage: true, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print machine-readable output alone on standard output; not of "+strings.Join(speechless, ", "))
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "say more")
	root.PersistentFlags().StringArrayVar(&a.allow, "allow", nil, "let more in than is usual: "+allowed())
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if a.json && slices.Contains(speechless, topmost(cmd)) {
			return fmt.Errorf("%s prints nothing that --json could change; leave it away", topmost(cmd))
		}
		return a.setLimits()
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(a.fitCommand(), a.forecastCommand(), a.filterCommand(), a.convertCommand(), a.simulateCommand(), a.compareCommand(), a.sweepCommand(), a.reportCommand(), a.analyseCommand(),
		a.showCommand(), a.listCommand(), a.checkCommand(), a.serveCommand(), a.initCommand(), a.schemaCommand(), a.benchCommand(), a.versionCommand(), a.manCommand())
	root.SetOut(a.Stdout) // completion keeps where to write
	strict(root)
	return root
}

// speechless are the commands that have one output, whatever it is for.
var speechless = []string{"completion", "convert", "filter", "init", "man", "serve"}

// topmost is the name of a command below the program itself.
func topmost(cmd *cobra.Command) string {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	return cmd.Name()
}

// strict refuses names that the commands of cobra do not know: completion and help would
// show help and end as if all were well.
func strict(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return cmd.Help()
				}
				return unknownCommand(cmd, args[0])
			}
		case "help":
			show := c.Run
			c.RunE = func(cmd *cobra.Command, args []string) error {
				if found, _, err := root.Find(args); len(args) > 0 && (err != nil || found == root) {
					return unknownCommand(root, args[0])
				}
				show(cmd, args)
				return nil
			}
		}
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return &registry.UnknownError{Kind: "command", Name: name, Known: known}
}

// flagError explains a wrong flag; settings are not flags.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok && !cmd.HasParent() {
		return fmt.Errorf("%s has no flag --%s; %s --help lists the flags", cmd.Name(), name, cmd.Name())
	} else if ok {
		return fmt.Errorf("%s has no flag --%s; settings are written without dashes, such as %s=…; %s --help lists the flags",
			cmd.Name(), name, name, cmd.CommandPath())
	}
	if value, flag, why, ok := wrongValue(text); ok {
		return fmt.Errorf("%s: %s %s: %s", cmd.Name(), flag, value, why)
	}
	if head, _, ok := strings.Cut(text, ": strconv."); ok {
		kind := "a number"
		if strings.Contains(text, "ParseUint") {
			kind = "a whole number, 0 or more"
		}
		value, flag, _ := strings.Cut(strings.TrimPrefix(head, "invalid argument "), " for ")
		return fmt.Errorf("%s: %s takes %s, not %s", cmd.Name(), strings.Trim(strings.TrimSuffix(flag, " flag"), `"`), kind, value)
	}
	return fmt.Errorf("%s: %s; %s --help shows how it is used", cmd.Name(), text, cmd.CommandPath())
}

// wrongValue takes the message about a value that a flag refused apart.
func wrongValue(text string) (value, flag, why string, ok bool) {
	rest, ok := strings.CutPrefix(text, "invalid argument ")
	at := strings.LastIndex(rest, ` for "`)
	if !ok || at < 0 || strings.Contains(rest[at:], "strconv.") {
		return "", "", "", false
	}
	flag, why, ok = strings.Cut(rest[at+len(` for "`):], `" flag: `)
	value, err := strconv.Unquote(rest[:at])
	return budget.Quote(value), flag, why, ok && err == nil
}

// arguments wants between least and most arguments, called usage.
func arguments(least, most int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return fmt.Errorf("%s takes %s; try %s --help", cmd.Name(), usage, cmd.CommandPath())
		}
		return nil
	}
}
