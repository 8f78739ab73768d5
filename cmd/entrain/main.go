// Command entrain learns the differential equations behind measured time
// series. See entrain --help, and internal/cli for how it works.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // 450 kB: time zones where the machine has no list of them

	"golang.org/x/term"

	"github.com/entrain-dev/entrain/internal/cli"
)

func main() {
	// What Go cannot recover from, such as a machine without memory, would end
	// the process with the exit code of bad input; so it aborts.
	debug.SetTraceback("crash")
	noCore()
	if n := openFiles(); n < fewestFiles { // with fewer Go's runtime itself gives up, with a stack trace
		fmt.Fprintf(os.Stderr, "entrain: only %d files may be open at a time here; allow %d or more: ulimit -n %d\n", n, fewestFiles, fewestFiles)
		os.Exit(1)
	}
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	os.Exit(cli.Main(cli.Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: err == nil, Columns: width, Now: time.Now, Interrupt: interrupt, Kernel: os.Getenv("ENTRAIN_KERNEL")}))
}

// fewestFiles is how many files have to be open at a time: the streams, those of the
// runtime, and those of a run.
const fewestFiles = 16

// interrupt ends the context at the first signal; the second one kills.
func interrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
