package num

import "math"

// DensityOptions say how a spectral density is estimated.
type DensityOptions struct {
	Starts int     // random start vectors
	Steps  int     // Lanczos steps from each
	Width  float64 // standard deviation of the Gaussian that stands for an eigenvalue; 0 = spreadShare of the range
	Points int     // of the grid; 0 = spectrumPoints
	// Published gives every Ritz value the same weight, and the Gaussian the
	// variance 1e-5·max(1, range), as the tool of Ko et al. (2023) did. That is
	// a histogram of Ritz values, not an estimate of the density.
	Published bool
	Seed      uint64
}

const (
	spreadShare    = 0.005
	spectrumPoints = 1001
)

// SpectralDensity is the density of eigenvalues of H: a probability density in λ,
// smoothed by Gaussians of the given width.
type SpectralDensity struct {
	// Values[j] and Weights[j] are the Gauss quadrature of the density that
	// start j found. The weights of a start add up to 1.
	Values  [][]float64 `json:"values"`
	Weights [][]float64 `json:"weights"`
	Width   float64     `json:"width"`
	Grid    []float64   `json:"grid"`
	Density []float64   `json:"density"` // mean over starts
	Error   []float64   `json:"error"`   // its standard error; nil for one start
	Least   float64     `json:"least"`   // smallest and largest Ritz value of all starts
	Most    float64     `json:"most"`
}

// NewSpectralDensity estimates the spectral density by stochastic Lanczos quadrature:
// from random signs v, the Ritz values θ_i of v's Krylov space with weights
// (first component of the i-th eigenvector of the tridiagonal matrix)² are the
// Gauss quadrature of v's spectral measure, whose mean over v is the density.
//
// Source: Ubaru, Chen, Saad, SIAM J. Matrix Anal. Appl. 38 (2017) 1075;
// Ghorbani, Krishnan, Xiao, ICML 2019.
func NewSpectralDensity(op Operator, o DensityOptions) *SpectralDensity {
	all := make([]*krylov, o.Starts)
	for j := range all {
		all[j] = &krylov{}
		all[j].begin(rademacher(op.Size(), o.Seed, "hessian/spectrum", uint64(j)))
	}
	for m := 0; m < o.Steps && extend(op, all); m++ {
	}
	s := &SpectralDensity{Least: math.Inf(1), Most: math.Inf(-1)}
	for _, k := range all {
		values, vectors := k.ritz()
		weights := make([]float64, len(values))
		for i := range weights {
			weights[i] = vectors.At(0, i) * vectors.At(0, i)
			if o.Published {
				weights[i] = 1 / float64(len(values))
			}
		}
		s.Values, s.Weights = append(s.Values, values), append(s.Weights, weights)
		s.Least, s.Most = min(s.Least, values[0]), max(s.Most, values[len(values)-1])
	}
	s.smooth(&o)
	return s
}

// smooth evaluates the density on a grid.
func (s *SpectralDensity) smooth(o *DensityOptions) {
	width := s.Most - s.Least
	switch s.Width = o.Width; {
	case o.Published:
		s.Width = math.Sqrt(1e-5 * max(1, width))
	case s.Width == 0:
		s.Width = spreadShare * width
	}
	if s.Width == 0 { // all eigenvalues are equal
		s.Width = max(1e-3*math.Abs(s.Most), 1e-12)
	}
	n := o.Points
	if n == 0 {
		n = spectrumPoints
	}
	lo, hi := s.Least-4*s.Width, s.Most+4*s.Width
	sample := make([]float64, len(s.Values))
	for i := range n {
		x := lo + (hi-lo)*float64(i)/float64(n-1)
		for j := range sample {
			sample[j] = s.at(j, x)
		}
		mean, se := MeanError(sample)
		s.Grid, s.Density = append(s.Grid, x), append(s.Density, mean)
		if len(sample) > 1 {
			s.Error = append(s.Error, se)
		}
	}
}

// at is the density that start j found at x.
func (s *SpectralDensity) at(j int, x float64) float64 {
	sum := 0.0
	for i, v := range s.Values[j] {
		if d := (x - v) / s.Width; math.Abs(d) < 9 { // beyond, the Gaussian is below rounding
			sum += s.Weights[j][i] * math.Exp(-d*d/2)
		}
	}
	return sum / (s.Width * math.Sqrt(2*math.Pi))
}

// Below is the estimated share of eigenvalues below x, and its standard error.
func (s *SpectralDensity) Below(x float64) (share, se float64) {
	sample := make([]float64, len(s.Values))
	for j := range sample {
		for i, v := range s.Values[j] {
			if v < x {
				sample[j] += s.Weights[j][i]
			}
		}
	}
	return MeanError(sample)
}
