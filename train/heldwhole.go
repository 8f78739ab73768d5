package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
)

// A held-out recording begins in the state that its first rows tell: a tenth of them, at least
// leadRows or those an encoder sees. A recording is cut into windowsEach windows to hold some of them out, of leadRows and
// three more rows at least.
const (
	leadRows       = 4
	leadShare      = 10
	windowsEach    = 10
	heldWindowRows = leadRows + fewestBehind
)

// apart splits recordings into those to train on and those held out whole.
func (s *Settings) apart(series []data.Series) (train, held []data.Series, err error) {
	share, key := s.HeldRecordings, "recordings"
	if s.HeldWindows > 0 {
		share, key = s.HeldWindows, "windows"
	}
	switch {
	case s.HeldRecordings == 0 && s.HeldWindows == 0:
		return series, nil, nil
	case s.HeldRecordings != 0 && s.HeldWindows != 0, s.Heldout != 0:
		return nil, nil, fmt.Errorf("heldout=%g, held_recordings=%g, held_windows=%g: hold out rows, recordings or windows; set the others to 0", s.Heldout, s.HeldRecordings, s.HeldWindows)
	case !(share > 0 && share < 1):
		return nil, nil, fmt.Errorf("heldout=%s:%g: it is a share of them, above 0 and below 1", key, share)
	case key == "windows":
		return s.windows(series, share)
	case len(series) < 2:
		return nil, nil, fmt.Errorf("heldout=recordings: there is one recording, and one has to be left to train on; heldout=windows holds out parts of it, heldout=0.2 its last rows")
	}
	out := s.drawn(len(series), share)
	for i := range series {
		switch {
		case !out[i]:
			train = append(train, series[i])
		case series[i].Len() < heldWindowRows:
			return nil, nil, fmt.Errorf("heldout=recordings: recording %q is held out and has %d rows; %d are the fewest; leave it out, or take another seed=", series[i].ID, series[i].Len(), heldWindowRows)
		default:
			held = append(held, series[i])
		}
	}
	return train, held, nil
}

// TrainingRows are the rows of recordings that are not held out. Its errors are for the user.
func (s *Settings) TrainingRows(series []data.Series) ([]data.Series, error) {
	known, _, err := s.apart(series)
	if err != nil {
		return nil, err
	}
	var out []data.Series
	for _, rec := range known {
		rows, _, err := data.Split(rec, s.Heldout)
		if err != nil {
			return nil, err
		}
		out = append(out, rows)
	}
	return out, nil
}

// apart splits recordings as settings say, labelled ones by their labels.
func (p *Problem) apart(series []data.Series) (train, held []data.Series, err error) {
	if p.labels != nil {
		return p.labels.split(&p.Settings, series)
	}
	return p.Settings.apart(series)
}

// drawn chooses a share of n, at least one and not all, by the seed alone.
func (s *Settings) drawn(n int, share float64) []bool {
	out := make([]bool, n)
	count := min(n-1, max(1, int(math.Round(share*float64(n)))))
	for _, i := range num.Stream(s.Seed, "held whole").Perm(n)[:count] {
		out[i] = true
	}
	return out
}

// windows cuts recordings into windows, holds a share of them out, and joins what is left between
// them to recordings of their own.
func (s *Settings) windows(series []data.Series, share float64) (train, held []data.Series, err error) {
	for _, rec := range series {
		count := min(windowsEach, rec.Len()/heldWindowRows)
		if count < 2 {
			train = append(train, rec)
			continue
		}
		out, from := s.drawn(count, share), 0
		for i := range count {
			lo, hi := i*rec.Len()/count, (i+1)*rec.Len()/count
			switch {
			case out[i]:
				held = append(held, named(rec, lo, hi))
				from = hi
			case i+1 == count || out[i+1]:
				train = append(train, named(rec, from, hi))
			}
		}
	}
	if held == nil {
		return nil, nil, fmt.Errorf("heldout=windows: no recording has the %d rows that two windows need; take more rows, or heldout=0.2", 2*heldWindowRows)
	}
	return train, held, nil
}

// named is a part of a recording under a name that says which.
func named(rec data.Series, lo, hi int) data.Series {
	part := rec.Slice(lo, hi)
	if rec.ID != "" {
		part.ID += ", "
	}
	part.ID += fmt.Sprintf("rows %d-%d", lo+1, hi)
	return part
}

// Recordings are those a model is trained on, with all their rows: what is held out whole is not
// among them.
func (p *Problem) Recordings() []data.Series { return p.rows(true) }

// Seen is of each recording held out whole how many of its first rows tell where forecasts of the
// others begin.
func (p *Problem) Seen() (out []int) {
	for i := range p.Apart {
		out = append(out, p.lead(p.Apart[i].Len()))
	}
	return out
}

// lead is how many first rows tell where a held-out recording of so many rows begins.
func (p *Problem) lead(rows int) int {
	if p.Parts.Told() {
		return max(p.Parts.Past.Rows, rows/leadShare)
	}
	return max(leadRows, rows/leadShare)
}

// Forget leaves out the columns that components are of, but for recordings that are held out, whole
// or in part as windows: nothing else is scored in them. Its result shares memory with series.
func (s *Settings) Forget(series []data.Series) []data.Series {
	out := slices.Clone(series)
	kept := make([]bool, len(series))
	if s.HeldRecordings > 0 && len(series) > 1 {
		kept = s.drawn(len(series), s.HeldRecordings)
	}
	for i := range out {
		if !kept[i] && s.HeldWindows == 0 {
			out[i].Shown = nil
		}
	}
	return out
}

// unseenRows is a recording of which a model has not seen the rows behind the first so many.
type unseenRows struct {
	rows  data.Series
	known int
}

// tests are the recordings with held-out rows: those of training, and those held out whole.
func (p *Problem) tests() (out []unseenRows) {
	if p.Held != nil {
		for rec, s := range p.rows(true) {
			out = append(out, unseenRows{s, p.Train[rec].Len()})
		}
		return out
	}
	for _, s := range p.Apart {
		out = append(out, unseenRows{s, p.lead(s.Len())})
	}
	return out
}

// everyRow are all recordings, those held out whole too.
func (p *Problem) everyRow() []data.Series { return slices.Concat(p.rows(true), p.Apart) }
