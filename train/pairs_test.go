package train

import (
	"math"
	"strings"
	"testing"
)

// TestVelocitiesAreNoticed: the law of a position is exactly its velocity, also
// where the velocity has a unit of its own only if the data say so.
func TestVelocitiesAreNoticed(t *testing.T) {
	unhurried(t)
	s := others()[2]
	s.noise = 0.02
	for _, factor := range []float64{1, 3} {
		rec, _ := s.draw(1)
		for k := range rec.T {
			rec.X[2*k+1] *= factor
		}
		c := libraryOf(t, rec)
		if err := c.prepare(phaseMatch, 500); err != nil {
			t.Fatal(err)
		}
		for c.phase < phases {
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
		}
		text := c.model(c.b.z).Text()
		if exact := strings.HasPrefix(text, "d x/dt = y\n"); exact != (factor == 1) {
			t.Errorf("velocities times %g: %s", factor, text)
		}
		f := &c.p.Parts.Frame
		at := c.p.Parts.Layers[0].W + 1
		if v := c.b.z[at] * f.Scale[0] / (f.Time * f.Scale[1]); math.Abs(v*factor-1) > 0.02 || factor == 1 && math.Abs(v-1) > 1e-9 {
			t.Errorf("velocities times %g: the coefficient is %.12g", factor, v)
		}
		if left, _ := c.b.terms(); left < 3 || left > 4 {
			t.Errorf("velocities times %g: %d terms", factor, left)
		}
	}
}
