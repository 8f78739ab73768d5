package model

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// NewObserver is what is seen of the states of a model, for trajectories of so many lanes;
// ensemble: each has parameters of its own. It is nil where measured columns are states.
func NewObserver(p *field.Parts, lanes int, ensemble bool) *ode.Observer {
	if p.Observe == nil {
		return nil
	}
	return ode.NewObserver(field.New(p.Observe, lanes, ensemble))
}

// NewTangentObserver is the same where tangents of all states stand behind them.
func NewTangentObserver(p *field.Parts) *ode.Observer {
	if p.Observe == nil {
		return nil
	}
	return ode.NewObserver(field.New(field.Tangent(p.Observe, len(p.Frame.States)), 1, false))
}
