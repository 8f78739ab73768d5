package train

import "testing"

// TestPiecesGrowToTheirLength: from short on, never shorter, in half of the iterations; others
// have it at once.
func TestPiecesGrowToTheirLength(t *testing.T) {
	g := growing{5, 40, 100}
	last := 0
	for k := range 120 {
		n := g.at(k)
		if n < last || n > 40 || k == 0 && n != 5 || k >= 100 && n != 40 || k == 50 && n != 22 {
			t.Errorf("in iteration %d pieces have %d rows, before %d", k, n, last)
		}
		last = n
	}
	plain := overTanks(t, bumps(2, 40, 3)[:1])
	told := mustProblem(t, bumps(2, 40, 3), latentOf(1))
	m := &Truncated{Length: 30}
	first := func(p *Problem, m *Truncated) int {
		m.Batch = 2
		o, err := newGrownPieces(p, m, 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		return o.at(0)
	}
	if n := first(plain, m); n != 30 {
		t.Errorf("of other models the first pieces have %d rows", n)
	}
	if n := first(told, m); n != 10 {
		t.Errorf("of latent models the first pieces have %d rows", n)
	}
	if n := first(told, &Truncated{Length: 4}); n != 4 {
		t.Errorf("short pieces begin with %d rows", n)
	}
}
