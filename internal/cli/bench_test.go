package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// The keys are a promise to scripts.
func TestBenchHasTheKeysOfTheContract(t *testing.T) {
	o := must(t, "bench", "--quick", "--json", "kernel/matvec", "kernel/tanh")
	var all []map[string]any
	if err := json.Unmarshal([]byte(o.out), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 { // the product with 1, 8 and 64 lanes
		t.Fatalf("%d results", len(all))
	}
	for _, r := range all {
		for _, key := range []string{"name", "lanes", "ns", "allocs", "flops", "peak_percent"} {
			if _, ok := r[key]; !ok {
				t.Errorf("%v lacks %s", r, key)
			}
		}
		if len(r) != 6 || r["ns"].(float64) <= 0 || r["allocs"].(float64) != 0 {
			t.Errorf("%v", r)
		}
	}
}

func TestBenchShowsATable(t *testing.T) {
	o := must(t, "bench", "--quick", "G1/rk4")
	for _, want := range []string{"kernels: ", "peak", "G1/rk4", "240 evaluations, loss 0.00046098"} {
		if !strings.Contains(o.out, want) {
			t.Errorf("%q is missing in\n%s", want, o.out)
		}
	}
	if o := entrain("bench", "nothing-like-that"); o.code != 2 || !strings.Contains(o.err, "benchmark") {
		t.Errorf("a wrong name: exit %d, %s", o.code, o.err)
	}
}
