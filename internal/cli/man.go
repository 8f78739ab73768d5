package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes man pages, for packagers.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write man pages into a folder", Hidden: true, Args: arguments(1, 1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("folder %s cannot be made: %w", args[0], reason(err))
			}
			return failed(doc.GenManTree(cmd.Root(), &doc.GenManHeader{Title: "ENTRAIN", Section: "1", Source: "entrain"}, args[0]))
		},
	}
}
