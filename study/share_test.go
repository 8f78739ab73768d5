package study

import (
	"errors"
	"fmt"
	"testing"
)

// Every folder belongs to exactly one task, to about as many each.
func TestSharesDivideTheTrials(t *testing.T) {
	const of, trials = 7, 7000
	count := [of]int{}
	for i := range trials {
		key := (&Trial{Identity: fmt.Append(nil, i)}).Key()
		owners := 0
		for task := range of {
			if (&Share{task, of}).Has(key) {
				owners++
				count[task]++
			}
		}
		if owners != 1 {
			t.Fatalf("trial %s belongs to %d tasks", key, owners)
		}
	}
	for task, n := range count {
		if n < trials/of-200 || n > trials/of+200 { // six deviations
			t.Errorf("task %d has %d of %d trials", task, n, trials)
		}
	}
}

// A process joins a study that is the same, and no other.
func TestSharesOfAnotherStudyAreRefused(t *testing.T) {
	dir := t.TempDir()
	s := &Sweep{Dir: dir, Trials: []Trial{{Labels: []Label{{"a", "1"}}, Identity: []byte("one")}}}
	for range 2 {
		if err := s.Join(); err != nil {
			t.Fatal(err)
		}
	}
	s.Trials[0].Identity = []byte("two")
	var other *OtherStudyError
	if err := s.Join(); !errors.As(err, &other) {
		t.Errorf("%v", err)
	}
	if list, err := List(dir); err != nil || len(list) != 1 || list[0].Labels[0].Value != "1" {
		t.Errorf("%v %v", list, err)
	}
}
