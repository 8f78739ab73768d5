package main

import (
	"encoding/binary"
	"fmt"
	"testing"
)

func TestClocksAndTheOrderOfKeysDoNotCount(t *testing.T) {
	a := `{"mse": 1.50, "seconds": 3, "tried": [{"seconds": 4, "name": "x"}]}`
	b := `{"tried": [{"name": "x"}], "mse": 1.50, "seconds": 7}`
	other := `{"tried": [{"name": "x"}], "mse": 1.51}`
	if h := hash(without([]byte(a), "seconds")); h != hash(without([]byte(b), "seconds")) || h == hash(without([]byte(other), "seconds")) {
		t.Error("the clock counts, or a number does not")
	}
}

func TestAModelFileIsCutIntoWordsAndNumbers(t *testing.T) {
	header := fmt.Sprintf(`{"__metadata__":{"model":%q}}`, `{"units":[]}`)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	words, numbers := halves(append(append(file, header...), 1, 2, 3))
	if string(words) != `{"units":[]}` || string(numbers) != "\x01\x02\x03" {
		t.Errorf("words %q, numbers %v", words, numbers)
	}
}
