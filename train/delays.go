package train

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/field"
)

// tooLong are the states of earlier times, as the text has them, that no recording is long enough
// to show, with parameters θ; each with its delay.
func (p *Problem) tooLong(parts *field.Parts, theta []float64) (which []string, longest float64) {
	d := parts.Delays
	for _, s := range p.rows(true) {
		longest = max(longest, s.T[s.Len()-1]-s.T[0])
	}
	lags := d.Values(theta)
	for i, name := range d.Names {
		if lag := lags[d.By[i]] * parts.Frame.Time; lag >= longest {
			which = append(which, fmt.Sprintf("%s looks back by %.4g", name, lag))
		}
	}
	return which, longest
}

// delaysWithin refuses delays that begin longer than all recordings: no row tells of them.
func (p *Problem) delaysWithin() error {
	if p.Parts.Delays == nil || len(p.Train) == 0 {
		return nil
	}
	which, longest := p.tooLong(p.Parts, p.Parts.Theta0)
	if which == nil {
		return nil
	}
	return fmt.Errorf("equations: %s, and the longest recording lasts %.4g, so that no row tells of it; begin with a shorter delay, or give longer recordings",
		strings.Join(which, ", "), longest)
}

// judgeDelays warns of delays that were found to be longer than all recordings.
func (p *Problem) judgeDelays(r *Result) {
	if r.Model.Parts.Delays == nil {
		return
	}
	if which, longest := p.tooLong(r.Model.Parts, r.Model.Theta[0]); which != nil {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s, and the longest recording lasts %.4g: no row tells of that delay; give it a max, or begin nearer to what it may be",
			strings.Join(which, ", "), longest))
	}
}
