package train

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// Libraries go through more phases than networks: terms are dropped, and what
// was learnt about them must not be forgotten.
func TestAutoResumesAfterEveryPhase(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), &field.PolyMLP{MLP: *tinyNet(0, false), Degree: 2}, func(s *Settings) {
		s.Budget, s.Members, s.Solver.RTol, s.Solver.ATol = 200, 2, 1e-4, 1e-4
	})
	var saved []*Checkpoint
	stages := map[int]bool{}
	whole, err := Auto{}.Fit(context.Background(), p, nil, func(e Event) {
		if e.Checkpoint == nil {
			return
		}
		text, err := json.Marshal(e.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		c := new(Checkpoint)
		if err := json.Unmarshal(text, c); err != nil {
			t.Fatal(err)
		}
		saved = append(saved, c)
		for _, n := range c.Nested {
			stages[n.Stage] = true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !stages[phases] || len(stages) < phases {
		t.Fatalf("checkpoints were made after phases %v of %d", stages, phases)
	}
	for i, c := range saved {
		if testing.Short() && i%3 != 0 && i+1 < len(saved) {
			continue
		}
		r, err := Auto{}.Fit(context.Background(), p, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Model.Theta, whole.Model.Theta) || !reflect.DeepEqual(began(r), began(whole)) || !reflect.DeepEqual(r.Noise, whole.Noise) {
			t.Errorf("going on from checkpoint %d of %d gives another model", i+1, len(saved))
		}
		for k := range r.Tried {
			if r.Tried[k].Why != whole.Tried[k].Why {
				t.Errorf("checkpoint %d: %q, want %q", i+1, r.Tried[k].Why, whole.Tried[k].Why)
			}
		}
	}
}

// began are the starts of all segments.
func began(r *Result) (all []any) {
	for _, rec := range r.Model.Records {
		all = append(all, rec.Start, rec.Anchors)
	}
	return all
}
