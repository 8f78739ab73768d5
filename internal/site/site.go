package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed page.html
var layout string

//go:embed style.css
var style string

// document is a Markdown file as a page.
type document struct {
	Source string // in the repository, with slashes
	Page   string // of the site, with slashes
	Title  string
	Body   template.HTML
	ids    []string // of its headings
	links  []link
}

// link is what a document points at.
type link struct{ page, id, as string }

// group is a part of the list of pages.
type group struct {
	Name  string
	Pages []*document
}

// site is all pages and the other files that they show.
type site struct {
	files   fs.FS
	sources string
	pages   []*document
	copied  []string // pictures, by their path in the repository
}

// groups are the parts of the site, by the folder that their documents are in.
var groups = []struct{ name, folder string }{{"Start", "."}, {"Guides", "docs"}, {"Studies", "docs/studies"}, {"Decisions", "docs/decisions"}}

// pageOf is where a document stands in the site.
func pageOf(source string) string {
	if source == "README.md" {
		return "index.html"
	}
	return strings.TrimSuffix(source, ".md") + ".html"
}

// read turns all documents into pages and checks the links between them.
func read(files fs.FS, sources string) (*site, error) {
	s := &site{files: files, sources: sources}
	list := []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}
	err := fs.WalkDir(files, "docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".md") {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range list {
		d, err := s.document(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.pages = append(s.pages, d)
	}
	return s, s.broken()
}

// document reads one file.
func (s *site) document(source string) (*document, error) {
	raw, err := fs.ReadFile(s.files, source)
	if err != nil {
		return nil, err
	}
	d := &document{Source: source, Page: pageOf(source)}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	root := md.Parser().Parse(text.NewReader(raw))
	err = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if id, ok := n.AttributeString("id"); ok {
				d.ids = append(d.ids, string(id.([]byte)))
			}
			if n.Level == 1 && d.Title == "" {
				d.Title = wordsOf(n, raw)
			}
		case *ast.Link:
			n.Destination = []byte(s.target(d, string(n.Destination)))
		case *ast.Image:
			n.Destination = []byte(s.target(d, string(n.Destination)))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	if d.Title == "" {
		return nil, errors.New("it has no heading of the first level")
	}
	var body bytes.Buffer
	if err := md.Renderer().Render(&body, raw, root); err != nil {
		return nil, err
	}
	d.Body = template.HTML(body.String())
	return d, nil
}

// wordsOf is the text of a node.
func wordsOf(n ast.Node, raw []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(raw))
			continue
		}
		b.WriteString(wordsOf(c, raw))
	}
	return b.String()
}

// target is where a link of a document leads in the site. Pictures are taken along.
func (s *site) target(d *document, to string) string {
	if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
		return to
	}
	file, id, _ := strings.Cut(to, "#")
	name := d.Source
	if file != "" {
		name = path.Join(path.Dir(d.Source), file)
	}
	switch ext := path.Ext(name); {
	case ext == ".md" && (path.Dir(name) == "." || strings.HasPrefix(name, "docs/")):
		d.links = append(d.links, link{pageOf(name), id, to})
		to = up(d.Page) + pageOf(name)
		if id != "" {
			to += "#" + id
		}
		return to
	case ext == ".png" || ext == ".svg":
		if !slices.Contains(s.copied, name) {
			s.copied = append(s.copied, name)
		}
		return up(d.Page) + name
	}
	if _, err := fs.Stat(s.files, name); err != nil {
		d.links = append(d.links, link{name, "", to})
	}
	return s.sources + name
}

// up leads from a page to the top of the site.
func up(page string) string { return strings.Repeat("../", strings.Count(page, "/")) }

// broken lists the links that lead nowhere.
func (s *site) broken() error {
	var all []error
	for _, d := range s.pages {
		for _, l := range d.links {
			i := slices.IndexFunc(s.pages, func(p *document) bool { return p.Page == l.page })
			switch {
			case i < 0:
				all = append(all, fmt.Errorf("%s: there is no %s", d.Source, l.as))
			case l.id != "" && !slices.Contains(s.pages[i].ids, l.id):
				all = append(all, fmt.Errorf("%s: %s has no such heading", d.Source, l.as))
			}
		}
	}
	return errors.Join(all...)
}

// contents are the pages by group, in the order of their titles but for the first group.
func (s *site) contents() (out []group) {
	for i, g := range groups {
		one := group{Name: g.name}
		for _, d := range s.pages {
			if path.Dir(d.Source) == g.folder {
				one.Pages = append(one.Pages, d)
			}
		}
		if i > 0 && g.name != "Decisions" { // those have numbers
			slices.SortFunc(one.Pages, func(a, b *document) int {
				return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
			})
		}
		out = append(out, one)
	}
	return out
}

// write makes the folder of the site anew.
func (s *site) write(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	} else if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return fmt.Errorf("%s is there and no site; choose another -out", dir)
	}
	t, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	contents := s.contents()
	for _, d := range s.pages {
		var b bytes.Buffer
		if err := t.Execute(&b, map[string]any{"Page": d, "Groups": contents, "Up": up(d.Page), "Style": template.CSS(style)}); err != nil {
			return err
		}
		if err := put(filepath.Join(dir, filepath.FromSlash(d.Page)), b.Bytes()); err != nil {
			return err
		}
	}
	for _, name := range s.copied {
		raw, err := fs.ReadFile(s.files, name)
		if err == nil {
			err = put(filepath.Join(dir, filepath.FromSlash(name)), raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func put(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
