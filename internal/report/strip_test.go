package report

import (
	"encoding/base64"
	"image/png"
	"math"
	"strings"
	"testing"
)

// TestStripIsTheFrames: their greys lie where they belong, one pixel apart; large frames are
// averaged, and what is not known is red.
func TestStripIsTheFrames(t *testing.T) {
	s := &Strip{Rows: []string{"true", "forecast"}, Heads: []string{"1", "2"}, High: 2, Wide: 3, Lo: 0, Hi: 1,
		Frames: [][]float64{{0, 0, 0, 0, 0, 1}, {1, 1, 1, 1, 1, 1}, {0.5, 2, -1, 0, 0, math.NaN()}, nil}}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(string(s.Source()), "data:image/png;base64,")
	img, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil || !ok || img.Bounds().Dx() != 7 || img.Bounds().Dy() != 5 {
		t.Fatalf("%v, %v", err, img.Bounds())
	}
	for at, want := range map[[2]int][2]uint32{{0, 0}: {0, 0}, {2, 1}: {255, 255}, {4, 0}: {255, 255}, {0, 3}: {128, 128}, {1, 3}: {255, 255}, {2, 3}: {0, 0}, {2, 4}: {200, 70}, {5, 4}: {200, 70}} {
		r, g, _, _ := img.At(at[0], at[1]).RGBA()
		if r>>8 != want[0] || g>>8 != want[1] {
			t.Errorf("%v is %d %d, want %v", at, r>>8, g>>8, want)
		}
	}
	large := &Strip{Rows: []string{"true"}, Heads: []string{"1"}, High: 128, Wide: 128, Hi: 1, Frames: [][]float64{make([]float64, 128*128)}}
	large.Frames[0][0] = 1
	text = strings.TrimPrefix(string(large.Source()), "data:image/png;base64,")
	if img, err = png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text))); err != nil || img.Bounds().Dx() != 64 {
		t.Fatal(err, img.Bounds())
	}
	if r, _, _, _ := img.At(0, 0).RGBA(); r>>8 < 60 || r>>8 > 67 {
		t.Errorf("a quarter of white is %d", r>>8)
	}
	for _, bad := range []*Strip{{High: 1, Wide: 1}, {High: 2, Wide: 1, Rows: []string{"a"}, Heads: []string{"1"}, Frames: [][]float64{{1}}}} {
		if bad.check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}
