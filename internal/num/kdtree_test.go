package num

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

// all neighbours of q by brute force, nearest first.
func sortedByDistance(x []float64, d int, q []float64, allowed func(int) bool) []Neighbour {
	var out []Neighbour
	for p := range len(x) / d {
		if allowed != nil && !allowed(p) {
			continue
		}
		sum := 0.0
		for i := range d {
			sum += (x[p*d+i] - q[i]) * (x[p*d+i] - q[i])
		}
		out = append(out, Neighbour{p, sum})
	}
	slices.SortFunc(out, func(a, b Neighbour) int {
		return cmp.Or(cmp.Compare(a.Square, b.Square), cmp.Compare(a.Index, b.Index))
	})
	return out
}

func TestNeighboursAreThoseOfBruteForce(t *testing.T) {
	for _, n := range []int{0, 1, 5, 17, 300} {
		for _, d := range []int{1, 2, 5} {
			r := Stream(3, "kdtree", uint64(n), uint64(d))
			x := make([]float64, n*d)
			for i := range x {
				x[i] = math.Round(8*r.NormFloat64()) / 8 // with equal distances
			}
			tree := NewKDTree(x, d)
			for range 20 {
				q := make([]float64, d)
				for i := range q {
					q[i] = r.NormFloat64()
				}
				skip := func(i int) bool { return i%3 != 0 }
				for _, allowed := range []func(int) bool{nil, skip} {
					want := sortedByDistance(x, d, q, allowed)
					if got := tree.Nearest(nil, q, 7, allowed); !slices.Equal(got, want[:min(7, len(want))]) {
						t.Fatalf("%d points in %d dimensions: nearest %v, want %v", n, d, got, want[:min(7, len(want))])
					}
					in := tree.Within(nil, q, 1, allowed)
					i := 0
					for i < len(want) && want[i].Square <= 1 {
						i++
					}
					slices.SortFunc(in, func(a, b Neighbour) int {
						return cmp.Or(cmp.Compare(a.Square, b.Square), cmp.Compare(a.Index, b.Index))
					})
					if !slices.Equal(in, want[:i]) {
						t.Fatalf("%d points in %d dimensions: within %v, want %v", n, d, in, want[:i])
					}
				}
			}
		}
	}
}

// Many equal points cannot be split.
func TestEqualPointsAreALeaf(t *testing.T) {
	tree := NewKDTree(make([]float64, 2*100), 2)
	if got := tree.Nearest(nil, []float64{1, 0}, 3, nil); len(got) != 3 || got[0].Index != 0 || got[2].Square != 1 {
		t.Errorf("%v", got)
	}
}
