package opt

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Chains is the structure of programs that follow trajectories: every unknown
// and every row belongs to one group (an element of a trajectory: its states,
// its equations) or is shared (−1: parameters, and rows of parameters). A row may touch
// unknowns of its own group, of the two groups beside it in its chain, and
// shared ones; a shared row may touch all. Two unknowns may meet in the Hessian if a row
// could hold both: within a group, in neighbouring ones, or where one is shared.
//
// It is fastest where a group has as many unknowns as rows and these can be solved for them, given the
// last unknowns of the group before; the first group of a chain may begin with further unknowns.
type Chains struct {
	Unknown []int // group of each unknown, −1 = shared
	Row     []int // group of each row, −1 = shared
	First   []int // first group of each chain (trajectory), ascending, First[0] = 0
	Groups  int   // number of groups in all chains
}

// piece is a rectangle of a patch that goes to one place of the structured
// matrix. Entry (i, j) is v[at+i*stride+j] and is added to place (row+i, col+j).
type piece struct {
	at, stride, rows, cols int
	row, col               int
	hess                   bool // of the Hessian, not of the Jacobian
	lower                  bool // only entries with i ≥ j count
	flip                   bool // goes to (col+j, row+i)
}

// plan says where everything goes. Indices of the matrix are those of the
// unknowns, then, from n on, those of the rows.
type plan struct {
	n, m   int
	group  []int // of each index, −1 = shared
	local  []int // place of each index in its group, or among the shared
	member [][]int
	shared []int     // indices: unknowns first
	rows   int       // shared rows
	own    [][]piece // of each group: both ends in it; row ≤ col
	beside [][]piece // of each group: row in it, col in the next one
	border [][]piece // of each group: row in it, col among the shared
	corner []piece   // row ≥ col
	chain  []int     // of each group
}

// newPlan checks the chains of a shape and cuts its patches to pieces.
func newPlan(s Shape) (*plan, error) {
	c := s.Chains
	n, m := len(s.Low), len(s.Floor)
	if len(c.Unknown) != n || len(c.Row) != m || c.Groups < 0 {
		return nil, fmt.Errorf("chains need the groups of %d unknowns and %d rows; they have %d and %d",
			n, m, len(c.Unknown), len(c.Row))
	}
	p := &plan{n: n, m: m, group: append(append([]int(nil), c.Unknown...), c.Row...), local: make([]int, n+m),
		member: make([][]int, c.Groups), own: make([][]piece, c.Groups), beside: make([][]piece, c.Groups),
		border: make([][]piece, c.Groups), chain: make([]int, c.Groups)}
	if err := p.beginChains(c); err != nil {
		return nil, err
	}
	for i, g := range p.group {
		if g < -1 || g >= c.Groups {
			return nil, fmt.Errorf("%s belongs to group %d of %d", p.name(i), g, c.Groups)
		}
		list := &p.shared
		if g >= 0 {
			list = &p.member[g]
		} else if i >= n {
			p.rows++
		}
		p.local[i] = len(*list)
		*list = append(*list, i)
	}
	if err := p.cutAll(s.Hessian, 0, true); err != nil {
		return nil, err
	}
	return p, p.cutAll(s.Jacobian, n, false)
}

// beginChains notes to which chain each group belongs.
func (p *plan) beginChains(c *Chains) error {
	for k, first := range c.First {
		if first < 0 || first > c.Groups || k == 0 && first != 0 || k > 0 && first < c.First[k-1] {
			return fmt.Errorf("chain %d cannot begin with group %d", k, first)
		}
		for g := first; g < c.Groups; g++ {
			p.chain[g] = k
		}
	}
	if c.Groups > 0 && len(c.First) == 0 {
		return fmt.Errorf("there are %d groups but no chain", c.Groups)
	}
	return nil
}

func (p *plan) name(i int) string {
	if i < p.n {
		return fmt.Sprintf("unknown %d", i)
	}
	return fmt.Sprintf("row %d", i-p.n)
}

// cutAll cuts patches, moved down, where groups change.
func (p *plan) cutAll(patches []Patch, down int, hess bool) error {
	at := 0
	for _, a := range patches {
		rows, cols := p.runs(a.Row+down, a.Rows), p.runs(a.Col, a.Cols)
		diagonal := hess && a.Row == a.Col
		for _, r := range rows {
			for _, c := range cols {
				if diagonal && r[0] < c[0] {
					continue
				}
				q := piece{at: at + (r[0]-a.Row-down)*a.Cols + c[0] - a.Col, stride: a.Cols, rows: r[1], cols: c[1],
					hess: hess, lower: diagonal && r[0] == c[0]}
				if err := p.put(q, r[0], c[0]); err != nil {
					return err
				}
			}
		}
		at += a.size()
	}
	return nil
}

// runs splits indices into runs (first, length) of one group each.
func (p *plan) runs(first, count int) (runs [][2]int) {
	for i := first; i < first+count; {
		j := i + 1
		for j < first+count && p.group[j] == p.group[i] && p.local[j] == p.local[j-1]+1 {
			j++
		}
		runs = append(runs, [2]int{i, j - i})
		i = j
	}
	return runs
}

// put files a piece that begins at index (row, col), row ≥ col.
func (p *plan) put(q piece, row, col int) error {
	gr, gc := p.group[row], p.group[col]
	q.row, q.col = p.local[row], p.local[col]
	switch {
	case gr < 0 && gc < 0:
		p.corner = append(p.corner, q)
	case gc < 0:
		p.border[gr] = append(p.border[gr], q)
	case gr < 0:
		q.flip = true
		p.border[gc] = append(p.border[gc], q)
	case gr == gc:
		q.flip = true
		p.own[gr] = append(p.own[gr], q)
	case p.chain[gr] != p.chain[gc] || gr-gc > 1 || gc-gr > 1:
		return fmt.Errorf("%s of group %d touches %s of group %d, which is not beside it",
			p.name(row), gr, p.name(col), gc)
	case gr > gc:
		q.flip = true
		p.beside[gc] = append(p.beside[gc], q)
	default:
		p.beside[gr] = append(p.beside[gr], q)
	}
	return nil
}

// manyColumns is how many make the vector kernels worth a call.
const manyColumns = 16

// add adds the piece to a matrix of rows of the given width, columns moved
// right.
func (q *piece) add(dst []float64, width, right int, v []float64) {
	for i := range q.rows {
		cols := q.cols
		if q.lower {
			cols = i + 1
		}
		src := v[q.at+i*q.stride : q.at+i*q.stride+cols]
		if q.flip {
			o := q.col*width + right + q.row + i
			for j, x := range src {
				dst[o+j*width] += x
			}
			continue
		}
		o := (q.row+i)*width + right + q.col
		if at := dst[o : o+cols]; cols >= manyColumns {
			kernel.AddTo(at, src)
		} else {
			for j, x := range src {
				at[j] += x
			}
		}
	}
}
