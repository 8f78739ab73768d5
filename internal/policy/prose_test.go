package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// proseWidth is the longest line of prose in a document. Tables, code and
// lines that are one unbreakable word are free, and so are documents that a
// program writes.
const proseWidth = 100

var writtenByPrograms = []string{"bench/RESULTS.md"}

// proseProblems lists the lines of a Markdown document that are too long to
// read and to compare.
func proseProblems(path, text string) []string {
	var problems []string
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		free := fenced || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "    ") || len(strings.Fields(line)) < 3
		if n := utf8.RuneCountInString(line); n > proseWidth && !free {
			problems = append(problems, fmt.Sprintf("%s:%d: %d characters; wrap prose near %d", path, i+1, n, proseWidth))
		}
	}
	return problems
}

func TestProseIsWrapped(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && rel != ".":
			return filepath.SkipDir
		case filepath.Ext(path) != ".md" || slices.Contains(writtenByPrograms, filepath.ToSlash(rel)):
			return nil
		}
		text, err := os.ReadFile(path)
		report(t, proseProblems(rel, string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestProseRuleFindsLongLines(t *testing.T) {
	long := strings.Repeat("word ", 30)
	text := "short\n" + long + "\n| " + long + "\n    " + long + "\n```\n" + long + "\n```\n" + strings.Repeat("é", 99) + "\n"
	expect(t, "one line of prose", proseProblems("a.md", text), 1)
}
