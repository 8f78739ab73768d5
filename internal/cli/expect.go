package cli

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
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
		e.words = fmt.Sprintf("%s, %s of one core and %s", words.Several(cost.Steps, "step"), roughly(cost.Seconds), e.words)
	}
	if k := p.HeldFolds; k > 0 {
		e.words += fmt.Sprintf(", in %d fits: to all rows, and without each of %d folds", k+1, k)
	}
	if err := a.schedule(cost); err != nil {
		return e, err
	}
	e.large = cost.Seconds > largeTime || cost.Bytes > largeMemory
	return e, nil
}

// What is kept of a time limit for scores and pages: at least and at most so much
// of it, else unhurried times the estimate.
const (
	leastScoring = 0.1
	mostScoring  = 0.6
	unhurried    = 2
)

// schedule keeps the end of the time limit for the scores of the model. The error
// says that it leaves no time to make one: estimates are right within a factor of
// a few, so it has to miss by far.
func (a *app) schedule(cost train.Cost) error {
	if a.limit == 0 {
		return nil
	}
	limit, slow := a.limit.Seconds(), a.crowded()
	cost.Seconds, cost.First, cost.After = slow*cost.Seconds, slow*cost.First, slow*cost.After
	scoring := max(leastScoring*limit, unhurried*cost.After)
	if math.IsNaN(cost.Seconds) { // the method says why
		cost.After = 0
	}
	if step := cost.Seconds / float64(max(1, cost.Steps)); step > 2*limit && step > largeTime {
		return fmt.Errorf("limit=%s is too short: one of %s takes about %s; allow more, or give fewer rows, columns or parameters",
			a.limit, words.Several(cost.Steps, "step"), roughly(step))
	}
	if cost.First > 2*limit && cost.First > largeTime {
		return fmt.Errorf("limit=%s is too short: a first model would take about %s; allow more, give fewer rows or columns, a smaller network (hidden=), or another method such as method=homotopy",
			a.limit, roughly(cost.First))
	}
	if scoring > mostScoring*limit && cost.After > largeTime/4 {
		return fmt.Errorf("limit=%s is too short: the scores of a model of so many rows take about %s; allow %s or more, or give fewer rows",
			a.limit, roughly(cost.After), roughly(scoring/mostScoring))
	}
	a.scoring = time.Duration(min(scoring, mostScoring*limit) * float64(time.Second))
	return nil
}

// crowded is how many times as long as elsewhere things take on this machine now,
// from what reading and smoothing took: wall time beside processor time.
func (a *app) crowded() float64 {
	const least, most = 100 * time.Millisecond, 5
	used := busy()
	if used < least {
		return 1
	}
	return max(1, min(most, float64(time.Since(a.began))/float64(used)))
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

// smoothable tries one column before the time of all n values is spent on them, and says
// what limit would do if that of the command would be over before they are smooth.
func (a *app) smoothable(series []data.Series, n int) error {
	const fewest = 4 // columns of which one is a small part
	longest := &series[0]
	for i := range series {
		if series[i].Len() > longest.Len() {
			longest = &series[i]
		}
	}
	if a.limit == 0 || len(longest.Names) < fewest {
		return nil
	}
	var t, y []float64
	for i, v := range longest.Column(0) {
		if num.Finite(v) {
			t, y = append(t, longest.T[i]), append(y, v)
		}
	}
	if len(y) == 0 {
		return nil
	}
	began := time.Now()
	if _, err := num.SmoothSplineGCV(t, y); err != nil { // told when all are smoothed
		return nil
	}
	return tooSlow(a.limit, time.Until(a.until), time.Duration(float64(time.Since(began))*float64(n)/float64(len(y))))
}

// tooSlow refuses smoothing that takes longer than what is left of a limit.
func tooSlow(limit, left, takes time.Duration) error {
	if takes <= left {
		return nil
	}
	need := limit - left + 2*takes // the fit needs some of it as well
	return fmt.Errorf("limit=%s is too short: to smooth all rows takes about %s here, and %s are left; allow %s or more, name fewer columns with states=, or give fewer rows",
		limit, roughly(takes.Seconds()), roughly(max(0, left.Seconds())), roughly(need.Seconds()))
}
