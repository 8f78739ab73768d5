package train

import "testing"

// TestCollocationAnnouncesItsStarts: more beginnings take more time and memory, a weight that is
// given less time than one that is sought.
func TestCollocationAnnouncesItsStarts(t *testing.T) {
	p := forcedOscillator(t, 60, 8, 1)
	of := func(c *Collocation) Cost { return p.Cost(c) }
	one := of(&Collocation{Stages: 3, Decay: 1e-4, Starts: 1})
	some := of(&Collocation{Stages: 3, Decay: 1e-4})
	sought := of(&Collocation{Stages: 3, Starts: 1})
	if !(some.Seconds > one.Seconds) || !(some.Bytes > one.Bytes) || !(sought.Seconds > one.Seconds) || sought.Bytes != one.Bytes {
		t.Errorf("one start %+v, several %+v, a sought weight %+v", one, some, sought)
	}
	eq := predatorAndPrey(t, nil)
	if c, given := eq.Cost(&Collocation{Stages: 3, Starts: 1}), eq.Cost(&Collocation{Stages: 3, Starts: 1, Decay: 1}); c.Seconds != given.Seconds {
		t.Errorf("equations without networks have no weights to seek: %g and %g s", c.Seconds, given.Seconds)
	}
}
