package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// Every document becomes a page, and every link between documents leads somewhere.
func TestDocumentsOfTheRepositoryBecomePages(t *testing.T) {
	s, err := read(os.DirFS("../.."), "https://example.org/")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "site")
	for range 2 { // anew, too
		if err := s.write(dir); err != nil {
			t.Fatal(err)
		}
	}
	local := regexp.MustCompile(`(?:href|src)="([^"#:]+)(?:#[^"]*)?"`)
	for _, d := range s.pages {
		page, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(d.Page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range local.FindAllStringSubmatch(string(page), -1) {
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(filepath.FromSlash(d.Page)), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", d.Page, err)
			}
		}
		if d.Source != "README.md" && !strings.Contains(string(page), ` aria-current="page">`) {
			t.Errorf("%s is not in the list of pages", d.Page)
		}
	}
	if len(s.copied) == 0 {
		t.Error("the picture of the README was left behind")
	}
}

func TestLinksThatLeadNowhereAreNamed(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"README.md": "# A\n[b](docs/b.md#there) [c](docs/c.md)", "CHANGELOG.md": "# C\n[self](#c) [lost](#d)",
		"CONTRIBUTING.md": "# D\n[source](main.go) [none](none.go)", "docs/b.md": "# B\n\n## There\n[up](../README.md) [odd](../README.md#b)", "main.go": ""} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := read(files, "")
	want := []string{"README.md: there is no docs/c.md", "CHANGELOG.md: #d has no such heading", "CONTRIBUTING.md: there is no none.go", "docs/b.md: ../README.md#b has no such heading"}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestAFolderThatIsNoSiteIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&site{}).write(dir); err == nil {
		t.Error("it is written over")
	}
	if _, err := os.Stat(filepath.Join(dir, "thesis.txt")); err != nil {
		t.Error(err)
	}
}
