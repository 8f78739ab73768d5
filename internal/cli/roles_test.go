package cli

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// plant is a column y that u moves.
func plant() string {
	rng := rand.New(rand.NewPCG(1, 2))
	text, y, u := "t,y,u\n", 0.0, 0.0
	for k := range 200 {
		text += fmt.Sprintf("%d,%.6f,%.6f\n", k, y+0.01*rng.NormFloat64(), u)
		y += 0.1 * (u - y)
		u = 0.8*u + rng.NormFloat64()
	}
	return text
}

func TestCheckTellsRolesAndTakesASureInput(t *testing.T) {
	workplace(t)
	write(t, "plant.csv", plant())
	o := must(t, "check", "plant.csv")
	for _, want := range []string{"column u is taken for an input: it moves by itself", "y  state", "u  input", "states y, inputs u"} {
		if !strings.Contains(o.out, want) {
			t.Errorf("%q is not in:\n%s", want, o.out)
		}
	}
	if o := must(t, "check", "plant.csv", "states=y,u"); !strings.Contains(o.out, "states y, u") {
		t.Errorf("states= is passed over:\n%s", o.out)
	}
	write(t, "other.csv", strings.Replace(plant(), "t,y,u", "t,y,w", 1))
	if o := must(t, "check", "other.csv"); !strings.Contains(o.out, "states y, w") || !strings.Contains(o.out, "w  input?") {
		t.Errorf("a name that says nothing:\n%s", o.out)
	}
}
