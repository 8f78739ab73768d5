package train_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/entrain-dev/entrain/train"
	"github.com/entrain-dev/entrain/train/traintest"
)

// words is an event as one can compare it.
func words(t *testing.T, e train.Event) string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What was told before a checkpoint and what is told after it make up what an
// uninterrupted search tells.
func TestResumedSearchTellsEverythingOnce(t *testing.T) {
	p := traintest.Problem(t, 30)
	method, err := train.Methods.Lookup("auto")
	if err != nil {
		t.Fatal(err)
	}
	type cut struct {
		told int
		at   []byte
	}
	var whole []string
	var cuts []cut
	if _, err := method.Fit(context.Background(), p, nil, func(e train.Event) {
		if e.Checkpoint == nil {
			whole = append(whole, words(t, e))
			return
		}
		text, err := json.Marshal(e.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		cuts = append(cuts, cut{len(whole), text})
	}); err != nil {
		t.Fatal(err)
	}
	for i, c := range cuts {
		var from train.Checkpoint
		if err := json.Unmarshal(c.at, &from); err != nil {
			t.Fatal(err)
		}
		told := append([]string{}, whole[:c.told]...)
		if _, err := method.Fit(context.Background(), p, &from, func(e train.Event) {
			if e.Checkpoint == nil {
				told = append(told, words(t, e))
			}
		}); err != nil {
			t.Fatal(err)
		}
		if len(told) != len(whole) {
			t.Errorf("checkpoint %d: %d events, the whole search has %d", i, len(told), len(whole))
			continue
		}
		for j := range told {
			if told[j] != whole[j] {
				t.Errorf("checkpoint %d, event %d: %s, want %s", i, j, told[j], whole[j])
				break
			}
		}
	}
}
