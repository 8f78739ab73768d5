package page

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// storyText is what was tried and why it stopped, in a few sentences.
func storyText(fit *train.Result, res *study.Result) string {
	var parts []string
	switch n := len(res.Tried); {
	case n == 1:
		parts = append(parts, fmt.Sprintf("Learnt by %s: %s.", res.Method, res.Tried[0].Why))
	case n > 1:
		parts = append(parts, fmt.Sprintf("%d models were tried.", n))
		for i := range fit.Tried {
			if t := &fit.Tried[i]; chosen(fit, t) {
				parts = append(parts, fmt.Sprintf("Kept was “%s”: %s.", t.Method, t.Why))
				break
			}
		}
	}
	if res.Refit {
		parts = append(parts, "It was then fitted once more to all rows.")
	}
	switch res.Status {
	case train.StatusStopped:
		parts = append(parts, "The time limit ended the run early.")
	case train.StatusInterrupted:
		parts = append(parts, "The run was interrupted and can be resumed.")
	case train.StatusFailed:
		parts = append(parts, "The fit failed; do not use this model.")
	}
	return strings.Join(parts, " ")
}
