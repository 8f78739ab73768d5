package train

// Traits are what a method can do with what a problem may ask for. A method
// that has none of them need not say so.
type Traits struct {
	Losses   bool // it minimises any measure of misfit; others know the squared distance alone
	Noise    bool // it maximises likelihoods of noise that is not constant
	Path     bool // it follows one path through its unknowns, which Settings.Path records
	Modes    bool // it tells of the modes of the field, which Settings.Monitor asks for
	Course   bool // its events count the iterations of one course, which can be paused after any of them
	OwnModel bool // it finds a model of its own and does not use that of its problem
}

// TraitsOf are the traits of a method.
func TraitsOf(m Method) Traits {
	if t, ok := m.(interface{ Traits() Traits }); ok {
		return t.Traits()
	}
	return Traits{}
}

// alongRows are the traits of methods that follow a path to trajectories near
// the rows.
var alongRows = Traits{Losses: true, Path: true, Modes: true, Course: true}

// likely are those of them that know the likelihoods of every noise.
var likely = Traits{Losses: true, Noise: true, Path: true, Modes: true, Course: true}

// Traits implements what TraitsOf asks for.
func (*Vanilla) Traits() Traits { return likely }

// Traits implements what TraitsOf asks for.
func (*Homotopy) Traits() Traits { return alongRows }

// Traits implements what TraitsOf asks for.
func (*Progressive) Traits() Traits { return likely }

// Traits implements what TraitsOf asks for.
func (*MultipleShooting) Traits() Traits { return alongRows }

// Traits implements what TraitsOf asks for.
func (*LM) Traits() Traits { return likely }

// Traits implements what TraitsOf asks for.
func (*Continuation) Traits() Traits { return alongRows }

// Traits implements what TraitsOf asks for.
func (*ConstrainedShooting) Traits() Traits { return alongRows }

// Traits implements what TraitsOf asks for.
func (*GradientMatching) Traits() Traits { return Traits{Path: true, Course: true} }

// Traits implements what TraitsOf asks for.
func (*Collocation) Traits() Traits { return Traits{Path: true, Course: true} }

// Traits implements what TraitsOf asks for.
func (*SINDy) Traits() Traits { return Traits{OwnModel: true} }

// Traits of a chain: those of its methods together; its first decides whose
// model it is.
func (c *Chain) Traits() Traits {
	all := Traits{Losses: true, Noise: true, OwnModel: TraitsOf(c.Methods[0]).OwnModel}
	for _, m := range c.Methods {
		t := TraitsOf(m)
		all.Losses, all.Path = all.Losses && t.Losses, all.Path || t.Path
		all.Noise = all.Noise && t.Noise
		all.Modes = all.Modes || t.Modes
	}
	return all
}
