package cli

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// The events are framed as TFRecord says, and have the numbers of the metrics.
func TestMetricsBecomeEvents(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 { // RFC 3720
		t.Fatalf("%x", got)
	}
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	must(t, "convert", "run", "run.tfevents")
	must(t, "convert", "run", "again.tfevents")
	text, err := os.ReadFile("run.tfevents")
	if err != nil || string(text) != read(t, "again.tfevents") {
		t.Fatalf("the same run gives other events, %v", err)
	}
	f, err := os.Open("run/" + study.MetricsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := study.ReadMetrics(f)
	if err != nil {
		t.Fatal(err)
	}
	var want []float32
	for _, m := range lines {
		for _, v := range []*float64{m.Loss, m.MSE, m.Heldout, m.Lambda} {
			if v != nil {
				want = append(want, float32(*v))
			}
		}
	}
	var got []float32
	for n := 0; len(text) > 0; n++ {
		size := binary.LittleEndian.Uint64(text)
		if binary.LittleEndian.Uint32(text[8:]) != masked(text[:8]) || binary.LittleEndian.Uint32(text[12+size:]) != masked(text[12:12+size]) {
			t.Fatalf("record %d has a wrong checksum", n)
		}
		event := text[12 : 12+size]
		text = text[16+size:]
		if n == 0 {
			if !bytes.Contains(event, []byte("brain.Event:2")) {
				t.Error("the first record does not say what the file is")
			}
			continue
		}
		got = append(got, math.Float32frombits(binary.LittleEndian.Uint32(event[len(event)-4:])))
	}
	if len(got) == 0 || len(got) != len(want) {
		t.Fatalf("%d events of %d values", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("event %d has %g, want %g", i, got[i], want[i])
		}
	}
	if o := entrain("convert", "lynx-hare.csv", "x.tfevents"); o.code != 2 {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}
