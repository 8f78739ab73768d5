package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed web
var web embed.FS

// scripts of web/ in the order in which they are put together.
var scripts = []string{"scale.js", "calendar.js", "marks.js", "heat.js", "chart.js", "cursor.js", "download.js", "page.js"}

var pages = template.Must(template.New("report").Funcs(template.FuncMap{
	"number":    format,
	"explained": explained,
	"count":     count,
	"value":     estimateValue,
	"deviation": estimateError,
	"short":     short,
	"bounds":    bounds,
	"sizes":     sizes,
	"together":  together,
}).ParseFS(web, "web/page.html", "web/study.html", "web/analysis.html"))

// Write writes d as one HTML page that loads nothing. It fails when a part of
// d has the wrong shape, before anything is written, or when w does.
func Write(w io.Writer, d *Data) error {
	if err := check(d); err != nil {
		return err
	}
	v := newView(d)
	return v.write(w, "page", v)
}

// page is what templates need of any page: style, script and numbered charts.
type page struct {
	Style  template.CSS
	Script template.HTML
	Charts template.JS
	Policy string

	charts []Chart
}

func newPage() page {
	script := scriptText()
	return page{Style: template.CSS(file("page.css")), Script: template.HTML("<script>" + script + "</script>"),
		Policy: policy(script), charts: []Chart{}}
}

// figure numbers a chart.
func (p *page) figure(c Chart) figure {
	p.charts = append(p.charts, c)
	return figure{Chart: c, Index: len(p.charts) - 1}
}

// write fills the template called name from v, of which p is a part.
func (p *page) write(w io.Writer, name string, v any) error {
	charts, err := json.Marshal(p.charts)
	if err != nil {
		return fmt.Errorf("report: charts: %w", err)
	}
	p.Charts = template.JS(charts) // json.Marshal escapes <, > and &
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(text.Bytes())
	return err
}

// scriptText is all scripts as one function, so that no name leaks.
func scriptText() string {
	var b strings.Builder
	b.WriteString("\n(() => {\n'use strict';\n")
	for _, name := range scripts {
		b.WriteString(file(name))
	}
	b.WriteString("})();\n")
	return b.String()
}

// policy forbids every load, and every script but this one. Images may come out of the page
// itself: charts are saved as PNG by way of one.
func policy(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// file is an embedded file; a missing one is an error of the build.
func file(name string) string {
	b, err := web.ReadFile("web/" + name)
	if err != nil {
		panic("report: embedded file is missing")
	}
	return string(b)
}
