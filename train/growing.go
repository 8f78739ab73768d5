package train

// growing is how long pieces are in an iteration. Long ones at once would have a field that is
// still random lead them anywhere, and what an encoder then learns is the mean of the rows.
type growing struct{ short, length, over int }

const shortTold = 10 // rows of the first pieces where an encoder alone tells starts

// newGrownPieces is the loss of pieces that grow in the first half of so many iterations.
func newGrownPieces(p *Problem, m *Truncated, members, budget int) (*pieceLoss, error) {
	o, err := newPieceLoss(p, m, members)
	if err == nil {
		o.over = budget / 2
	}
	return o, err
}

// growing is how pieces begin that have yet to be told in how many iterations they grow.
func (m *Truncated) growing(p *Problem) growing {
	g := growing{short: m.Short, length: m.Length}
	if g.short == 0 && p.Parts.Told() {
		g.short = min(shortTold, m.Length)
	}
	return g
}

// at is the number of rows behind the first in iteration k.
func (g growing) at(k int) int {
	if g.short == 0 || k >= g.over {
		return g.length
	}
	return g.short + (g.length-g.short)*k/g.over
}
