package policy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// foreign finds what must not be in any file of the project: paths of the
// machine it was written on, and places where only its writer can go. It is
// put together from parts so that it does not find itself.
var foreign = regexp.MustCompile(strings.Join([]string{
	`(^|[^\w.])/(wo` + `rk|ro` + `ot|ho` + `me|Us` + `ers)/\w`, // absolute paths
	`(^|[^\w])\.\./sha` + `red/`,                               // folders beside the checkout
	`/sha` + `red/facts`,
	`proxy\.gol` + `ang\.org`,              // registry hosts
	`(?i)\b(iss` + `ue|sess` + `ion) #?\d`, // what only its writers could look up
}, "|"))

// wordProblems lists the lines with something foreign in a text file.
func wordProblems(path string, content []byte) []string {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil // not a text
	}
	var problems []string
	for i, line := range bytes.Split(content, []byte("\n")) {
		if m := foreign.Find(line); m != nil {
			problems = append(problems, fmt.Sprintf("%s:%d: %q does not belong into the project", path, i+1, m))
		}
	}
	return problems
}

func TestNoForeignPathsInTrackedFiles(t *testing.T) {
	git := exec.Command("git", "ls-files", "-z")
	git.Dir = root
	list, err := git.Output()
	if err != nil {
		t.Skip("not a checkout:", err)
	}
	for path := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		report(t, wordProblems(path, content))
	}
}

func TestWordsRuleFindsPaths(t *testing.T) {
	for text, want := range map[string]int{
		"see /wo" + "rk/main/x.go":          1,
		"\"/ho" + "me/anna/data.csv\"":      1,
		"see iss" + "ue 7":                  1,
		"../sha" + "red/facts/a.md":         1,
		"values are shared/batched":         0,
		"https://example.org/home/a":        0,
		"func() { return a /work/ b }":      0,
		"a line\nan /ro" + "ot/x\n/usr/bin": 1,
	} {
		expect(t, text, wordProblems("a.txt", []byte(text)), want)
	}
}
