package num

import "github.com/entrain-dev/entrain/internal/par"

// MMD returns the square of the maximum mean discrepancy between two clouds, n × d
// and m × d, row-major, with rational quadratic kernels of several widths:
//
//	k(r) = Σ_a a²/(a² + r²)
//
// The estimate is unbiased, so it is about zero, and may be below, for two samples
// of one distribution. Cost: (n + m)²/2 kernels.
// Source: Gretton et al., JMLR 13 (2012) 723; the kernels are those of Schiff et
// al., ICML (2024), arXiv:2402.04467, with a = 0.2, 0.5, 0.9, 1.3 (MMDWidths).
func MMD(x, y []float64, d int, widths []float64) float64 {
	n, m := float64(len(x)/d), float64(len(y)/d)
	within := func(v []float64, count float64) float64 {
		// The diagonal, where the kernel is the number of widths, does not count.
		return (kernelSum(v, v, d, widths) - count*float64(len(widths))) / (count * (count - 1))
	}
	return within(x, n) + within(y, m) - 2*kernelSum(x, y, d, widths)/(n*m)
}

// MMDWidths suit clouds of unit deviation.
var MMDWidths = []float64{0.2, 0.5, 0.9, 1.3}

func kernelSum(x, y []float64, d int, widths []float64) float64 {
	squares := make([]float64, len(widths))
	for k, a := range widths {
		squares[k] = a * a
	}
	const piece = 64
	n := len(x) / d
	parts := make([]float64, (n+piece-1)/piece)
	par.Chunks(n, piece, func(c, lo, hi int) {
		sum := 0.0
		for i := lo; i < hi; i++ {
			p := x[i*d : (i+1)*d]
			for j := 0; j+d <= len(y); j += d {
				r := Square(p, y[j:j+d])
				for _, a := range squares {
					sum += a / (a + r)
				}
			}
		}
		parts[c] = sum
	})
	sum := 0.0
	for _, v := range parts {
		sum += v
	}
	return sum
}
