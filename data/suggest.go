package data

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/registry"
)

// unknown returns the message for a column name that the file lacks.
func unknown(name string, columns []string) string {
	hint := ""
	if near, ok := registry.Suggest(name, columns); ok {
		hint = fmt.Sprintf("; did you mean %q?", budget.Cut(near))
	}
	return fmt.Sprintf("there is no column %s%s (columns: %s)", budget.Quote(name), hint, budget.List(columns))
}
