package chaos

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
)

// Recurrence are the usual measures of a recurrence plot: which rows are near which.
type Recurrence struct {
	Radius      float64 `json:"radius"`      // deviations
	Rate        float64 `json:"rate"`        // share of pairs that are near
	Determinism float64 `json:"determinism"` // share of them in diagonal lines
	MeanLine    float64 `json:"mean_line"`   // of diagonal lines, time
	LongestLine float64 `json:"longest_line"`
	Entropy     float64 `json:"entropy"`    // of the lengths of diagonal lines, nats
	Laminarity  float64 `json:"laminarity"` // share in vertical lines
	Trapping    float64 `json:"trapping"`   // mean of vertical lines, time
	Theiler     int     `json:"theiler"`
	Rows        int     `json:"rows"`
	Stride      int     `json:"stride"` // every so many rows were looked at
	// I and J are the pairs of rows that are near, I > J, some thousands of them.
	I      []int  `json:"i"`
	J      []int  `json:"j"`
	Status Status `json:"status"`
	Reason string `json:"reason"`
}

const (
	fewestRecurrence = 200
	recurrenceRows   = 2000
	recurrenceRate   = 0.05
	shortestLine     = 2
	mostDots         = 6000
)

// RecurrencePlot looks at which of the rows x, n × d, dt apart, are near which: within a
// radius that makes one pair of twenty near. Pairs near in time do not count. Of more than
// 2000 rows every second, third, … is taken.
// Source: Marwan, Romano, Thiel, Kurths, Phys. Rep. 438 (2007) 237.
func RecurrencePlot(x []float64, d int, dt float64) (*Recurrence, error) {
	n := len(x) / max(d, 1)
	r := &Recurrence{Status: OK}
	if n < fewestRecurrence {
		r.Status, r.Reason = TooShort, fmt.Sprintf("there are %d rows; a recurrence plot needs %d at least", n, fewestRecurrence)
		return r, nil
	}
	z, err := standardised(x, d)
	if err != nil {
		return nil, err
	}
	r.Stride = (n + recurrenceRows - 1) / recurrenceRows
	var rows []float64
	for i := 0; i < n; i += r.Stride {
		rows = append(rows, z[i*d:(i+1)*d]...)
	}
	r.Rows = len(rows) / d
	r.Theiler = max(1, min(theilerWindow(z, d)/3/r.Stride, r.Rows/10))
	near := r.near(rows, d)
	r.lines(near, dt*float64(r.Stride))
	r.dots(near)
	return r, nil
}

// near is a matrix of who is near whom.
func (r *Recurrence) near(z []float64, d int) [][]bool {
	n := r.Rows
	var squares []float64
	for i := 0; i < n; i += max(1, n/400) {
		for j := 0; j < i-r.Theiler; j += max(1, n/400) {
			squares = append(squares, num.Square(z[i*d:(i+1)*d], z[j*d:(j+1)*d]))
		}
	}
	slices.Sort(squares)
	bound := squares[int(recurrenceRate*float64(len(squares)))] * (1 + 1e-9)
	r.Radius = math.Sqrt(bound)
	out := make([][]bool, n)
	count, pairs := 0.0, 0.0
	for i := range n {
		out[i] = make([]bool, n)
	}
	for i := range n {
		for j := 0; j <= i-r.Theiler; j++ {
			pairs++
			if num.Square(z[i*d:(i+1)*d], z[j*d:(j+1)*d]) <= bound {
				out[i][j], out[j][i] = true, true
				count++
			}
		}
	}
	r.Rate = count / pairs
	return out
}

// lines gathers diagonal and vertical lines.
func (r *Recurrence) lines(near [][]bool, dt float64) {
	n := r.Rows
	var diagonal, vertical []int
	for lag := r.Theiler; lag < n; lag++ {
		diagonal = append(diagonal, runs(n-lag, func(k int) bool { return near[k+lag][k] })...)
	}
	for j := range n {
		vertical = append(vertical, runs(n, func(i int) bool { return near[i][j] })...)
	}
	r.Determinism, r.MeanLine = share(diagonal)
	r.Laminarity, r.Trapping = share(vertical)
	r.MeanLine, r.Trapping = r.MeanLine*dt, r.Trapping*dt
	counts, all := map[int]float64{}, 0.0
	for _, l := range diagonal {
		r.LongestLine = max(r.LongestLine, float64(l)*dt)
		if l >= shortestLine {
			counts[l]++
			all++
		}
	}
	var lengths []int
	for l := range counts {
		lengths = append(lengths, l)
	}
	slices.Sort(lengths)
	for _, l := range lengths {
		r.Entropy -= counts[l] / all * math.Log(counts[l]/all)
	}
}

// runs are the lengths of the stretches of n places where on holds.
func runs(n int, on func(int) bool) []int {
	var out []int
	length := 0
	for k := range n {
		if on(k) {
			length++
			continue
		}
		if length > 0 {
			out = append(out, length)
		}
		length = 0
	}
	if length > 0 {
		out = append(out, length)
	}
	return out
}

// share of the points in lines of two or more, and their mean length.
func share(lengths []int) (part, mean float64) {
	in, all, count := 0.0, 0.0, 0.0
	for _, l := range lengths {
		all += float64(l)
		if l >= shortestLine {
			in, count = in+float64(l), count+1
		}
	}
	return in / max(all, 1), in / max(count, 1)
}

func (r *Recurrence) dots(near [][]bool) {
	var i, j []int
	for a, row := range near {
		for b := range a {
			if row[b] {
				i, j = append(i, a), append(j, b)
			}
		}
	}
	for k, step := 0, (len(i)+mostDots-1)/mostDots; k < len(i); k += max(1, step) {
		r.I, r.J = append(r.I, i[k]), append(r.J, j[k])
	}
}
