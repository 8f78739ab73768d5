package num

import (
	"math"
	"slices"
)

// KDTree finds neighbours among n points of d numbers. It keeps the points it
// was given and does not change; many goroutines may search it.
//
// Source: Bentley, Commun. ACM 18 (1975) 509; split at the median of the widest
// dimension (Friedman, Bentley, Finkel, ACM Trans. Math. Softw. 3 (1977) 209).
type KDTree struct {
	x     []float64 // n × d, row-major
	d     int
	order []int32 // points, so that every node is a run of it
	nodes []kdNode
}

// kdNode splits its run at mid into two nodes; a leaf has axis −1.
type kdNode struct {
	lo, hi      int32
	axis        int32
	at          float64
	left, right int32
}

// leafSize is the most points of a leaf.
const leafSize = 16

// NewKDTree sorts the points x, n × d, row-major; len(x) is a multiple of d. No
// number may be NaN. Cost: n·log²n.
func NewKDTree(x []float64, d int) *KDTree {
	t := &KDTree{x: x, d: d, order: make([]int32, len(x)/max(d, 1))}
	for i := range t.order {
		t.order[i] = int32(i)
	}
	if len(t.order) > 0 {
		t.build(0, len(t.order))
	}
	return t
}

// Len is the number of points.
func (t *KDTree) Len() int { return len(t.order) }

func (t *KDTree) build(lo, hi int) int32 {
	at := int32(len(t.nodes))
	t.nodes = append(t.nodes, kdNode{lo: int32(lo), hi: int32(hi), axis: -1})
	axis, width := t.widest(lo, hi)
	if hi-lo <= leafSize || width == 0 {
		return at
	}
	run := t.order[lo:hi]
	slices.SortFunc(run, func(a, b int32) int {
		va, vb := t.x[int(a)*t.d+axis], t.x[int(b)*t.d+axis]
		switch {
		case va < vb:
			return -1
		case va > vb:
			return 1
		}
		return int(a - b)
	})
	mid := lo + (hi-lo)/2
	split := t.x[int(t.order[mid])*t.d+axis]
	left := t.build(lo, mid)
	right := t.build(mid, hi)
	n := &t.nodes[at]
	n.axis, n.at, n.left, n.right = int32(axis), split, left, right
	return at
}

// widest is the dimension in which a run extends most.
func (t *KDTree) widest(lo, hi int) (axis int, width float64) {
	for k := range t.d {
		least, most := math.Inf(1), math.Inf(-1)
		for _, p := range t.order[lo:hi] {
			v := t.x[int(p)*t.d+k]
			least, most = min(least, v), max(most, v)
		}
		if w := most - least; w > width {
			axis, width = k, w
		}
	}
	return axis, width
}

// Neighbour is a point and the square of its distance.
type Neighbour struct {
	Index  int
	Square float64
}

// Nearest returns the k points nearest to q, nearest first, of those for which
// allowed holds (nil: all); fewer if there are not so many. Equal distances go
// by index. buf is used if it has room.
func (t *KDTree) Nearest(buf []Neighbour, q []float64, k int, allowed func(i int) bool) []Neighbour {
	s := search{t: t, q: q, k: k, allowed: allowed, found: buf[:0], radius: math.Inf(1)}
	if len(t.nodes) > 0 && k > 0 {
		s.visit(0)
	}
	slices.SortFunc(s.found, func(a, b Neighbour) int {
		if a.farther(b) {
			return 1
		}
		return -1
	})
	return s.found
}

// Within returns the points whose distance from q is at most r, in the order of
// the tree, of those for which allowed holds (nil: all).
func (t *KDTree) Within(buf []Neighbour, q []float64, r float64, allowed func(i int) bool) []Neighbour {
	s := search{t: t, q: q, k: -1, allowed: allowed, found: buf[:0], radius: r * r}
	if len(t.nodes) > 0 {
		s.visit(0)
	}
	return s.found
}

// search is one query. k < 0: all within the radius, which is a square.
type search struct {
	t       *KDTree
	q       []float64
	k       int
	allowed func(int) bool
	found   []Neighbour
	radius  float64
}

func (s *search) visit(at int32) {
	n := &s.t.nodes[at]
	if n.axis < 0 {
		for _, p := range s.t.order[n.lo:n.hi] {
			s.consider(int(p))
		}
		return
	}
	gap := s.q[n.axis] - n.at
	near, far := n.left, n.right
	if gap >= 0 {
		near, far = far, near
	}
	s.visit(near)
	if gap*gap <= s.radius {
		s.visit(far)
	}
}

func (s *search) consider(p int) {
	sum := 0.0
	for i, v := range s.t.x[p*s.t.d : (p+1)*s.t.d] {
		sum += (v - s.q[i]) * (v - s.q[i])
	}
	if sum > s.radius || s.allowed != nil && !s.allowed(p) {
		return
	}
	if s.k < 0 {
		s.found = append(s.found, Neighbour{p, sum})
		return
	}
	if len(s.found) < s.k {
		s.found = append(s.found, Neighbour{p, sum})
		s.rise(len(s.found) - 1)
	} else if next := (Neighbour{p, sum}); s.found[0].farther(next) {
		s.found[0] = next
		s.sink()
	}
	if len(s.found) == s.k {
		s.radius = s.found[0].Square
	}
}

// farther orders neighbours: by distance, then by index.
func (a Neighbour) farther(b Neighbour) bool {
	return a.Square > b.Square || a.Square == b.Square && a.Index > b.Index
}

// rise and sink keep the farthest neighbour in front: found is a heap.
func (s *search) rise(i int) {
	for v := s.found; i > 0 && v[i].farther(v[(i-1)/2]); i = (i - 1) / 2 {
		v[i], v[(i-1)/2] = v[(i-1)/2], v[i]
	}
}

func (s *search) sink() {
	v := s.found
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(v) {
			return
		}
		if c+1 < len(v) && v[c+1].farther(v[c]) {
			c++
		}
		if !v[c].farther(v[i]) {
			return
		}
		v[i], v[c] = v[c], v[i]
		i = c
	}
}
