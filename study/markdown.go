package study

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Markdown writes the rows for people, a table for each metric. Columns that
// would be empty are left out.
func Markdown(w io.Writer, p *Plan, rows []Row) error {
	var b strings.Builder
	for _, metric := range p.Metrics {
		var of []Row
		for i := range rows {
			if rows[i].Metric == metric && !rows[i].Given() {
				of = append(of, rows[i])
			}
		}
		if len(of) > 0 {
			p.markdown(&b, metric, of)
		}
	}
	said := map[string]bool{}
	for i := range rows {
		for _, why := range rows[i].Reasons {
			line := fmt.Sprintf("- %s: %s\n", words(rows[i].Axes), why)
			if !said[line] {
				said[line] = true
				b.WriteString(line)
			}
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// markdown writes the table of one metric.
func (p *Plan) markdown(b *strings.Builder, metric string, rows []Row) {
	head := append(p.columns(), metric, "median", "trials", "failed")
	published := slices.ContainsFunc(rows, func(r Row) bool { return r.Published != nil })
	bound := slices.ContainsFunc(rows, func(r Row) bool { return r.Bound != nil })
	if published {
		head = append(head, "published")
	}
	if bound {
		head = append(head, "bound")
	}
	bars := slices.ContainsFunc(rows, func(r Row) bool { return len(r.Bars) > 0 })
	if bars {
		head = append(head, "wanted")
	}
	paired := slices.ContainsFunc(rows, func(r Row) bool { return r.Paired != nil })
	if paired {
		head = append(head, p.PairHead())
	}
	line := func(cells []string) {
		for _, text := range cells {
			b.WriteString("| " + strings.ReplaceAll(text, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for i := range rows {
		r := &rows[i]
		var cells []string
		for _, a := range p.columns() {
			cells = append(cells, r.ByAxis[a])
		}
		trials := strconv.Itoa(r.Trials)
		if r.Pending > 0 {
			trials += fmt.Sprintf(" (%d not finished)", r.Pending)
		}
		cells = append(cells, plusMinus(r.Mean, r.Error), figure(r.Median), trials, strconv.Itoa(r.Failures))
		if published {
			cells = append(cells, plusMinus(r.Published, r.PublishedError))
		}
		if bound {
			cells = append(cells, figure(r.Bound))
		}
		if bars {
			cells = append(cells, r.barWords())
		}
		if paired {
			cells = append(cells, r.Paired.Words())
		}
		line(cells)
	}
	b.WriteString("\n")
}

// plusMinus is a number with its standard error, for people.
func plusMinus(v, deviation *float64) string {
	text := figure(v)
	if v != nil && deviation != nil {
		text += " ± " + rounded(*deviation, 2)
	}
	return text
}

// figure is a number for people.
func figure(v *float64) string {
	if v == nil {
		return "–"
	}
	return rounded(*v, 4)
}

// rounded is v with so many significant digits, as a power of ten only where
// there would be many zeros.
func rounded(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'e', digits-1, 64)
	if v == math.Trunc(v) && math.Abs(v) < 1e7 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	_, e, _ := strings.Cut(text, "e")
	exponent, _ := strconv.Atoi(e)
	if exponent < -4 || exponent > 6 {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	r, _ := strconv.ParseFloat(text, 64)
	return strconv.FormatFloat(r, 'f', -1, 64)
}
