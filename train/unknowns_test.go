package train

import "testing"

// The views of an unknown vector tile it, whatever is learnt, and every place of a
// start is told which one it belongs to.
func TestUnknownsTileTheirVector(t *testing.T) {
	for _, u := range []unknowns{{theta: 3, states: 2}, {theta: 3, states: 2, starts: 4}, {theta: 0, states: 1, starts: 2, added: 5}, {theta: 2, states: 3, starts: 1, added: 1}} {
		z := make([]float64, u.size())
		for i := range u.thetaOf(z) {
			u.thetaOf(z)[i]++
		}
		for i := range u.starts {
			for s := range u.startOf(z, i) {
				u.startOf(z, i)[s]++
				if state, start := u.state(u.start(i) + s); state != s || start != i || !u.isStart(u.start(i)+s) {
					t.Errorf("%+v: state %d of start %d is told as %d of %d", u, s, i, state, start)
				}
			}
		}
		if u.isStart(u.theta-1) || u.isStart(u.start(u.starts)) {
			t.Errorf("%+v: what is no start is told as one", u)
		}
		for _, members := range []int{1, 3} {
			theta, starts, added := u.parts(make([]float64, u.size()*members), members)
			if len(theta) != u.theta*members || len(starts) != u.starts*u.states*members || len(added) != u.added*members {
				t.Errorf("%+v: parts of %d, %d and %d", u, len(theta), len(starts), len(added))
			}
		}
		for i := u.start(u.starts); i < len(z); i++ {
			z[i]++
		}
		for i, v := range z {
			if v != 1 {
				t.Errorf("%+v: place %d belongs to %g views", u, i, v)
			}
		}
	}
}

// Every pair of recording and member has a lane, and spare lanes repeat the first.
func TestLaneGridNamesEveryPairOnce(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {1, 3}, {5, 1}, {3, 4}, {2, 8}} {
		g := newLaneGrid(c[0], c[1])
		for rec := range c[0] {
			for m := range c[1] {
				if l := g.lane(rec, m); !g.real(l) || g.record(l) != rec || g.member(l) != m {
					t.Errorf("%v: lane %d is of recording %d and member %d, want %d and %d", c, l, g.record(l), g.member(l), rec, m)
				}
			}
		}
		for l, rec := range g.recordOf() {
			if l >= c[0]*c[1] && (g.real(l) || rec != 0 || g.member(l) != 0) {
				t.Errorf("%v: spare lane %d is of recording %d and member %d", c, l, rec, g.member(l))
			}
		}
	}
}
