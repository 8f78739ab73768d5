// Package ode answers the question: how is a field integrated, and how are
// gradients pulled back through the integration?
//
//	solver, err := ode.NewSolver(f, ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9})
//	tr := ode.NewTrajectory(len(times), states, 1)
//	solver.Solve(tr, &ode.IVP{Field: f, X0: x0, Theta: theta, T0: []float64{0}, Times: times})
//	if tr.Status[0] != ode.StatusOK { … }
//
// Every lane has a time, a step size, an acceptance and a status of its own, so
// no trajectory depends on the company it keeps. Three ways lead to gradients:
// Discrete (the exact gradient of what was computed, the default), Backsolve
// (the continuous adjoint equation) and Sensitivity (dense forward
// sensitivities, for Jacobians with few states).
//
// Read ode.go (the nouns), scheme.go and stepper.go (what a method is), tableau.go and
// one method such as dopri5.go, rungekutta.go (a step), pull.go (its transpose),
// controller.go, solver.go (the loop), record.go and discrete.go. For stiff problems:
// radau.go, newton.go and radaupull.go, then esdirk.go, rodas.go and auto.go.
package ode
