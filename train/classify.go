package train

import (
	"cmp"
	"math"
	"slices"
)

// Told is how well something tells the classes of recordings.
type Told struct {
	Name       string      // the model, or a baseline
	Recordings int         // compared
	P          [][]float64 // probabilities of each recording and class
	Truth      []int       // class of each recording
	Accuracy   float64     // share of recordings whose most probable class is the true one
	LogLoss    float64     // mean of −log of the probability of the true class, natural logarithm
	Brier      float64     // mean squared distance of the probabilities from 1 and 0, summed over classes: 0 to 2
	AUC        float64     // area under ROC, of two classes; else NaN
	Confusion  [][]int     // [true class][told class]
}

// leastProbability keeps the logarithm of a probability that rounding made 0 finite.
const leastProbability = 1e-300

// newTold scores probabilities of classes.
//
// Source: Brier, Mon. Weather Rev. 78 (1950) 1–3 (his score of several classes).
func newTold(name string, p [][]float64, truth []int, classes int) *Told {
	t := &Told{Name: name, Recordings: len(p), P: p, Truth: truth, AUC: math.NaN()}
	for range classes {
		t.Confusion = append(t.Confusion, make([]int, classes))
	}
	n := float64(len(p))
	for i, one := range p {
		told := MostProbable(one)
		t.Confusion[truth[i]][told]++
		if told == truth[i] {
			t.Accuracy += 1 / n
		}
		t.LogLoss -= math.Log(max(one[truth[i]], leastProbability)) / n
		for c, v := range one {
			if c == truth[i] {
				v--
			}
			t.Brier += v * v / n
		}
	}
	if len(p) == 0 {
		t.Accuracy, t.LogLoss, t.Brier = math.NaN(), math.NaN(), math.NaN()
	}
	if classes == 2 {
		t.AUC = t.area()
	}
	return t
}

// MostProbable is the place of the largest of probabilities, the first of equal ones.
func MostProbable(v []float64) int {
	best := 0
	for c := range v {
		if v[c] > v[best] {
			best = c
		}
	}
	return best
}

// area is that under ROC: the share of pairs of one recording of each class of which the second
// class has the larger probability in that of the second; equal ones count half. NaN without pairs.
//
// Source: Hanley, McNeil, Radiology 143 (1982) 29–36.
func (t *Told) area() (sum float64) {
	x, y := t.ROC()
	for i := 1; i < len(x); i++ {
		sum += (x[i] - x[i-1]) * (y[i] + y[i-1]) / 2
	}
	return sum
}

// ROC is the share of the recordings of the second of two classes that are told to be of it (up)
// against that of the recordings of the first (across), by falling threshold; nil of more classes.
func (t *Told) ROC() (across, up []float64) {
	if len(t.Confusion) != 2 {
		return nil, nil
	}
	order, count := make([]int, len(t.P)), [2]float64{}
	for i := range order {
		order[i] = i
		count[t.Truth[i]]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.P[b][1], t.P[a][1]) })
	across, up = []float64{0}, []float64{0}
	var seen [2]float64
	for k, i := range order {
		seen[t.Truth[i]]++
		if k+1 < len(order) && t.P[order[k+1]][1] == t.P[i][1] {
			continue
		}
		across, up = append(across, seen[0]/count[0]), append(up, seen[1]/count[1])
	}
	return across, up
}

// Reliability are the probabilities of told classes in bins of equal width: how often they were
// right against how sure they were, in the mean.
type Reliability struct {
	Sure, Right []float64 // of bins with recordings, ascending
	Count       []int
}

// reliabilityBins lie between 0 and 1.
const reliabilityBins = 10

// Reliability bins the recordings by the probability of the class that was told.
//
// Source: Murphy, Winkler, J. R. Stat. Soc. C 26 (1977) 41–47.
func (t *Told) Reliability() *Reliability {
	var sure, right [reliabilityBins]float64
	var count [reliabilityBins]int
	for i, one := range t.P {
		c := MostProbable(one)
		b := min(reliabilityBins-1, int(one[c]*reliabilityBins))
		sure[b], count[b] = sure[b]+one[c], count[b]+1
		if c == t.Truth[i] {
			right[b]++
		}
	}
	r := &Reliability{}
	for b, n := range count {
		if n > 0 {
			r.Sure, r.Right, r.Count = append(r.Sure, sure[b]/float64(n)), append(r.Right, right[b]/float64(n)), append(r.Count, n)
		}
	}
	return r
}
