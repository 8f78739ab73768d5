package chaos

import (
	"fmt"
	"math"
)

// finiteRows tells of the first value of x, n × d, that is no number.
func finiteRows(x []float64, d int) error {
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("column %d has no number in row %d; fill in missing values first", i%d+1, i/d+1)
		}
	}
	return nil
}

// columnMoments are mean and deviation of every column of x, n × d; a missing
// value or a constant column is an error.
func columnMoments(x []float64, d int) (mean, sd []float64, err error) {
	if err := finiteRows(x, d); err != nil {
		return nil, nil, err
	}
	n := float64(len(x) / d)
	mean, sd = make([]float64, d), make([]float64, d)
	moves := make([]bool, d)
	for i, v := range x {
		moves[i%d] = moves[i%d] || v != x[i%d]
		mean[i%d] += v / n
	}
	for i, v := range x {
		sd[i%d] += (v - mean[i%d]) * (v - mean[i%d])
	}
	for k := range sd {
		sd[k] = math.Sqrt(sd[k] / n)
		switch {
		case !moves[k] || !(sd[k] > 1e-12*math.Abs(mean[k])):
			return nil, nil, fmt.Errorf("column %d does not change; leave it out", k+1)
		case math.IsInf(sd[k], 1):
			return nil, nil, fmt.Errorf("the squares of column %d leave the floating-point numbers; choose another unit", k+1)
		}
	}
	return mean, sd, nil
}

// scaledRows are (x − mean)/sd.
func scaledRows(x, mean, sd []float64) []float64 {
	z, d := make([]float64, len(x)), len(mean)
	for i, v := range x {
		z[i] = (v - mean[i%d]) / sd[i%d]
	}
	return z
}

// standardised divides columns by their deviations; a constant one is an error.
func standardised(x []float64, d int) ([]float64, error) {
	mean, sd, err := columnMoments(x, d)
	if err != nil {
		return nil, err
	}
	return scaledRows(x, mean, sd), nil
}
