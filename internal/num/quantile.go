package num

// Quantile interpolates linearly between the sorted values.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := min(int(at), max(0, len(sorted)-2))
	if len(sorted) == 1 {
		return sorted[0]
	}
	w := at - float64(i)
	return sorted[i] + w*(sorted[i+1]-sorted[i])
}
