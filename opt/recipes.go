package opt

import "github.com/entrain-dev/entrain/internal/registry"

// Settings are the settings of an optimiser, registered by name with their
// defaults. A Settings is also a Recipe (a rule for gradients), an *LBFGS or
// an *LM.
type Settings interface {
	// Check reports what is wrong with the settings.
	Check() error
}

// Recipe is Settings that make an update rule.
type Recipe interface {
	Settings
	// Build makes the rule for unknowns laid out as given. It ends in Rate
	// and is guarded (see Guard), so its state begins with the counts of
	// Skipped. The error is Check's.
	Build(l Layout) (Transform, error)
}

// Director is a Recipe whose direction can be had alone: what it makes of a
// gradient before decay and rate, which a method may have its own of.
type Director interface {
	Recipe
	Direction() Transform
}

// Layout says how the unknowns lie in z.
type Layout struct {
	Lanes int // ensemble members; 0 and 1 mean one
	Decay int // weight decay acts on the first so many rows; 0 = all
}

// Optimisers holds the settings of every optimiser by name.
var Optimisers = registry.New[Settings]("optimiser")

func init() {
	Optimisers.Register("adamw", "Adam with decoupled weight decay", func() Settings { return DefaultAdamW() })
	Optimisers.Register("adam", "Adam: steps scaled by running moments of the gradient", func() Settings {
		a := DefaultAdamW()
		a.Decay = 0
		return a
	})
	Optimisers.Register("sgd", "gradient descent with momentum", func() Settings { return DefaultSGD() })
}

// AdamW is Clip, Adam, Decay, Rate; with Decay 0 it is Adam.
type AdamW struct {
	Learning `yaml:",inline"`
	Beta1    float64 `json:"beta1" yaml:"beta1"`
	Beta2    float64 `json:"beta2" yaml:"beta2"`
	Eps      float64 `json:"eps" yaml:"eps"`
	Decay    float64 `json:"decay" yaml:"decay"` // decoupled weight decay
}

// DefaultAdamW returns the defaults of torch.optim.AdamW: a constant rate of
// 0.001, betas 0.9 and 0.999, eps 1e-8, decay 0.01.
func DefaultAdamW() *AdamW {
	return &AdamW{Learning: newLearning(1e-3), Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.01}
}

// Check reports what is wrong with the settings.
func (a *AdamW) Check() error {
	return firstOf(a.Learning.Check(),
		within("beta1", a.Beta1, 0, 1), within("beta2", a.Beta2, 0, 1),
		notNegative("eps", a.Eps), notNegative("decay", a.Decay))
}

// Build makes the rule; see Recipe.
func (a *AdamW) Build(l Layout) (Transform, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	return a.build(l, a.Direction(), decayOf(a.Decay, l)), nil
}

// Direction implements Director.
func (a *AdamW) Direction() Transform { return Adam(a.Beta1, a.Beta2, a.Eps) }

// SGD is Clip, Momentum, Decay, Rate.
type SGD struct {
	Learning `yaml:",inline"`
	Momentum float64 `json:"momentum" yaml:"momentum"`
	Nesterov bool    `json:"nesterov" yaml:"nesterov"`
	Decay    float64 `json:"decay" yaml:"decay"` // decoupled weight decay
}

// DefaultSGD returns gradient descent with a rate of 0.001 and momentum 0.9.
func DefaultSGD() *SGD { return &SGD{Learning: newLearning(1e-3), Momentum: 0.9} }

// Check reports what is wrong with the settings.
func (s *SGD) Check() error {
	return firstOf(s.Learning.Check(), within("momentum", s.Momentum, 0, 1), notNegative("decay", s.Decay))
}

// Build makes the rule; see Recipe.
func (s *SGD) Build(l Layout) (Transform, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s.build(l, s.Direction(), decayOf(s.Decay, l)), nil
}

// Direction implements Director.
func (s *SGD) Direction() Transform { return Momentum(s.Momentum, s.Nesterov) }

// decayOf decays the rows that the layout says, nil if nothing decays.
func decayOf(weight float64, l Layout) Transform {
	switch {
	case weight == 0:
		return nil
	case l.Decay > 0:
		return Segment(0, l.Decay*max(l.Lanes, 1), Decay(weight))
	}
	return Decay(weight)
}
