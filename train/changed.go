package train

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// learnsStarts tells whether it is learnt where trajectories start; parameters of recordings
// are among the starts.
func (p *Problem) learnsStarts() bool {
	return (p.Initial == "learn" || p.Parts.PerRecording != nil) && !p.Parts.Told()
}

// changed is a copy of the problem that change has been at. The problem itself stays
// as it is; rows, programs and splines are shared unless they are replaced.
func (p *Problem) changed(change func(q *Problem)) *Problem {
	q := *p
	change(&q)
	return &q
}

// with is the problem with another architecture over the measured states.
func (p *Problem) with(name string, arch field.Architecture) (*Problem, error) {
	if logs, ok := arch.(logarithmic); ok && len(logs.Logarithms()) > 0 {
		return p.withLogs(name, arch, logs.Logarithms())
	}
	parts, err := arch.Build(model.MeasuredFrame(p.Parts))
	return p.changed(func(q *Problem) { q.ArchName, q.Arch, q.Parts = name, arch, parts }), err
}

// onAllRows is the problem with nothing held out.
func (p *Problem) onAllRows() (*Problem, error) {
	q := p.changed(func(q *Problem) { q.Train, q.Held = p.rows(true), nil })
	var err error
	q.Splines, err = q.smooth(&q.Parts.Frame)
	return q, err
}
