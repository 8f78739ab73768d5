package cli

import (
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
)

// Where nothing can be written is refused before any work, and what is no file is never
// replaced by one: a program that runs as root would take /dev/null away.
func TestPlacesThatTakeNoOutputAreRefusedFirst(t *testing.T) {
	workplace(t)
	write(t, "file", "x")
	write(t, "s.yaml", small)
	listener, err := net.Listen("unix", "socket.csv")
	if err != nil {
		t.Skip("no sockets here:", err)
	}
	defer listener.Close()
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	before := listing(t, "run")
	files := [][]string{{"report", "run", "--out"}, {"compare", "lynx-hare.csv", "lynx-hare.csv", "--chaos", "--out"}, {"filter", "run", "--from", "lynx-hare.csv", "--state"}}
	folders := [][]string{{"fit", "lynx-hare.csv", "--out"}, {"sweep", "s.yaml", "--out"}, {"analyse", "lorenz", "lyapunov", "--out"}, {"analyse", "run", "hessian", "--out"}}
	refused := func(want string, args ...string) {
		t.Helper()
		o := entrain(args...)
		if o.code != exitBad || o.out != "" || !strings.Contains(o.err, want) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%v: exit %d, want %q: %s%s", args, o.code, want, o.out, o.err)
		}
		if strings.Contains(o.err, "-1") || strings.Contains(o.err, "mkdir ") || strings.Contains(o.err, "open ") {
			t.Errorf("%v: the message speaks of system calls or passing files: %s", args, o.err)
		}
	}
	for _, command := range files {
		refused("device, a pipe or a socket", slices.Concat(command, []string{"socket.csv"})...)
		refused("is a folder", slices.Concat(command, []string{"run"})...)
		refused("there is no folder nosuch", slices.Concat(command, []string{"nosuch/x"})...)
		refused("file", slices.Concat(command, []string{"file/x"})...)
	}
	refused("device, a pipe or a socket", "convert", "lynx-hare.csv", "socket.csv")
	refused("there is no folder nosuch", "convert", "lynx-hare.csv", "nosuch/x.csv")
	for _, command := range folders {
		for _, place := range []string{"file", "file/x", "file/x/y", "socket.csv", "socket.csv/x"} {
			refused(strings.Split(place, "/")[0], slices.Concat(command, []string{place})...)
		}
	}
	if info, err := os.Lstat("socket.csv"); err != nil || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("the socket has become %v, %v", info, err)
	}
	if now := listing(t, "run"); now != before {
		t.Errorf("the run was changed:\n%s\n%s", before, now)
	}
}
