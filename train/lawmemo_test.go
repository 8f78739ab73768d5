package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// TestALinearLawIsFoundOnce: a copy of a problem knows the laws that were found for it,
// whoever changes what he was told; a problem with other rows finds its own.
func TestALinearLawIsFoundOnce(t *testing.T) {
	p := hiddenProblem(t, "linear", driven(80, 0))
	q := *p
	law, err := p.lawStart(1)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := q.lawStart(1); err != nil || again != law {
		t.Errorf("a copy fits the law again (%v)", err)
	}
	first, tried, err := p.compareLaws(1, 2)
	if err != nil || len(tried) == 0 {
		t.Fatal(err, tried)
	}
	free := tried[0].Free
	tried[0].Free = math.Inf(1)
	if chosen, tried, err := q.compareLaws(1, 2); err != nil || chosen.Order != first.Order || tried[0].Free != free {
		t.Errorf("%v, %g of order %d, before %g of %d", err, tried[0].Free, chosen.Order, free, first.Order)
	}
	q.Train = []data.Series{p.Train[0].Slice(0, 60)}
	other, err := q.lawStart(1)
	if err != nil {
		t.Fatal(err)
	}
	if other == law || len(other.paths[0]) == len(law.paths[0]) {
		t.Errorf("other rows have the law of all")
	}
}
