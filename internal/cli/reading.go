package cli

import (
	"fmt"
	"io"
	"strings"
)

// Sizes from which reading is shown on a terminal, and told elsewhere, in bytes.
const (
	shownFrom = 8 << 20
	toldFrom  = 64 << 20
)

// reading shows how far a large file is read; it counts what is written to it.
type reading struct {
	w             io.Writer // nil: nothing is shown
	path          string
	size, read    int64
	shown, column int64
}

func (a *app) newReading(path string, size int64) *reading {
	r := &reading{path: path, size: size, shown: -1}
	switch {
	case a.Terminal:
		r.w = a.screen
	case size >= toldFrom:
		fmt.Fprintf(a.Stderr, "reading %s, %d MiB\n", path, size>>20)
	}
	return r
}

// Write counts bytes.
func (r *reading) Write(p []byte) (int, error) {
	r.read += int64(len(p))
	if r.w == nil || r.read < shownFrom || r.size > 0 && r.size < shownFrom {
		return len(p), nil
	}
	text, now := fmt.Sprintf("reading %d MiB", r.read>>20), r.read>>22
	if r.size > 0 {
		now = 100 * r.read / r.size
		text = fmt.Sprintf("reading %d %%", now)
	}
	if now != r.shown {
		r.shown, r.column = now, int64(len(text))
		fmt.Fprintf(r.w, "\r%s", text)
	}
	return len(p), nil
}

// done clears the line.
func (r *reading) done() {
	if r.w != nil && r.column > 0 {
		fmt.Fprintf(r.w, "\r%s\r", strings.Repeat(" ", int(r.column)))
	}
}
