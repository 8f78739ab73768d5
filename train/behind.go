package train

import (
	"fmt"

	"github.com/entrain-dev/entrain/data"
)

// VerdictBehind is the code of a fit that a limit ended before it followed the rows as well as a
// linear law that was not fitted to follow them.
const VerdictBehind = "behind-linear"

// judgeStopped puts a fit that a limit ended beside free runs of the linear baseline over the very
// rows that both were fitted to. Where the valid time is the headline neither tells anything.
func (p *Problem) judgeStopped(r *Result) {
	a := r.Assessment
	if r.Status != StatusStopped || a.Headline == HeadlineValid || a.unusable() != "" || p.quantiles() {
		return
	}
	b, ok := p.linearBaseline()
	if !ok {
		return
	}
	mean := p.meanBaseline()
	mine, its := a.fitted(), p.freeRun(&b)
	if plain := p.freeRun(&mean); !(its <= plain) { // one that explodes is no measure
		its = plain
	}
	if isNumber(its) && !(mine <= aboutAsGood*its+negligible) {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictBehind, Text: fmt.Sprintf(
			"the time limit came before the model fits the rows as well as a linear one: it is off by %.3g deviations, a linear model that runs free over them by %.3g", mine, its)})
	}
}

// freeRun is the relative error of a baseline that runs from the first rows of each training
// recording, a tenth of them, to its last. It is NaN where recordings are too short.
func (p *Problem) freeRun(b *Baseline) float64 {
	k := p.scorer(data.NewMoments(p.everyRow()...).Variance())
	rows := 0
	for i := range p.Train {
		s := &p.Train[i]
		lead := max(leadRows, s.Len()/leadShare)
		if lead >= s.Len() {
			continue
		}
		past, ahead := s.Slice(0, lead), s.Slice(lead, s.Len())
		x := b.Run(&past, &ahead)
		for j := range ahead.T {
			k.Add(x[j*len(s.Names):(j+1)*len(s.Names)], ahead.Row(j))
		}
		rows += ahead.Len()
	}
	if rows == 0 {
		return unknownScores().NRMSE
	}
	return k.Scores().NRMSE
}
