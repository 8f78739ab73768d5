package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/serve"
	"github.com/entrain-dev/entrain/internal/words"
)

type serveFlags struct {
	host, upload, token string
	port, fits          int
	limit               time.Duration
}

// defaultRuns is the folder that is served, and made if need be, where none is named.
const defaultRuns = "runs"

// wasteOfServer is how much waste may lie about, in % of what is kept: a server keeps little and
// wastes much. The memory of the process has its limit all the same.
const wasteOfServer = 400

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use: "serve [RUNS]", Short: "Show runs in a browser, fit and forecast there, and answer other programs",
		Long: `Serve the folder of runs (default: runs) to a browser and to other programs. The
printed address has a token that lets in who knows it. Only this machine is reached
by the server unless --host names another address; to look at a machine far away,
leave it so and use ssh -L 8080:localhost:8080 MACHINE.

Fits are processes of their own in run folders: what becomes of browser and server does
them no harm. /api/v1/openapi.json describes the interface for programs.`,
		Example: "  entrain serve runs --port 8080",
		Args:    arguments(0, 1, "the folder of runs"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := defaultRuns
			if len(args) > 0 {
				dir = args[0]
			}
			return a.serve(dir, &f)
		},
	}
	c.Flags().StringVar(&f.host, "host", "127.0.0.1", "address to listen at; 0.0.0.0 is every one of this machine")
	wholeVar(c.Flags(), &f.port, "port", "p", 8080, 0, 65535, "port to listen at; 0 is any that is free")
	wholeVar(c.Flags(), &f.fits, "fits", "", 1, 1, 1000, "fits at the same time")
	c.Flags().DurationVar(&f.limit, "limit", 15*time.Minute, "time that one fit may take")
	c.Flags().StringVar(&f.upload, "upload", "32MB", "largest file of data")
	c.Flags().StringVar(&f.token, "token", os.Getenv("ENTRAIN_TOKEN"), "what lets in, 16 characters or more (default: $ENTRAIN_TOKEN, else a fresh one)")
	return c
}

func (a *app) serve(dir string, f *serveFlags) error {
	upload, err := config.ParseBytes(f.upload)
	switch {
	case err != nil:
		return fmt.Errorf("--upload: %w", err)
	case f.limit <= 0:
		return fmt.Errorf("--limit %s: a fit needs time", f.limit)
	case f.token != "" && len(f.token) < 16:
		return fmt.Errorf("the token has %d characters; 16 or more are not guessed", len(f.token))
	}
	switch info, err := os.Stat(dir); {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is a file; give the folder of runs", dir)
	case errors.Is(err, fs.ErrNotExist) && filepath.Clean(dir) != defaultRuns:
		return fmt.Errorf("there is no folder %s; for a new one: mkdir -p %s", budget.Quote(dir), words.Quoted(dir))
	}
	program, err := os.Executable()
	if err != nil {
		return failed(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(f.host, strconv.Itoa(f.port)))
	if err != nil {
		return a.notListening(f, err)
	}
	s, err := serve.New(serve.Options{Dir: dir, Program: []string{program}, Version: version(), Token: f.token,
		Upload: int64(upload), Fits: f.fits, FitLimit: f.limit, Limits: a.limits})
	if err != nil {
		l.Close()
		return failed(err)
	}
	if ip := net.ParseIP(f.host); f.host != "localhost" && !ip.IsLoopback() {
		fmt.Fprintln(a.Stderr, "warning: other machines can reach this server, and what they send and see is not encrypted; put it behind a proxy with TLS, or use ssh -L")
	}
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(wasteOfServer))
	}
	fmt.Fprintln(a.Stdout, s.Address(l.Addr()))
	fmt.Fprintf(a.Stderr, "serving %s; Ctrl-C ends it, and fits save their state\n", dir)
	if err := s.Serve(a.ctx, l); err != nil {
		return failed(err)
	}
	return nil
}

// notListening says why an address cannot be used.
func (a *app) notListening(f *serveFlags, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return failed(fmt.Errorf("port %d is in use; --port 0 takes a free one", f.port))
	case errors.Is(err, syscall.EACCES):
		return failed(fmt.Errorf("port %d is not for everybody; take one above 1023, such as --port 8080", f.port))
	}
	return fmt.Errorf("%s cannot be listened at: %w", net.JoinHostPort(f.host, strconv.Itoa(f.port)), err)
}
