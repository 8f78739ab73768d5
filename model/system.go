package model

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Precise integrates far below any noise, and below what an analysis can tell.
func Precise() ode.Options {
	const tolerance = 1e-10
	return ode.Options{Solver: "dop853", RTol: tolerance, ATol: tolerance, MaxSteps: 10_000_000}
}

// SolverOf is how a known system is followed: precisely, or from one state of a
// map to the next.
func SolverOf(s *field.System) ode.Options {
	if s.Map {
		return ode.Options{Solver: "map", Step: 1, Save: "interpolate"}
	}
	return Precise()
}

// OfSystem is the flow of a known system, from its usual start.
func OfSystem(s *field.System) (*Flow, error) {
	p, err := s.Build()
	if err != nil {
		return nil, err
	}
	return NewFlow(p, p.Theta0, s.Start, SolverOf(s))
}

// Known returns a known system as a model whose one member has the parameters
// of s.
func Known(s *field.System) (*Model, error) {
	p, err := s.Build()
	if err != nil {
		return nil, err
	}
	return &Model{ArchName: "equations", Arch: s.Architecture(), Parts: p, Time: "t", Solver: SolverOf(s), Theta: [][]float64{p.Theta0}}, nil
}
