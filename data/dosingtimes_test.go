package data

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Doses that ADDL repeats are to the bit those written out, also where values were measured at their
// times, which stand before them, and so are the ends of infusions.
func TestRepeatedDosesAreThoseWrittenOut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		places := 1 + random.IntN(3)
		unit := []int{1, 10, 100, 1000}[places]
		start, every, n := random.IntN(3*unit)-unit, 1+random.IntN(2*unit), 1+random.IntN(12)
		decimal := func(v int) string { return fmt.Sprintf("%.*f", places, float64(v)/float64(unit)) }
		infused := []string{".", decimal(1 + random.IntN(3*unit))}[random.IntN(2)]
		const head = "ID,TIME,AMT,DUR,ADDL,II,EVID,DV\n"
		repeated := head + fmt.Sprintf("1,%s,100,%s,%d,%s,1,.\n", decimal(start), infused, n, decimal(every))
		written := head + fmt.Sprintf("1,%s,100,%s,.,.,1,.\n", decimal(start), infused)
		for k := 1; k <= n; k++ {
			at := decimal(start + k*every)
			if random.IntN(2) == 0 || k == n {
				row := fmt.Sprintf("1,%s,.,.,.,.,0,%d\n", at, k)
				repeated, written = repeated+row, written+row
			}
			written += fmt.Sprintf("1,%s,100,%s,.,.,1,.\n", at, infused)
		}
		a, _, err := dosed(repeated, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := dosed(written, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := fmt.Sprint(a[0].T, a[0].X, a[0].U), fmt.Sprint(b[0].T, b[0].X, b[0].U); g != w {
			t.Fatalf("%s%s\nwant %s", repeated, g, w)
		}
	}
}

// Rates of infusions that overlap are the sums of those that last, and nothing when all have ended.
func TestRatesOfManyInfusionsAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	p := &person{}
	for range 200 {
		from, long := random.Float64(), random.Float64()/5
		p.doses = append(p.doses, dose{time: from, until: from + long, compartment: 1, rate: random.Float64()})
	}
	s := p.supply(Dosing{"RATE", 1, true})
	for k := range 1300 {
		at, want := float64(k)/1000, 0.0
		for _, d := range p.doses {
			if d.time <= at && at < d.until {
				want += d.rate
			}
		}
		if got := s.at(at); want == 0 && got != 0 || got < want*(1-1e-13) || got > want*(1+1e-13) {
			t.Fatalf("at %g: %g, want %g", at, got, want)
		}
	}
}

func TestTablesOfDosesThatCannotBeReadSo(t *testing.T) {
	const text = "ID,TIME,AMT,EVID,DV\n1,0,5,1,.\n1,1,.,0,2\n"
	_, err := Read(strings.NewReader(text), ReadOptions{Duplicates: "shift"})
	if err == nil || !strings.Contains(err.Error(), "duplicates=shift is not possible") {
		t.Error(err)
	}
	_, err = Read(strings.NewReader(strings.TrimPrefix(strings.ReplaceAll(text, "\n1,", "\n"), "ID,")), ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), "no column ID") {
		t.Error(err)
	}
	_, err = Read(strings.NewReader(text), ReadOptions{Compartments: []string{"a", "a"}})
	if err == nil || !strings.Contains(err.Error(), "compartments= names \"a\" twice") {
		t.Error(err)
	}
}
