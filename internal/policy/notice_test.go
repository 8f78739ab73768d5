package policy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unnamed lists the modules that a text does not mention.
func unnamed(text string, modules []string) []string {
	var problems []string
	for _, m := range modules {
		if !strings.Contains(text, m+" ") {
			problems = append(problems, "NOTICE does not name "+m+", which is part of the binary; add it with its licence")
		}
	}
	return problems
}

func TestNoticeNamesEveryModuleOfTheBinary(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/entrain")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skip("go list:", err)
	}
	text, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, unnamed(string(text), strings.Fields(string(out))))
}

func TestNoticeRuleFindsMissingModules(t *testing.T) {
	text := "example.org/a/v2  MIT\n"
	expect(t, "a/v2 is named, a is not", unnamed(text, []string{"example.org/a/v2", "example.org/a"}), 1)
}
