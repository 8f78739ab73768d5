package train

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// readConstraints reads the inequalities of the settings. Those of one parameter become
// its bounds, which all methods keep; the others are left.
func (p *Problem) readConstraints() ([]field.Limit, error) {
	var all []field.Limit
	for _, text := range p.Constraints {
		l, err := field.ParseLimit(text)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	e, ok := p.Arch.(*field.Equations)
	if !ok || len(all) == 0 {
		return all, nil
	}
	bounded, left, err := e.Bounded(all)
	if err == nil && len(left) < len(all) {
		p.Arch = bounded
	}
	return left, err
}

// limit compiles the inequalities that are left and reports those that contradict each
// other, or a start that nobody may change.
func (p *Problem) limit(left []field.Limit) (err error) {
	if p.limits = nil; len(left) == 0 {
		return nil
	}
	if p.limits, err = field.NewLimits(p.Arch, p.Parts, left); err != nil {
		return err
	}
	if err := contradiction(p.limits, p.Parts.Named); err != nil {
		return err
	}
	if p.learnsStarts() {
		return nil
	}
	return p.startsKeepLimits()
}

// startsKeepLimits reports a start that is held and violates an inequality without
// parameters.
func (p *Problem) startsKeepLimits() error {
	f := &p.Parts.Frame
	values := field.New(p.limits.Program, 1, false)
	rows := program.NewBatch(len(p.limits.All), 1)
	theta := program.NewBatch(len(p.Parts.Theta0), 1)
	for rec, start := range p.startGuess() {
		s := &p.Train[rec]
		at := &field.Point{T: []float64{(s.T[0] - f.T0) / f.Time}, X: program.NewBatch(len(start), 1), U: program.NewBatch(len(f.Inputs), 1), Theta: theta}
		copy(at.X.V, start)
		if in := model.NewMeasured([]*data.Series{s}, f, 1, p.Hold); in != nil {
			in.At(at.U, at.T)
		}
		values.Eval(rows, at)
		for i, l := range p.limits.All {
			a := p.limits.Affine[i]
			if a == nil || mentionsParameter(a, p.Parts.Named) {
				continue
			}
			v := rows.V[i] * p.limits.Unit[i]
			if over := max(l.Low-v, v-l.High); over > limitSlack*p.limits.Unit[i] {
				return fmt.Errorf("constraint %q: recording %q starts with %.6g there, and initial=%s holds the start; let it be learnt with initial=learn",
					l, s.ID, v, p.Initial)
			}
		}
	}
	return nil
}

// limitSlack is the violation of an inequality, in its unit, that counts as none.
const limitSlack = 1e-6

func mentionsParameter(a *field.Affine, named []field.Parameter) bool {
	for _, q := range named {
		if a.Of[q.Name] != 0 {
			return true
		}
	}
	return false
}

// onlyBounds is the error of a method that keeps bounds of parameters but no other
// inequality.
func (p *Problem) onlyBounds(method string) error {
	if p.limits == nil {
		return nil
	}
	var texts []string
	for _, l := range p.limits.All {
		texts = append(texts, fmt.Sprintf("%q", l))
	}
	try := "choose method=collocation"
	if method != "auto" {
		try += fmt.Sprintf(", or put it last, as in method=%s,collocation", method)
	}
	return fmt.Errorf("method %s cannot keep %s: it keeps bounds of single parameters alone; %s", method, strings.Join(texts, ", "), try)
}
