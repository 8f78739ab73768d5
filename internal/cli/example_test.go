package cli_test

import (
	"os"
	"time"

	"github.com/entrain-dev/entrain/internal/cli"
)

func ExampleMain() {
	cli.Main(cli.Env{Args: []string{"simulate", "damped-oscillator", "--t", "0:0:1", "start=2,0"},
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now})
	// Output:
	// t,x,v
	// 0,2,0
}
