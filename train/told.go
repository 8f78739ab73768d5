package train

import (
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// toldStarts are the starts of the lanes of a rollout where an encoder alone tells them, of the
// first rows of each recording.
type toldStarts struct {
	encoder field.Field
	at, g   field.Point
}

// newToldStarts are those of the recordings of a grid; nil where starts are learnt or given.
func newToldStarts(p *Problem, grid laneGrid) *toldStarts {
	if !p.Parts.Told() {
		return nil
	}
	past, f := p.Parts.Past, &p.Parts.Frame
	n := past.Features(len(p.Train[0].Names), len(f.Inputs))
	t := &toldStarts{encoder: field.New(past.Program, grid.lanes, grid.members > 1), at: field.Point{X: program.NewBatch(n, grid.lanes)}}
	one := make([]float64, n)
	for l := range grid.lanes {
		s := &p.Train[grid.record(l)]
		model.PastOf(one, past, f, s, p.alone(s), 0)
		for i, v := range one {
			t.at.X.Set(i, l, v)
		}
	}
	return t
}

// alone is the known inputs of a recording on one lane; nil if there are none.
func (p *Problem) alone(s *data.Series) field.Input {
	return model.NewMeasured([]*data.Series{s}, &p.Parts.Frame, 1, p.Hold)
}

// tell fills x0 with the starts that the encoder with parameters theta tells.
func (t *toldStarts) tell(x0, theta field.Batch) {
	t.at.Theta = theta
	t.encoder.Eval(x0, &t.at)
}

// pull adds what the cotangents of the starts owe θ to gtheta.
func (t *toldStarts) pull(gtheta, x0 field.Batch) {
	t.g.Theta = gtheta
	t.encoder.VJP(&t.g, &t.at, x0)
}

// tellable reports recordings that an encoder which alone tells starts cannot tell any of.
func (p *Problem) tellable() error {
	if !p.Parts.Told() {
		return nil
	}
	rows := p.Parts.Past.Rows
	for i := range p.Train {
		if n := p.Train[i].Len(); n <= rows {
			return fmt.Errorf("window=%d: the encoder sees so many rows and one more is to be predicted, but recording %q has %s to train on; take a smaller window, or leave it out",
				rows, p.Train[i].ID, words.Several(n, "row"))
		}
	}
	for i := range p.Apart {
		if n := p.Apart[i].Len(); n < rows+fewestBehind {
			return fmt.Errorf("window=%d: recording %q is held out and has %s; %d are the fewest; take a smaller window, or leave it out",
				rows, p.Apart[i].ID, words.Several(n, "row"), rows+fewestBehind)
		}
	}
	return nil
}

// onlyTold is the error of a method that learns starts where an encoder alone tells them.
func (p *Problem) onlyTold(method string) error {
	if !p.Parts.Told() || method == "truncated" || method == "vanilla" {
		return nil
	}
	return fmt.Errorf("model=%s: method=%s looks for starts, but an encoder tells them; methods that train it are truncated (some pieces in each iteration) and vanilla (all rows)", p.ArchName, method)
}
