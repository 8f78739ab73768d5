package cli

import (
	"fmt"
	"math"
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
	if o := must(t, "check", "other.csv"); !strings.Contains(o.out, "states y, w") || !strings.Contains(o.out, "w  input?") ||
		!strings.Contains(o.out, "column w looks like an input but is modelled as a state: it moves by itself") || !strings.Contains(o.out, "(inputs=w makes it an input)") {
		t.Errorf("a name that says nothing:\n%s", o.out)
	}
}

// falling is a column that falls from 2, and one that shows three times as much.
func falling() string {
	text := "t,seen,a\n"
	for i := range 40 {
		a := 2 * math.Exp(-0.03*float64(i))
		text += fmt.Sprintf("%.1f,%.5f,%.5f\n", 0.1*float64(i), 3*a+0.001*float64(i%3), a)
	}
	return text
}

// Columns of equations have the roles that these give them, whatever they look like.
func TestRolesOfEquationsAreThoseWritten(t *testing.T) {
	workplace(t)
	write(t, "x.csv", falling())
	write(t, "seen.yaml", "data: x.csv\nequations: |\n  a' = -k*a\nobserve: {seen: g*a}\nparameters: {k: 0.3, g: 1}\n")
	if o := must(t, "check", "seen.yaml"); !strings.Contains(o.out, "seen  shown     it shows g*a\n  a     state     it has an equation\n") {
		t.Errorf("check says\n%s", o.out)
	}
	write(t, "driven.yaml", "data: x.csv\ninputs: [seen]\nequations: |\n  a' = -k*a*seen\nparameters: {k: 0.3}\n")
	if o := must(t, "check", "driven.yaml"); !strings.Contains(o.out, "a     state     it has an equation\n  seen  input     inputs= names it\n") {
		t.Errorf("check says\n%s", o.out)
	}
	write(t, "wrong.yaml", "data: x.csv\nequations: |\n  a' = -k*a + q\nobserve: {seen: g*a}\nparameters: {k: 0.3, g: 1, z: 1}\n")
	o := entrain("check", "wrong.yaml")
	if want := "error: wrong.yaml:5:13: parameters: z is in no equation\nerror: wrong.yaml:2:12: equations, line 1, column 13: unknown name q"; o.code != 2 || !strings.Contains(o.out, want) {
		t.Errorf("code %d\n%s", o.code, o.out)
	}
	write(t, "list.yaml", "data: x.csv\nequations: |\n  a' = -k*a\nobserve: [seen]\nparameters: {k: 0.3}\n")
	if o := entrain("check", "list.yaml"); !strings.Contains(o.out, "such as observe: {light: gain*a}; it cannot be a list") {
		t.Errorf("code %d\n%s", o.code, o.out)
	}
}
