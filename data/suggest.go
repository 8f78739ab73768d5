package data

import (
	"fmt"
	"strings"
)

// unknown returns the message for a column name that the file lacks.
func unknown(name string, columns []string) string {
	hint := ""
	if near := nearest(name, columns); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf("there is no column %q%s (columns: %s)", name, hint, strings.Join(columns, ", "))
}

// nearest returns the candidate that name was probably meant to be: within
// a third of its letters, rounded up, by edit distance; "" if none is.
func nearest(name string, candidates []string) string {
	best, bestDistance := "", 0
	a := []rune(strings.ToLower(name))
	for _, c := range candidates {
		b := []rune(strings.ToLower(c))
		if d := editDistance(a, b); d <= (len(a)+2)/3 && d < len(b) && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance counts insertions, deletions and replacements from a to b.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
