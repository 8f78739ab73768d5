package train

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// regressed makes a classifier begin as the regression on its features that fits the recordings it
// sees, nil: all; its latent state has no say yet. Nothing changes for other models.
func (p *Problem) regressed(theta []float64, seen []int) {
	c, ok := p.Arch.(*field.Classifier)
	if !ok || !c.Summary || p.labels == nil {
		return
	}
	var series []data.Series
	var labels []string
	for i := range p.Train {
		if seen == nil || slices.Contains(seen, i) {
			series, labels = append(series, p.Train[i]), append(labels, p.labels.Train[i])
		}
	}
	x := summaries(c, series)
	var b *mat.Dense
	if p.labels.Classes != nil {
		b = logistic(x, p.labels.classOf(labels), len(p.labels.Classes))
	} else {
		y := numbersOf(labels)
		for i := range y {
			y[i] = p.Parts.Frame.Scaled(0, y[i])
		}
		b = ridgeFit(x, y)
	}
	for _, l := range p.Parts.Layers {
		switch l.Name {
		case "read-out":
			clear(theta[l.W : l.W+l.Rows*l.Cols])
			for i := range l.Rows {
				theta[l.B+i] = b.At(0, i)
			}
		case "summary":
			for i := range l.Rows {
				for j := range l.Cols {
					theta[l.W+i*l.Cols+j] = b.At(1+j, i)
				}
			}
		}
	}
}

// summaries are the features of recordings as the classifier centres and scales them, ones in front.
func summaries(c *field.Classifier, series []data.Series) *mat.Dense {
	n := len(c.Typical) / 2
	x := mat.NewDense(len(series), 1+n, nil)
	for i := range series {
		x.Set(i, 0, 1)
		for at := range n {
			v := summaryOf(&series[i], at/field.Features)[at%field.Features]
			x.Set(i, 1+at, (v-c.Typical[2*at])/c.Typical[2*at+1])
		}
	}
	return x
}
