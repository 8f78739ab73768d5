package cli

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/train"
)

// expectation is what a fit will take at most, in words.
type expectation struct {
	words string
	large bool // someone may want to think again
}

// tell says it, once.
func (e *expectation) tell(w io.Writer) {
	if e.words != "" {
		fmt.Fprintf(w, "this takes at most %s\n", e.words)
		e.words = ""
	}
}

// What is large in seconds and bytes.
const (
	largeTime   = 20
	largeMemory = 500e6
)

// expect tells what a fit will take at most, before any time is spent. The
// error says that there is not the memory for it.
func (a *app) expect(c *config.Config, p *train.Problem) (e expectation, err error) {
	cost := p.Cost(c.Method)
	if most := a.memoryLimit(); most > 0 && cost.Bytes > float64(most) {
		return e, fmt.Errorf("method=%s would take about %s for these recordings and this model, more than the %s that it may take; fewer rows, columns or members, a smaller network (hidden=) or another method take less, memory= allows more",
			c.MethodName, config.Bytes(cost.Bytes), most)
	}
	e.words = fmt.Sprintf("about %s of memory", config.Bytes(cost.Bytes))
	if !math.IsNaN(cost.Seconds) {
		e.words = fmt.Sprintf("%s, %s of one core and %s", several(cost.Steps, "step"), roughly(cost.Seconds), e.words)
	}
	e.large = cost.Seconds > largeTime || cost.Bytes > largeMemory
	return e, nil
}

// roughly is a duration in the unit in which it is a small number.
func roughly(seconds float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"days", 86400}, {"hours", 3600}, {"minutes", 60}} {
		if v := seconds / u.size; v >= 2 {
			return fmt.Sprintf("%.2g %s", v, u.name)
		}
	}
	if seconds < 1 {
		return "a second"
	}
	return time.Duration(math.Ceil(seconds) * float64(time.Second)).String()
}
