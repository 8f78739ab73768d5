package num

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// PowerSpectrum returns the shares of variance at the frequencies 0, 1/n, 2/n, …
// cycles a sample, n being the number of samples that are looked at: the first
// ones, as many as a fast transform has (FastLength). The mean is taken out first
// and spectra are smoothed with a Gaussian whose deviation is smooth frequencies;
// 0: not at all.
func PowerSpectrum(x []float64, smooth float64) []float64 {
	x = append([]float64{}, x[:FastLength(len(x))]...)
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
	}
	c := fourier.NewFFT(len(x)).Coefficients(nil, x)
	p := make([]float64, len(c))
	for i, v := range c {
		p[i] = real(v)*real(v) + imag(v)*imag(v)
	}
	p = smoothed(p, smooth)
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// smoothed is the convolution with a Gaussian, nothing being beyond the ends.
func smoothed(p []float64, sd float64) []float64 {
	if sd == 0 {
		return p
	}
	reach := int(5 * sd)
	kernel := make([]float64, reach+1)
	for k := range kernel {
		kernel[k] = math.Exp(-float64(k*k) / (2 * sd * sd))
	}
	out := make([]float64, len(p))
	for i := range out {
		for j := max(0, i-reach); j <= min(len(p)-1, i+reach); j++ {
			out[i] += p[j] * kernel[max(i-j, j-i)]
		}
	}
	return out
}

// FastLength is the largest number up to n that has no prime factors but 2, 3 and 5.
func FastLength(n int) int {
	for ; n > 1; n-- {
		m := n
		for _, p := range []int{2, 3, 5} {
			for m%p == 0 {
				m /= p
			}
		}
		if m == 1 {
			break
		}
	}
	return n
}

// Hellinger returns √(1 − Σ √(p·q)) of two distributions over the same places.
func Hellinger(p, q []float64) float64 {
	sum := 0.0
	for i, v := range p {
		sum += math.Sqrt(v * q[i])
	}
	return math.Sqrt(max(0, 1-sum))
}
