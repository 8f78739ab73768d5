//go:build slow

package train

import (
	"os"
	"strconv"
	"testing"
)

// Bands of default fits of simple records with white noise, over many draws. ENTRAIN_DRAWS sets
// how many, 30 if not set; ENTRAIN_ONLY the record; ENTRAIN_SHOW tells of each draw.
func TestBandsOfSimpleRecordsHoldAndAreNotTooWide(t *testing.T) {
	draws := 30
	if n, err := strconv.Atoi(os.Getenv("ENTRAIN_DRAWS")); err == nil {
		draws = n
	}
	for name, s := range simpleTruths() {
		if only := os.Getenv("ENTRAIN_ONLY"); only != "" && only != name {
			continue
		}
		var all []bandOutcome
		for seed := range draws {
			o := s.ofBand(t, uint64(seed))
			showBand(t, name, seed, o)
			all = append(all, o)
		}
		promisedBands.judge(t, name, all)
	}
}

// showBand tells of one draw, with ENTRAIN_SHOW.
func showBand(t *testing.T, name string, seed int, o bandOutcome) {
	if os.Getenv("ENTRAIN_SHOW") != "" {
		t.Logf("%s %d: holds %.3f, width %.2f  %s; noise %.2f, growth %.2f, apart %.2f, factors %.3v", name, seed, o.coverage, o.width, o.kept,
			o.band.Noise, o.band.Growth, o.band.Apart, o.band.Groups)
	}
}
