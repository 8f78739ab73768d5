package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Strip shows frames side by side, row under row, in grey.
type Strip struct {
	Title, Hint string
	Rows        []string // what each row of frames shows, from above
	Heads       []string // over each frame of a row
	High, Wide  int      // of a frame, pixels
	Frames      [][]float64
	Lo, Hi      float64 // black and white
}

// mostSide is how many pixels a side of a frame has at most; those of larger ones are averaged.
const mostSide = 64

func (s *Strip) check() error {
	if s.High < 1 || s.Wide < 1 || len(s.Heads) < 1 || len(s.Frames) != len(s.Rows)*len(s.Heads) || !finite(s.Lo) || !finite(s.Hi) {
		return fmt.Errorf("%s: %d frames of %d × %d for %d rows under %d heads, from %g to %g", s.Title, len(s.Frames), s.High, s.Wide, len(s.Rows), len(s.Heads), s.Lo, s.Hi)
	}
	for _, f := range s.Frames {
		if len(f) != 0 && len(f) != s.High*s.Wide {
			return fmt.Errorf("%s: a frame of %d values; there are %d × %d pixels", s.Title, len(f), s.High, s.Wide)
		}
	}
	return nil
}

// Source is the picture as an image that lies in the page itself. Frames without values, and
// missing values, are red.
func (s *Strip) Source() template.URL {
	k := max(1, (max(s.High, s.Wide)+mostSide-1)/mostSide)
	high, wide := (s.High+k-1)/k, (s.Wide+k-1)/k
	n := len(s.Heads)
	gray := make(color.Palette, 256)
	for i := range 254 {
		v := uint8(math.Round(float64(i) / 253 * 255))
		gray[i] = color.Gray{Y: v}
	}
	gray[254], gray[255] = color.RGBA{R: 200, G: 70, B: 60, A: 255}, color.RGBA{}
	out := image.NewPaletted(image.Rect(0, 0, n*(wide+1)-1, len(s.Rows)*(high+1)-1), gray)
	for i := range out.Pix {
		out.Pix[i] = 255 // between frames the page shows through
	}
	for at, f := range s.Frames {
		left, top := at%n*(wide+1), at/n*(high+1)
		for p := range high * wide {
			out.SetColorIndex(left+p%wide, top+p/wide, s.level(f, p/wide*k, p%wide*k, k))
		}
	}
	var b bytes.Buffer
	if png.Encode(&b, out) != nil {
		panic("report: a picture cannot be written to memory")
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
}

// level is the mean of k × k pixels of a frame as a place in the palette.
func (s *Strip) level(f []float64, row, col, k int) uint8 {
	sum, n := 0.0, 0.0
	for i := row; i < min(row+k, s.High) && len(f) > 0; i++ {
		for j := col; j < min(col+k, s.Wide); j++ {
			sum, n = sum+f[i*s.Wide+j], n+1
		}
	}
	if sum /= n; math.IsNaN(sum) {
		return 254
	}
	if !(s.Hi > s.Lo) {
		return 0
	}
	return uint8(math.Round(253 * math.Max(0, math.Min(1, (sum-s.Lo)/(s.Hi-s.Lo)))))
}

// Alt says what the picture shows, for those who cannot see it.
func (s *Strip) Alt() string {
	return fmt.Sprintf("%s: %s frames, each in %s rows.", s.Title, count(len(s.Heads)), count(len(s.Rows)))
}
