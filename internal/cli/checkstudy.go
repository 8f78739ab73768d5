package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/words"
)

// studyFindings are what check says of a study file; ok tells that it is one.
// The data of the trials are not read.
func (a *app) studyFindings(args []string) (found []finding, about string, ok bool) {
	file := args[0]
	if !isConfig(file) {
		return nil, "", false
	}
	text, err := a.readFile(file)
	if err != nil || !config.IsStudy(file, text) {
		return nil, "", false
	}
	if len(args) > 1 {
		return problems(file, fmt.Errorf("%s is a study; it takes no settings here", file)), "", true
	}
	st, err := config.LoadStudy(file, text, nil)
	if err != nil {
		return problems(file, err), "", true
	}
	var missing []string
	for i := range st.Trials {
		if t := &st.Trials[i]; t.Missing != "" && !slices.Contains(missing, t.Missing) {
			missing = append(missing, t.Missing)
			found = append(found, finding{Severity: data.Warning.String(), File: file, Message: file + ": " + t.Missing})
		}
	}
	return found, fmt.Sprintf("%s: a study of %s: %s; %s\n", file, words.Several(len(st.Trials), "trial"),
		strings.Join(st.Plan.Axes, " × "), strings.Join(st.Plan.Metrics, ", ")), true
}
