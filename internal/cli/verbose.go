package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// describeProblem says what a method is given: rows, scaling, model, solver.
func describeProblem(w io.Writer, p *train.Problem) {
	for i := range p.Train {
		held := 0
		if i < len(p.Held) {
			held = p.Held[i].Len()
		}
		fmt.Fprintf(w, "recording%s: %s to train on, %d held out\n", label(p.Train[i].ID), words.Several(p.Train[i].Len(), "row"), held)
	}
	f := &p.Parts.Frame
	noise := p.NoiseEstimate()
	for i, name := range f.States {
		logs := ""
		if f.IsLog(i) {
			logs = "log "
		}
		fmt.Fprintf(w, "state %s%s: %s + %s × scaled", logs, name, words.Short(f.Shift[i]), words.Short(f.Scale[i]))
		if i < len(noise) {
			fmt.Fprintf(w, ", noise about %s", words.Short(noise[i]))
		}
		fmt.Fprintln(w)
	}
	for name, text := range p.NoiseWords() {
		fmt.Fprintf(w, "noise of %s: %s\n", name, text)
	}
	fmt.Fprintf(w, "time: %s + %s × scaled\n", words.Short(f.T0), words.Short(f.Time))
	for line := range strings.Lines(p.Parts.Text) {
		fmt.Fprintf(w, "model: %s\n", strings.TrimRight(line, "\n"))
	}
	s := p.Solver
	fmt.Fprintf(w, "θ: %s; solver %s, step %g, rtol %g, atol %g; an adjoint may keep %.0f MiB, longer rollouts are recomputed from checkpoints\n",
		words.Several(len(p.Parts.Theta0), "number"), s.Solver, s.Step, s.RTol, s.ATol, float64(s.Memory)/(1<<20))
}

func label(id string) string {
	if id == "" {
		return ""
	}
	return " " + id
}
