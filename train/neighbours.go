package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// neighbours finds rows whose states are near that of another: rows of other
// passages, no nearer than noise allows.
type neighbours struct {
	rows    []measured
	at      []place // of every point of the tree
	d       int
	tree    *num.KDTree
	theiler int     // rows of one recording that are no more apart are no neighbours
	least   float64 // square of the least distance
	single  bool    // one of a passage
	buf     []num.Neighbour
	known   map[place][]num.Neighbour // what of found, as long as there is room
	room    int
}

// newNeighbours takes the rows that have so many more behind them.
func newNeighbours(all []measured, d, ahead, theiler int, noise float64, single bool) *neighbours {
	n := &neighbours{rows: all, at: places(all, ahead), d: d, theiler: theiler, least: noise * noise, single: single, known: map[place][]num.Neighbour{}, room: mostKnown}
	x := make([]float64, 0, len(n.at)*d)
	for _, at := range n.at {
		x = append(x, n.state(at)...)
	}
	n.tree = num.NewKDTree(x, d)
	if theiler == 0 {
		n.theiler = likeRows(all, d)
	}
	return n
}

func (n *neighbours) state(at place) []float64 {
	return n.rows[at.rec].state[at.row*n.d : (at.row+1)*n.d]
}

// passageFactor is how many more rows are looked at where only one of a passage
// counts.
const passageFactor = 8

// mostKnown is how many neighbours are remembered.
const mostKnown = 1 << 21

// again is of, always with the same k, of places that are asked for many times.
func (n *neighbours) again(at place, k int) []num.Neighbour {
	found, ok := n.known[at]
	if !ok {
		if found = n.of(at, k); len(found) > n.room {
			return found
		}
		n.known[at], n.room = slices.Clone(found), n.room-len(found)
	}
	n.buf = append(n.buf[:0], found...)
	return n.buf
}

// of are the k rows nearest to that at a place, fewer if there are not so many. The
// slice is used again by the next call.
func (n *neighbours) of(at place, k int) []num.Neighbour {
	q, want := n.state(at), k
	if n.single {
		want *= passageFactor
	}
	n.buf = n.tree.Nearest(n.buf, q, want, func(i int) bool {
		p := n.at[i]
		if p.rec == at.rec && p.row-at.row <= n.theiler && at.row-p.row <= n.theiler {
			return false
		}
		return n.least == 0 || num.Square(q, n.state(p)) >= n.least
	})
	if !n.single {
		return n.buf
	}
	kept := n.buf[:0]
	for _, v := range n.buf {
		if len(kept) < k && !n.passes(kept, n.at[v.Index]) {
			kept = append(kept, v)
		}
	}
	return kept
}

// passes tells that a row is of a passage of one that is kept.
func (n *neighbours) passes(kept []num.Neighbour, p place) bool {
	for _, v := range kept {
		if o := n.at[v.Index]; o.rec == p.rec && o.row-p.row <= n.theiler && p.row-o.row <= n.theiler {
			return true
		}
	}
	return false
}

// likeRows is the number of rows after which the autocorrelation of every column has
// fallen below 1/e, in the longest recording: about a quarter of a turn; at most a
// tenth of it.
func likeRows(all []measured, d int) int {
	m := &all[0]
	for i := range all {
		if len(all[i].t) > len(m.t) {
			m = &all[i]
		}
	}
	n := len(m.t)
	for lag := 1; lag < n/10; lag++ {
		below := true
		for c := range d {
			mean, zero, sum := 0.0, 0.0, 0.0
			for k := range n {
				mean += m.state[k*d+c] / float64(n)
			}
			for k := range n {
				v := m.state[k*d+c] - mean
				zero += v * v
				if k+lag < n {
					sum += v * (m.state[(k+lag)*d+c] - mean)
				}
			}
			below = below && sum < zero/math.E
		}
		if below {
			return lag
		}
	}
	return max(1, n/10)
}

// stateNoise is the noise of a row that smoothing leaves in the states, root mean square
// over the columns, in scaled units.
func (p *Problem) stateNoise(raw bool) float64 {
	sum := 0.0
	for c := range p.Train[0].Names {
		worst := 0.0
		for rec := range p.Splines {
			sp := p.Splines[rec][c]
			if v := sp.Sigma; !math.IsNaN(v) {
				if !raw {
					v *= math.Sqrt(min(1, sp.DoF/float64(max(1, len(sp.T)))))
				}
				worst = max(worst, v)
			}
		}
		sum += worst * worst
	}
	return math.Sqrt(sum / float64(len(p.Train[0].Names)))
}
