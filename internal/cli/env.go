package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// Env is the outside world as a command sees it.
type Env struct {
	Args           []string // without the name of the program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       bool   // Stderr is a terminal: progress may be drawn
	Columns        int    // its width; 0 if unknown
	Kernel         string // instruction set to compute with, the fastest if empty; for tests and repetitions
	Now            func() time.Time
	// Interrupt returns a context that ends when the user wants to stop; a
	// second wish ends the program.
	Interrupt func(context.Context) (context.Context, context.CancelFunc)
}

// Main runs the command in env.Args and returns the exit code: 0 done,
// 1 failed, 2 bad usage or bad input, 70 a fault of the program, 130
// interrupted. The process should end then: what did not end in time goes on in
// the background.
func Main(env Env) int {
	a := &app{Env: env, screen: env.Stderr}
	a.printed = &outlet{w: env.Stdout}
	a.Stdout, a.Stderr = a.printed, &outlet{w: env.Stderr}
	if env.Kernel != "" {
		if err := kernel.Force(env.Kernel); err != nil {
			return a.finish(fmt.Errorf("ENTRAIN_KERNEL: %w", err))
		}
	}
	defer a.watch()()
	defer a.forget()
	a.watchMemory()
	return a.guarded(func() int {
		root := a.root()
		root.SetArgs(env.Args)
		root.SetIn(env.Stdin)
		root.SetErr(a.Stderr)
		return a.finish(root.Execute())
	})
}

// app is one invocation.
type app struct {
	Env
	*guard
	json    bool
	verbose bool
	allow   []string         // limits to raise, name=value
	limits  data.Limits      // of what is read; zero fields: the defaults
	values  int              // most numbers of a forecast
	screen  io.Writer        // standard error as it is, for what moves the cursor
	printed *outlet          // standard output
	input   *incoming        // data from standard input, once they were read
	found   data.ReadOptions // in the recordings that were read last
}
