package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// block is a stretch of a file that is run as a whole.
type block struct {
	file                     string // without its folder
	line, col, last, lastCol int
}

// coverage is what of a package is run by a test.
type coverage map[block]bool

// readCoverage reads a profile of the Go tools: lines of file:line.col,line.col, the number of
// statements, and how often they were run.
func readCoverage(profile string) (coverage, error) {
	found := coverage{}
	for text := range strings.Lines(profile) {
		at := strings.LastIndexByte(text, ':')
		if at < 0 || strings.HasPrefix(text, "mode:") {
			continue
		}
		b := block{file: filepath.Base(text[:at])}
		var statements, times int
		if _, err := fmt.Sscanf(text[at+1:], "%d.%d,%d.%d %d %d", &b.line, &b.col, &b.last, &b.lastCol, &statements, &times); err != nil {
			return nil, fmt.Errorf("a line of a coverage profile: %q: %w", text, err)
		}
		found[b] = found[b] || times > 0
	}
	return found, nil
}

func (b block) holds(line, col int) bool {
	return (line > b.line || line == b.line && col >= b.col) && (line < b.last || line == b.last && col < b.lastCol)
}

// runs tells whether the code of a mutant is run. What stands outside functions always is; what is
// in no block, like the conditions of cases, is if anything in its function is.
func (c coverage) runs(m *mutant) bool {
	if m.in == nil {
		return true
	}
	some, file := false, filepath.Base(m.path)
	for b, ran := range c {
		if b.file != file {
			continue
		}
		if b.holds(m.line, m.col) {
			return ran
		}
		some = some || ran && b.line >= m.in.line && b.last <= m.in.last
	}
	return some
}
