package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train/misfit"
)

// What recordings are called is learnt as follows. Their columns become inputs, and their states
// are what a field.Classifier shows: the logarithms of the probabilities of classes, of which that
// of the class it was would be 0 at the last row while nothing is known of the others, or the
// number that they are called. So rollouts, losses and gradients are those of any problem.

const (
	mostClasses = 64 // labels that are numbers are classes if they are whole and not more
	labelSpan   = 8  // scaled time of a recording of median duration
)

// Labels are what the recordings of a problem are called.
type Labels struct {
	Classes []string // nil: labels are numbers
	Train   []string // of each recording to train on
	Apart   []string // of those held out
}

// Labels are those of the problem; nil: its recordings are not called anything.
func (p *Problem) Labels() *Labels { return p.labels }

// Driving are labelled recordings all of whose columns are inputs, in the order of their names,
// whatever was named as what.
func Driving(series []data.Series) []data.Series {
	out := slices.Clone(series)
	for i := range out {
		s := &out[i]
		names, d := slices.Concat(s.Names, s.Inputs), len(s.Names)
		sorted := slices.Sorted(slices.Values(names))
		u := make([]float64, 0, s.Len()*len(names))
		for k := range s.T {
			for _, name := range sorted {
				if c := slices.Index(names, name); c < d {
					u = append(u, s.Row(k)[c])
				} else {
					u = append(u, s.InputRow(k)[c-d])
				}
			}
		}
		s.Inputs, s.U = sorted, u
		s.Names, s.Units, s.X, s.Below = nil, nil, nil, nil
	}
	return out
}

// label makes of labelled recordings what a classifier learns from, and settles what only has one
// meaning then. Nothing changes for other models.
func (s *Settings) label(series []data.Series, arch field.Architecture) ([]data.Series, field.Architecture, *Labels, error) {
	c, ok := arch.(*field.Classifier)
	switch {
	case !ok && slices.ContainsFunc(series, func(r data.Series) bool { return r.Label != "" }):
		return nil, nil, nil, fmt.Errorf("label=: this model tells nothing of whole recordings; take model=classifier, or leave label= out")
	case !ok && s.Loss == misfit.CrossEntropy:
		return nil, nil, nil, fmt.Errorf("loss=%s is that of classes: name the column of the labels with label=", s.Loss)
	case !ok:
		return series, arch, nil, nil
	}
	for _, r := range series {
		if r.Label == "" {
			return nil, nil, nil, fmt.Errorf("model=classifier: recording %q is called nothing; name the column of the labels with label=", r.ID)
		}
	}
	l := &Labels{}
	if err := l.find(series, c.Classes, s.holdsOut()); err != nil {
		return nil, nil, nil, err
	}
	own := *c
	own.Classes = l.Classes
	if s.HeldRecordings == 0 && s.HeldWindows == 0 {
		s.Heldout, s.HeldRecordings = 0, s.Heldout
	}
	if s.HeldFolds > 0 {
		return nil, nil, nil, fmt.Errorf("heldout=folds:%d: labelled recordings have folds within those to train on, folds=%d; take heldout=recordings beside", s.HeldFolds, s.HeldFolds)
	}
	if s.HeldWindows > 0 {
		return nil, nil, nil, fmt.Errorf("heldout=windows: a label belongs to a whole recording; take heldout=recordings")
	}
	if err := s.labelLoss(l); err != nil {
		return nil, nil, nil, err
	}
	s.Initial, s.Start = "known", nil
	out := Driving(series)
	for i := range out {
		l.show(&out[i])
	}
	return out, &own, l, nil
}

// holdsOut tells that anything is held out.
func (s *Settings) holdsOut() bool { return s.Heldout > 0 || s.HeldRecordings > 0 }

// labelLoss is the loss of labels: cross-entropy of classes, any other of numbers.
func (s *Settings) labelLoss(l *Labels) error {
	squared := s.Loss == "" || s.Loss == misfit.Default
	switch {
	case l.Classes == nil && s.Loss == misfit.CrossEntropy:
		return fmt.Errorf("loss=%s is that of classes, but the labels are numbers such as %s; take loss=squared", s.Loss, l.Train[0])
	case l.Classes == nil:
	case squared:
		s.Loss = misfit.CrossEntropy
	case s.Loss != misfit.CrossEntropy:
		return fmt.Errorf("loss=%s is that of numbers; classes have loss=%s", s.Loss, misfit.CrossEntropy)
	}
	return nil
}

// find finds the classes, or that labels are numbers, and refuses what cannot be learnt.
func (l *Labels) find(series []data.Series, given []string, holdsOut bool) error {
	count := map[string]int{}
	for _, r := range series {
		l.Train = append(l.Train, r.Label)
		count[r.Label]++
	}
	if len(given) == 0 && continuous(l.Train, len(count)) {
		return nil
	}
	l.Classes = given
	if len(given) == 0 {
		l.Classes = nil
		for name := range count {
			l.Classes = append(l.Classes, name)
		}
		slices.SortFunc(l.Classes, byNumber)
	}
	for name := range count {
		if !slices.Contains(l.Classes, name) {
			return fmt.Errorf("classes=%s: there is a recording that is called %s", budget.List(l.Classes), budget.Quote(name))
		}
	}
	if len(l.Classes) < 2 {
		return fmt.Errorf("label=: all %s are called %s; there have to be two classes to tell apart", words.Several(len(series), "recording"), budget.Quote(l.Classes[0]))
	}
	for _, name := range l.Classes {
		switch n := count[name]; {
		case n == 0:
			return fmt.Errorf("classes: no recording is called %s", budget.Quote(name))
		case n == 1 && holdsOut:
			return fmt.Errorf("label=: one recording alone is called %s; one is to be trained on and another held out: add more of it, leave it out, or take heldout=0", budget.Quote(name))
		}
	}
	return nil
}

// continuous tells labels that are numbers from names of classes.
func continuous(labels []string, different int) bool {
	whole := true
	for _, text := range labels {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !isNumber(v) {
			return false
		}
		whole = whole && v == math.Trunc(v)
	}
	return different > 2 && (!whole || different > mostClasses || 2*different > len(labels))
}

// byNumber sorts names, numbers by their value.
func byNumber(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || x == y {
		x, y = 0, 0
		if a != b {
			x = map[bool]float64{true: -1, false: 1}[a < b]
		}
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// show gives a recording the states that its model shows: nothing is known of them but at its last
// row.
func (l *Labels) show(s *data.Series) {
	s.Names = []string{"label"}
	if l.Classes != nil {
		s.Names = nil
		for _, name := range l.Classes {
			s.Names = append(s.Names, "log p("+name+")")
		}
	}
	s.X = nans(s.Len() * len(s.Names))
	last := s.X[(s.Len()-1)*len(s.Names):]
	if l.Classes == nil {
		last[0], _ = strconv.ParseFloat(s.Label, 64)
	} else {
		last[slices.Index(l.Classes, s.Label)] = 0
	}
}

// split says which recordings are held out: of each class its share, at least one.
func (l *Labels) split(s *Settings, series []data.Series) (train, held []data.Series, err error) {
	if s.HeldRecordings == 0 {
		return series, nil, nil
	}
	if !(s.HeldRecordings > 0 && s.HeldRecordings < 1) || s.Heldout != 0 {
		return nil, nil, fmt.Errorf("heldout=recordings:%g: of labelled recordings a share is held out, above 0 and below 1", s.HeldRecordings)
	}
	of := map[string][]int{}
	for i, r := range series {
		name := r.Label
		if l.Classes == nil {
			name = ""
		}
		of[name] = append(of[name], i)
	}
	out, r := make([]bool, len(series)), num.Stream(s.Seed, "held whole")
	for _, name := range append(slices.Clone(l.Classes), "") {
		all := of[name]
		if len(all) < 2 {
			continue
		}
		count := min(len(all)-1, max(1, int(math.Round(s.HeldRecordings*float64(len(all))))))
		for _, i := range r.Perm(len(all))[:count] {
			out[all[i]] = true
		}
	}
	l.Train = nil
	for i, rec := range series {
		if out[i] {
			held, l.Apart = append(held, rec), append(l.Apart, rec.Label)
		} else {
			train, l.Train = append(train, rec), append(l.Train, rec.Label)
		}
	}
	return train, held, nil
}

// typical is the classifier with the centre and the spread of its features over recordings.
func typical(arch field.Architecture, series []data.Series) field.Architecture {
	c, ok := arch.(*field.Classifier)
	if !ok || !c.Summary {
		return arch
	}
	own, columns := *c, len(series[0].Inputs)
	own.Typical = nil
	for at := range field.Features * columns {
		n, mean, square := float64(len(series)), 0.0, 0.0
		for i := range series {
			mean += summaryOf(&series[i], at/field.Features)[at%field.Features] / n
		}
		for i := range series {
			e := summaryOf(&series[i], at/field.Features)[at%field.Features] - mean
			square += e * e / n
		}
		spread := math.Sqrt(square)
		if !(spread > 1e-9*math.Abs(mean)) {
			spread = max(math.Abs(mean), 1)
		}
		own.Typical = append(own.Typical, mean, spread)
	}
	return &own
}

// summaryOf are mean, deviation and trend of a column between its rows, as the integrals of
// field.Classifier have them of straight lines.
func summaryOf(s *data.Series, column int) [field.Features]float64 {
	m, span, t0 := len(s.Inputs), s.T[s.Len()-1]-s.T[0], s.T[0]
	var mean, square, late float64
	for k := 1; k < s.Len(); k++ {
		a, b := s.U[(k-1)*m+column], s.U[k*m+column]
		w := (s.T[k] - s.T[k-1]) / span
		x, y := (s.T[k-1]-t0)/span, (s.T[k]-t0)/span
		mean += w * (a + b) / 2
		square += w * (a*a + a*b + b*b) / 3
		late += w * (2*a*x + a*y + b*x + 2*b*y) / 6
	}
	return [field.Features]float64{mean, math.Sqrt(max(0, square-mean*mean)), 2*late - mean}
}

// labelTime is the unit of time in which a recording of median duration lasts labelSpan.
func (p *Problem) labelTime() float64 {
	var long []float64
	for _, s := range p.Train {
		long = append(long, s.T[s.Len()-1]-s.T[0])
	}
	slices.Sort(long)
	return num.Quantile(long, 0.5) / labelSpan
}

// settleLabels takes a step a row, where the user has not asked for another solver: inputs have
// a kink at every row, so that a longer step would not see what is between.
func (p *Problem) settleLabels() {
	s, usual := &p.Solver, DefaultSettings().Solver
	if p.labels == nil || s.Solver != usual.Solver || s.Step != 0 || s.RTol != usual.RTol || s.ATol != usual.ATol {
		return
	}
	s.Solver, s.Step = "rk4", p.stepSize()
}

// compared are the rows that trajectories are compared with: those of recordings, but of labelled
// ones the last alone.
func (p *Problem) compared(held bool) []data.Series {
	all := p.rows(held)
	if p.labels == nil {
		return all
	}
	all = slices.Clone(all)
	for i, s := range all {
		all[i] = s.Slice(s.Len()-1, s.Len())
	}
	return all
}

// onlyRows is the error of a method that has no use of labels.
func (p *Problem) onlyRows(method string) error {
	if p.labels == nil || method == "truncated" || method == "vanilla" {
		return nil
	}
	return fmt.Errorf("label=: method=%s is for rows; what recordings are called is learnt by truncated (some of them in each iteration) and vanilla (all)", method)
}
