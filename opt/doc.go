// Package opt answers the question: how is a function minimised?
//
// Read in this order: opt.go (the nouns), chain.go and the rules it joins
// (clip.go, adam.go, adabelief.go, momentum.go, decay.go, rate.go, guard.go),
// recipes.go (settings by name), outcome.go, lbfgs.go, lm.go. Then, on its own,
// what minimises under constraints: nlp.go (the program), interior.go and
// interiorstate.go (the method and its state), interiorstep.go (one step, with
// barrier.go, filter.go, restoration.go), kkt.go (the matrix of a step),
// chains.go and kktchain.go (its structure for trajectories).
//
// A loop with an update rule is
//
//	for k := range iterations {
//		obj.Eval(u, z, k)
//		rule.Apply(u, state, z, k)
//		for i := range z {
//			z[i] += u[i]
//		}
//	}
//
// and a program with constraints is minimised by
//
//	s, err := opt.NewInteriorPoint(nlp, *opt.DefaultInteriorPoint())
//	st := s.Start(x)
//	for st.Verdict == opt.Open {
//		show(s.Step(st))
//	}
//	x, multipliers, f := s.Solution(st)
//
// With an ensemble z is a batch of P rows and M lanes: unknown i of member m
// is z[i*M+m]. Rules that look at more than one unknown at a time (Clip,
// Guard) treat each lane on its own.
package opt
