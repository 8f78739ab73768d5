package data

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
)

// unknown returns the message for a column name that the file lacks.
func unknown(name string, columns []string) string {
	hint := ""
	if near, ok := registry.Suggest(name, columns); ok {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf("there is no column %q%s (columns: %s)", name, hint, strings.Join(columns, ", "))
}
