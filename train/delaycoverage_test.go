//go:build slow

package train

import (
	"context"
	"testing"
)

// Over draws of the noise the numbers of systems with a delay are found within 5 %, and two
// standard errors hold the truth as often as they should.
func TestErrorsOfDelaysCover(t *testing.T) {
	const draws = 20
	for _, q := range laggedSystems() {
		covered, most := 0, 0.0
		for seed := range uint64(draws) {
			r, err := Auto{}.Fit(context.Background(), q.problem(t, 100+seed, func(*Settings) {}), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			off, in := q.off(t, r)
			if covered += in; !(off < 0.05) {
				t.Errorf("%s, draw %d: off by %.3g: %+v", q.name, seed, off, r.Parameters)
			}
			most = max(most, off)
		}
		share := float64(covered) / (3 * draws)
		t.Logf("%s: %d of %d within two standard errors; the largest error is %.2g", q.name, covered, 3*draws, most)
		if share < 0.85 { // nominal 0.954; 60 that were independent would be below once in a thousand
			t.Errorf("%s: two standard errors hold %.2f of the numbers", q.name, share)
		}
	}
}
