package study

import (
	"fmt"
	"path/filepath"
)

// attemptsFile is in a run folder while its trial is under way. It counts how
// often the program has ended in the middle of the trial, say for want of
// memory, without a new checkpoint in between.
const attemptsFile = "attempts"

// attempts is that count, and the iteration it was at.
func attempts(dir string) (n, k int) {
	text, err := readFile(filepath.Join(dir, attemptsFile))
	if err != nil {
		return 0, -1
	}
	if _, err := fmt.Sscan(string(text), &n, &k); err != nil {
		return 0, -1
	}
	return n, k
}

// begin notes that a trial begins at iteration k.
func begin(dir string, k int) error {
	n, at := attempts(dir)
	if at != k { // it has gone on in between
		n = 0
	}
	path := filepath.Join(dir, attemptsFile)
	f, err := openFile(path, openNew)
	if err != nil {
		return around(err)
	}
	_, err = fmt.Fprintf(f, "%d %d\n", n+1, k)
	if e := f.Close(); err == nil {
		err = e
	}
	return around(err)
}

// end notes that a trial has ended, or was stopped in good order.
func end(dir string) { remove(filepath.Join(dir, attemptsFile)) }
