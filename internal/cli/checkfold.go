package cli

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
)

// particular is what findings of one kind differ in: names and numbers.
var particular = regexp.MustCompile(`"[^"]*"|=\S+|\S*[0-9]\S*`)

// kind is what findings that say the same of other places have in common.
func (f *finding) kind() string {
	return f.Severity + particular.ReplaceAllString(f.Message, "…")
}

// errorsFirst brings what stops a fit before what may hurt it, both in their order.
func errorsFirst(found []finding) {
	rank := func(f finding) int {
		if f.Severity == data.Error.String() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(rank(a), rank(b)) })
}

// writeFindings lists findings, of each kind no more than a few; none of another kind is hidden
// behind them.
func writeFindings(w io.Writer, found []finding) {
	var kinds []string
	of := map[string][]*finding{}
	for i := range found {
		k := found[i].kind()
		if of[k] == nil {
			kinds = append(kinds, k)
		}
		of[k] = append(of[k], &found[i])
	}
	for _, k := range kinds {
		all := of[k]
		for _, f := range all[:min(len(all), budget.Findings)] {
			fmt.Fprintf(w, "%s: %s\n", f.Severity, shortened(f.Message))
		}
		if more := len(all) - budget.Findings; more > 0 {
			fmt.Fprintf(w, "and %d more of this kind; --json lists them\n", more)
		}
	}
}
