package scenes

import "math"

// What a frame has to have of light, in parts of that of the true one, to show something at all.
const leastLight = 0.25

// centreOf is the centre of the light of a frame, pixels; NaN where it is all but dark beside true.
// Light below a tenth of full light, such as a decoder leaves everywhere, does not count.
func centreOf(frame, true []float64) (x, y float64) {
	light := func(f []float64) (sum, x, y float64) {
		for at, v := range f {
			if v = v - 0.1; v > 0 {
				sum, x, y = sum+v, x+v*float64(at%side), y+v*float64(at/side)
			}
		}
		return sum, x / sum, y / sum
	}
	all, _, _ := light(true)
	sum, x, y := light(frame)
	if !(sum >= leastLight*all) {
		return math.NaN(), math.NaN()
	}
	return x, y
}

// Score is what forecasts of the frames of one recording are worth.
type Score struct {
	MSE    float64   // of pixels, all frames
	Part   float64   // MSE in parts of that of the mean frame
	Far    float64   // largest distance of the centre of light from where it is, pixels; +Inf where there is none
	Frames []float64 // MSE of each frame
}

// Slope is how fast the MSE of frames grows, a frame, by least squares.
func (s *Score) Slope() float64 {
	n := float64(len(s.Frames))
	up, across := 0.0, 0.0
	for k, v := range s.Frames {
		d := float64(k) - (n-1)/2
		up, across = up+d*v, across+d*d
	}
	return up / across
}

// Good tells that the centre is within a pixel in every frame, and that the error is at most a
// tenth of that of the mean frame.
func (s *Score) Good() bool { return s.Far <= 1 && s.Part <= 0.1 }

// NewScore compares forecasts with true frames, frames × pixels; mean is the mean frame of the
// training recordings.
func NewScore(forecast, true, mean []float64) Score {
	var s Score
	size, plain := side*side, 0.0
	for at := 0; at+size <= len(true); at += size {
		want, got, one := true[at:at+size], []float64(nil), math.Inf(1)
		if at+size <= len(forecast) {
			got, one = forecast[at:at+size], 0
			for i, v := range got {
				one += (v - want[i]) * (v - want[i]) / float64(size)
			}
		}
		for i, v := range mean {
			plain += (v - want[i]) * (v - want[i]) / float64(size)
		}
		s.Frames, s.MSE = append(s.Frames, one), s.MSE+one
		far := math.Inf(1)
		if got != nil {
			x, y := centreOf(want, want)
			if gx, gy := centreOf(got, want); !math.IsNaN(gx) {
				far = math.Hypot(gx-x, gy-y)
			}
		}
		s.Far = max(s.Far, far)
	}
	s.Part = s.MSE / plain
	s.MSE /= float64(len(s.Frames))
	return s
}
