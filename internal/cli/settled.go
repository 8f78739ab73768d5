package cli

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
)

// longestSettings is how long a line of settings may be to be of use.
const longestSettings = 1000

// settingsOf is the line of settings that leaves nothing of a text to be guessed.
func settingsOf(o *data.ReadOptions) string {
	var parts []string
	put := func(key string, values ...string) {
		value := strings.Join(values, ",")
		if value == "" {
			return
		}
		for _, v := range values {
			if strings.ContainsAny(v, ",[]{}\"'") { // a name of its own in a list of YAML
				quoted := make([]string, len(values))
				for i := range values {
					quoted[i] = fmt.Sprintf("%q", values[i])
				}
				value = "[" + strings.Join(quoted, ", ") + "]"
				break
			}
		}
		parts = append(parts, words.Quoted(key+"="+value))
	}
	put("layout", o.Layout)
	put("time", o.Time)
	put("id", o.ID)
	put("label", o.Label)
	put("states", o.States...)
	put("inputs", o.Inputs...)
	if o.Layout == data.LayoutDosing {
		put("compartments", o.Compartments...)
	}
	put("dates", o.Dates)
	put("timezone", o.Timezone)
	put("decimal", o.Decimal)
	put("missing", o.Missing...)
	put("duplicates", o.Duplicates)
	if o.Step > 0 {
		put("row_step", fmt.Sprintf("%g", o.Step))
	}
	if o.Sort {
		put("sort", "true")
	}
	line := strings.Join(parts, " ")
	if len(line) > longestSettings {
		return ""
	}
	return "settings that say so: " + line + "\n"
}
