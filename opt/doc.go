// Package opt answers the question: how is a function minimised?
//
// Read in this order: opt.go (the nouns), chain.go and the rules it joins
// (clip.go, adam.go, adabelief.go, momentum.go, decay.go, rate.go, guard.go),
// recipes.go (settings by name), outcome.go, lbfgs.go, lm.go.
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
// With an ensemble z is a batch of P rows and M lanes: unknown i of member m
// is z[i*M+m]. Rules that look at more than one unknown at a time (Clip,
// Guard) treat each lane on its own.
package opt
