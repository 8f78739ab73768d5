package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/train"
)

// describeProblem says what a method is given: rows, scaling, model, solver.
func describeProblem(w io.Writer, p *train.Problem) {
	for i := range p.Train {
		held := 0
		if i < len(p.Held) {
			held = p.Held[i].Len()
		}
		fmt.Fprintf(w, "recording%s: %s to train on, %d held out\n", label(p.Train[i].ID), several(p.Train[i].Len(), "row"), held)
	}
	f := &p.Parts.Frame
	noise := p.NoiseEstimate()
	for i, name := range f.States {
		fmt.Fprintf(w, "state %s: %s + %s × scaled", name, short(f.Shift[i]), short(f.Scale[i]))
		if i < len(noise) {
			fmt.Fprintf(w, ", noise about %s", short(noise[i]))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "time: %s + %s × scaled\n", short(f.T0), short(f.Time))
	for line := range strings.Lines(p.Parts.Text) {
		fmt.Fprintf(w, "model: %s\n", strings.TrimRight(line, "\n"))
	}
	s := p.Solver
	fmt.Fprintf(w, "θ: %s; solver %s, step %g, rtol %g, atol %g; an adjoint may keep %.0f MiB, longer rollouts are recomputed from checkpoints\n",
		several(len(p.Parts.Theta0), "number"), s.Solver, s.Step, s.RTol, s.ATol, float64(s.Memory)/(1<<20))
}

func label(id string) string {
	if id == "" {
		return ""
	}
	return " " + id
}
