package train

import (
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// TestWhatFollowsShortSegmentsIsFittedInLongerOnes: of a chaotic record, and
// of one that is only long, the segments become fewer, the rows stay the same, and
// nothing is left of them that was not before; a record that was not cut stays as
// it is.
func TestWhatFollowsShortSegmentsIsFittedInLongerOnes(t *testing.T) {
	unhurried(t)
	chaotic := system{"sprott b", func(d, x []float64) { d[0], d[1], d[2] = x[1]*x[2], x[0]-x[1], 1-x[0]*x[1] }, []float64{0.1, 1, 0}, 0.25, 220, 0.02, false, 0}
	long := others()[0]
	long.rows, long.noise = 300, 0.02
	for _, c := range []struct {
		s    system
		name string
		cut  bool
	}{{chaotic, "sparse polynomial of degree 3", true}, {long, "sparse polynomial of degree 3", true}, {others()[0], "sparse polynomial of degree 3", false}} {
		rec, _ := c.s.draw(1)
		set := DefaultSettings()
		set.Members = 1
		p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), set)
		if err != nil {
			t.Fatal(err)
		}
		q := candidateNamed(t, p, c.name)
		short := q.b.free.segments()
		if (len(short) > 1) != c.cut {
			t.Fatalf("%s: %d segments", c.s.name, len(short))
		}
		q.lengthen()
		after := q.b.free.segments()
		if c.cut != (len(after) < len(short)) || rowsOf(after) != rowsOf(short) {
			t.Errorf("%s: %d rows in %d segments, before %d in %d", c.s.name, rowsOf(after), len(after), rowsOf(short), len(short))
		}
		if v := q.b.unexplained(); c.cut && !(v < 1.15) {
			t.Errorf("%s: what is left is %.3g times the noise", c.s.name, v)
		}
	}
}
