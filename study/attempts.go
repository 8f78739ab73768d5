package study

import (
	"fmt"
	"os"
	"path/filepath"
)

// attemptsFile is in a run folder while its trial is under way. It counts how
// often the program has ended in the middle of the trial, say for want of
// memory, without a new checkpoint in between.
const attemptsFile = "attempts"

// mostAttempts before a trial counts as one that kills the program.
const mostAttempts = 3

// begin notes that a trial begins at iteration k. It fails if that has been
// tried too often.
func begin(dir string, k int) error {
	path := filepath.Join(dir, attemptsFile)
	n, at := 0, -1
	if text, err := os.ReadFile(path); err == nil {
		if _, err := fmt.Sscan(string(text), &n, &at); err != nil || at != k {
			n = 0
		}
	}
	if n >= mostAttempts {
		os.Remove(path)
		return fmt.Errorf("the program was killed %d times in the middle of this trial; --retry-failed tries it again", n)
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%d %d\n", n+1, k), 0o644)
}

// end notes that a trial has ended, or was stopped in good order.
func end(dir string) { os.Remove(filepath.Join(dir, attemptsFile)) }
