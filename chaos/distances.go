package chaos

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// Distance is one way to tell how far the long-run statistics of two recordings
// are apart.
type Distance struct {
	Name string // as in papers, with its version
	Doc  string
	of   func(p *clouds) float64 // of the second from the first
	fits func(d int) bool        // whether it means something in d dimensions; nil: always
}

// Distances are those that MeasureDistances computes.
var Distances = []Distance{
	{Name: "d_stsp", Doc: "Kullback–Leibler divergence of visits, nats; 30 bins a column over the range of the truth and 0.1 deviations beyond, counts + 1e-5",
		of: func(p *clouds) float64 { return p.visits(0.1) }, fits: fewColumns},
	{Name: "d_stsp-2sd", Doc: "the same with 2 deviations beyond the range, as in older programs",
		of: func(p *clouds) float64 { return p.visits(2) }, fits: fewColumns},
	{Name: "d_stsp-mixture", Doc: "Kullback–Leibler divergence of mixtures with a Gaussian of unit variance around every standardised row, nats; 1000 draws",
		of: func(p *clouds) float64 {
			return num.MixtureKL(num.Thinned(p.x, p.d, mixtureRows), num.Thinned(p.y, p.d, mixtureRows), p.d, 1000, 0)
		}},
	{Name: "d_h", Doc: "Hellinger distance of power spectra smoothed over 20 frequencies, mean over columns; 0 to 1", of: (*clouds).spectra},
	{Name: "mmd2", Doc: "square of the maximum mean discrepancy, unbiased, rational quadratic kernels of widths 0.2, 0.5, 0.9, 1.3 deviations",
		of: func(p *clouds) float64 {
			return num.MMD(num.Thinned(p.x, p.d, mmdRows), num.Thinned(p.y, p.d, mmdRows), p.d, num.MMDWidths)
		}},
	{Name: "sliced-w1", Doc: "Wasserstein distance of order 1 of projections on 64 directions, their mean, in deviations",
		of: func(p *clouds) float64 { return num.SlicedWasserstein1(p.x, p.y, p.d, 64, 0) }},
	{Name: "w1", Doc: "Wasserstein distance of order 1 of every column, their mean, in deviations", of: (*clouds).columnsApart},
	{Name: "sinkhorn", Doc: "Sinkhorn distance of order 2, temperature (0.1 deviations)², of 256 rows, in deviations",
		of: func(p *clouds) float64 {
			return num.Sinkhorn(num.Thinned(p.x, p.d, sinkhornRows), num.Thinned(p.y, p.d, sinkhornRows), p.d, 0.1)
		}},
	{Name: "l1", Doc: "sum of differences of the histograms of a column over 50 bins of the range of the truth, mean over columns; 0 to 2", of: (*clouds).histograms},
}

// Rows that costly distances look at, evenly spread.
const (
	mixtureRows  = 5000
	mmdRows      = 1000
	sinkhornRows = 256
	visitBins    = 30
	visitColumns = 5 // of more, cells are far more than points can ever be
	visitSmooth  = 1e-5
	columnBins   = 50
	spectrumSD   = 20
)

func fewColumns(d int) bool { return d <= visitColumns }

// clouds are two recordings in deviations of the truth, rows in order.
type clouds struct {
	x, y []float64 // n × d and m × d
	d    int
}

// box is the range of the truth and a margin.
func (p *clouds) box(margin float64, bins int) *num.Grid {
	g := &num.Grid{Bins: bins}
	for k := range p.d {
		lo, hi := math.Inf(1), math.Inf(-1)
		for i := k; i < len(p.x); i += p.d {
			lo, hi = min(lo, p.x[i]), max(hi, p.x[i])
		}
		g.Lo, g.Hi = append(g.Lo, lo-margin), append(g.Hi, hi+margin)
	}
	return g
}

func (p *clouds) visits(margin float64) float64 {
	return num.HistogramKL(p.box(margin, visitBins), p.x, p.y, visitSmooth)
}

func (p *clouds) column(x []float64, k int) []float64 {
	out := make([]float64, 0, len(x)/p.d)
	for i := k; i < len(x); i += p.d {
		out = append(out, x[i])
	}
	return out
}

// spectra compares as many rows as both have.
func (p *clouds) spectra() float64 {
	n, sum := min(len(p.x), len(p.y)), 0.0
	for k := range p.d {
		sum += num.Hellinger(num.PowerSpectrum(p.column(p.x[:n], k), spectrumSD), num.PowerSpectrum(p.column(p.y[:n], k), spectrumSD))
	}
	return sum / float64(p.d)
}

func (p *clouds) columnsApart() float64 {
	sum := 0.0
	for k := range p.d {
		sum += num.Wasserstein1(p.column(p.x, k), p.column(p.y, k))
	}
	return sum / float64(p.d)
}

func (p *clouds) histograms() float64 {
	all, sum := p.box(0, columnBins), 0.0
	for k := range p.d {
		g := &num.Grid{Lo: all.Lo[k : k+1], Hi: all.Hi[k : k+1], Bins: columnBins}
		sum += num.HistogramL1(g, p.column(p.x, k), p.column(p.y, k))
	}
	return sum / float64(p.d)
}

// MeasuredDistance is a distance and what it is between two pieces of truth.
type MeasuredDistance struct {
	Name  string  `json:"name"`
	Doc   string  `json:"doc"`
	Whole float64 `json:"whole"` // between all rows of both; compare with figures of papers, which have no floor
	// Value is the mean over pairs of pieces of equal length, Floor that over pairs
	// of pieces of truth, FloorMost the largest of them.
	Value     float64 `json:"value"`
	Floor     float64 `json:"floor"`
	FloorMost float64 `json:"floor_most"`
	AtFloor   bool    `json:"at_floor"` // Value is no larger than pieces of truth are apart
}

// DistanceReport are all distances between a recording and the truth.
type DistanceReport struct {
	Distances []MeasuredDistance `json:"distances"`
	Rows      int                `json:"rows"`   // of a piece
	Pieces    [2]int             `json:"pieces"` // of truth and of the other
	Status    Status             `json:"status"`
	Reason    string             `json:"reason"`
}

// A distance needs pieces of so many rows, and looks at so many of them.
const (
	fewestInPiece = 100
	mostOfPieces  = 4
)

// MeasureDistances computes all distances of one recording from the truth, each
// with its floor: the same distance between pieces of the truth. Both are lists of
// runs of rows, d columns each, row-major, with equal steps in time. All columns
// are taken in deviations of the truth.
//
// Pieces have one length: that of the shortest run of the other recording, or half
// of the longest of the truth if that is less; floors depend on it strongly, so a
// distance without one says nothing.
// Status: TooShort if pieces have fewer than 100 rows.
func MeasureDistances(truth, other [][]float64, d int) (*DistanceReport, error) {
	r := &DistanceReport{Status: OK}
	longest, shortest := 0, math.MaxInt
	for _, x := range truth {
		longest = max(longest, len(x)/d)
	}
	for _, y := range other {
		shortest = min(shortest, len(y)/d)
	}
	r.Rows = min(shortest, longest)
	if len(pieces(truth, d, r.Rows)) < 2 {
		r.Rows = min(shortest, longest/2)
	}
	if r.Rows < fewestInPiece {
		r.Status = TooShort
		r.Reason = fmt.Sprintf("distances of attractors need pieces of %d rows, and two of them in the truth; there are %d rows, and %d of the truth", fewestInPiece, max(0, min(shortest, math.MaxInt32)), longest)
		return r, nil
	}
	all := joined(truth)
	mean, sd, err := columnMoments(all, d)
	if err != nil {
		return nil, fmt.Errorf("the truth: %w", err)
	}
	if err := finiteRows(joined(other), d); err != nil {
		return nil, fmt.Errorf("the other recording: %w", err)
	}
	inDeviations := func(runs [][]float64) [][]float64 {
		out := make([][]float64, len(runs))
		for k, x := range runs {
			out[k] = scaledRows(x, mean, sd)
		}
		return out
	}
	truth, other = inDeviations(truth), inDeviations(other)
	a, b := pieces(truth, d, r.Rows), pieces(other, d, r.Rows)
	r.Pieces = [2]int{len(a), len(b)}
	for _, k := range Distances {
		if k.fits == nil || k.fits(d) {
			r.Distances = append(r.Distances, k.measure(a, b, &clouds{x: joined(truth), y: joined(other), d: d}))
		}
	}
	return r, nil
}

func joined(runs [][]float64) []float64 {
	if len(runs) == 1 {
		return runs[0]
	}
	var out []float64
	for _, x := range runs {
		out = append(out, x...)
	}
	return out
}

// pieces cuts runs into pieces of n rows, at most mostOfPieces, evenly spread.
func pieces(runs [][]float64, d, n int) [][]float64 {
	if n < 1 {
		return nil
	}
	var all [][]float64
	for _, x := range runs {
		for ; len(x) >= n*d; x = x[n*d:] {
			all = append(all, x[:n*d])
		}
	}
	if len(all) <= mostOfPieces {
		return all
	}
	out := make([][]float64, mostOfPieces)
	for k := range out {
		out[k] = all[k*(len(all)-1)/(mostOfPieces-1)]
	}
	return out
}

// measure compares pieces of truth with pieces of the other, and among themselves.
func (k *Distance) measure(truth, other [][]float64, whole *clouds) MeasuredDistance {
	m := MeasuredDistance{Name: k.Name, Doc: k.Doc, Whole: k.of(whole)}
	for _, x := range truth {
		for _, y := range other {
			m.Value += k.of(&clouds{x: x, y: y, d: whole.d}) / float64(len(truth)*len(other))
		}
	}
	count := 0
	for i, x := range truth {
		for j, y := range truth {
			if i == j {
				continue
			}
			v := k.of(&clouds{x: x, y: y, d: whole.d})
			if count == 0 || v > m.FloorMost {
				m.FloorMost = v
			}
			m.Floor += v
			count++
		}
	}
	m.Floor /= float64(count)
	m.AtFloor = m.Value <= m.FloorMost
	return m
}
