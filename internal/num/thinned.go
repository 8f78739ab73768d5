package num

// Thinned are at most that many rows of d numbers, evenly spread; x itself if it has no
// more.
func Thinned(x []float64, d, most int) []float64 {
	n := len(x) / d
	if n <= most {
		return x
	}
	out := make([]float64, 0, most*d)
	for k := range most {
		i := k * n / most
		out = append(out, x[i*d:(i+1)*d]...)
	}
	return out
}
