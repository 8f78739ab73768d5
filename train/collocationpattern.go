package train

import "github.com/entrain-dev/entrain/opt"

// ProgramPattern is where the matrix that a step of the interior point solves with may have
// entries: of the Hessian of the Lagrangian and of the derivatives of rows, above and below the
// diagonal. It is ordered as it is eliminated: element by element its unknowns and rows, in the end
// what all share.
type ProgramPattern struct {
	Size     int            `json:"size"`     // rows and columns that are shown
	Shared   int            `json:"shared"`   // of them, the last: parameters, and states where pieces meet
	Elements int            `json:"elements"` // that are shown, the first
	Of       int            `json:"of"`       // elements that there are
	Blocks   []PatternBlock `json:"blocks"`
}

// PatternBlock is a dense part of a matrix.
type PatternBlock struct {
	Kind string `json:"kind"` // curvature, equations, border
	Row  int    `json:"row"`
	Col  int    `json:"col"`
	Rows int    `json:"rows"`
	Cols int    `json:"cols"`
}

// patternElements is how many elements a picture can show.
const patternElements = 16

// pattern is that of a transcription.
func (c *transcription) pattern() *ProgramPattern {
	shape := c.Shape()
	of, shared := c.patternOrder(&shape)
	p := &ProgramPattern{Shared: shared, Elements: min(patternElements, len(c.elements)), Of: len(c.elements)}
	for _, at := range of {
		p.Size = max(p.Size, at+1)
	}
	for _, h := range shape.Hessian {
		p.add(of, h, 0, shared, "curvature")
	}
	for _, j := range shape.Jacobian {
		p.add(of, j, c.size, shared, "equations")
	}
	return p
}

// patternOrder is the place of every unknown and, behind them, of every row, −1 if it is not shown,
// and how many are shared.
func (c *transcription) patternOrder(shape *opt.Shape) (of []int, shared int) {
	groups := append(append([]int{}, shape.Chains.Unknown...), shape.Chains.Row...)
	of = make([]int, len(groups))
	at := 0
	for g := range min(patternElements, len(c.elements)) {
		for i, group := range groups {
			if group == g {
				of[i], at = at, at+1
			}
		}
	}
	for i, group := range groups {
		switch {
		case group < 0:
			of[i], at, shared = at, at+1, shared+1
		case group >= patternElements:
			of[i] = -1
		}
	}
	return of, shared
}

// add adds a patch whose rows are numbered from first on, and its mirror image.
func (p *ProgramPattern) add(of []int, patch opt.Patch, first, shared int, kind string) {
	rows, cols := patternRuns(of[first+patch.Row:first+patch.Row+patch.Rows]), patternRuns(of[patch.Col:patch.Col+patch.Cols])
	for _, r := range rows {
		for _, c := range cols {
			b := PatternBlock{Kind: kind, Row: r.from, Col: c.from, Rows: r.count, Cols: c.count}
			if border := p.Size - shared; b.Row >= border || b.Col >= border {
				b.Kind = "border"
			}
			p.Blocks = append(p.Blocks, b)
			if mirror := (PatternBlock{b.Kind, b.Col, b.Row, b.Cols, b.Rows}); mirror != b {
				p.Blocks = append(p.Blocks, mirror)
			}
		}
	}
}

// patternRun is some numbers one after the other.
type patternRun struct{ from, count int }

// patternRuns are those of a list, without what is negative.
func patternRuns(list []int) (out []patternRun) {
	for _, at := range list {
		switch last := len(out) - 1; {
		case at < 0:
		case last >= 0 && out[last].from+out[last].count == at:
			out[last].count++
		default:
			out = append(out, patternRun{at, 1})
		}
	}
	return out
}
