package policy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const licencesFile = "internal/licences/licences.txt"

// licenceName are the files that come with a module because its licence asks for it.
var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|patents)|licen[cs]e$`)

// licenceTexts returns the licence of a module's folder and those of what it
// was made from, under headings.
func licenceTexts(module, dir string) (string, error) {
	var text strings.Builder
	for _, folder := range []string{".", "THIRD_PARTY_LICENSES"} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			if folder == "." {
				return "", err
			}
			continue
		}
		for _, e := range entries {
			if e.IsDir() || !licenceName.MatchString(e.Name()) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, folder, e.Name()))
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&text, "\n==== %s: %s ====\n\n%s\n", module, filepath.ToSlash(filepath.Join(folder, e.Name())), bytes.TrimSpace(content))
		}
	}
	return text.String(), nil
}

// TestLicencesAreFresh wants the text that the binary prints to be that of the
// modules it is built from; with -update it writes it.
func TestLicencesAreFresh(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "./cmd/entrain")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skip("go list:", err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("go env:", err)
	}
	modules := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(modules)
	modules = append([]string{"Entrain " + root, "The Go standard library and runtime " + strings.TrimSpace(string(goroot))}, slices.Compact(modules)...)
	var want strings.Builder
	for _, m := range modules {
		at := strings.LastIndexByte(m, ' ')
		text, err := licenceTexts(m[:at], m[at+1:])
		if err != nil || text == "" {
			t.Fatalf("%s: no licence text (%v)", m[:at], err)
		}
		want.WriteString(text)
	}
	path := filepath.Join(root, licencesFile)
	if *update {
		if err := os.WriteFile(path, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("%s is not that of the modules in go.mod; run go generate ./internal/licences", licencesFile)
	}
}
