package train

import "math"

// A long recording is fitted in segments, each with a start of its own, so
// that neither chaos nor a poor early field makes the fit hopeless.
const (
	segmentRows = 200 // most rows of a segment
	segmentTime = 60  // longest segment in scaled time
)

// segment is a run of rows of one recording, from the first to before the last, that
// has a start of its own.
type segment struct{ rec, from, to int }

// rows is how many there are.
func (s segment) rows() int { return s.to - s.from }

// beginsAs tells whether two segments begin at the same row.
func (s segment) beginsAs(o segment) bool { return s.rec == o.rec && s.from == o.from }

// begunAt are the segments of a recording that begin at the given rows; the last of
// them ends before row end.
func begunAt(rec int, begins []int, end int) []segment {
	segs := make([]segment, len(begins))
	for i, from := range begins {
		segs[i] = segment{rec, from, end}
		if i+1 < len(begins) {
			segs[i].to = begins[i+1]
		}
	}
	return segs
}

// cut splits the training rows into segments: where they are to begin, if that
// is known, and where they would be too long.
func (p *Problem) cut() []segment {
	var segs []segment
	for rec, s := range p.Train {
		begins := []int{0}
		if p.begins != nil && p.begins[rec] != nil {
			begins = p.begins[rec]
		}
		for _, one := range begunAt(rec, begins, s.Len()) {
			segs = append(segs, p.shortened(one, 1)...)
		}
	}
	return segs
}

// shortened splits a segment that is longer than so many times what is usual into
// equal parts.
func (p *Problem) shortened(s segment, times float64) []segment {
	n, t := s.rows(), p.Train[s.rec].T
	span := (t[s.to-1] - t[s.from]) / p.Parts.Frame.Time
	parts := int(math.Ceil(max(float64(n)/segmentRows, span/segmentTime) / times))
	if p.piece > 0 {
		parts = int(math.Ceil(float64(n) / float64(p.piece) / times))
	}
	if !p.learnsStarts() || p.whole {
		parts = 1
	}
	parts = max(1, min(parts, n/fewestRows))
	var segs []segment
	for i := range parts {
		segs = append(segs, segment{rec: s.rec, from: s.from + i*n/parts, to: s.from + (i+1)*n/parts})
	}
	return segs
}

// wholeSegments are the recordings, none of them cut.
func (p *Problem) wholeSegments() []segment {
	var segs []segment
	for rec, s := range p.Train {
		segs = append(segs, segment{rec: rec, to: s.Len()})
	}
	return segs
}

// rowsOf is the number of rows of all.
func rowsOf(segs []segment) int {
	n := 0
	for _, s := range segs {
		n += s.rows()
	}
	return n
}

// some picks segments evenly spread over all, about the given number of rows.
func some(segs []segment, rows int) []segment {
	n := max(1, len(segs)*rows/max(rows, rowsOf(segs)))
	if n >= len(segs) {
		return segs
	}
	var out []segment
	for i := range n {
		out = append(out, segs[i*len(segs)/n])
	}
	return out
}

// withLast adds the last segment of each recording to part if it lacks it.
func withLast(part, all []segment) []segment {
	has := func(s segment) bool {
		for _, q := range part {
			if q.beginsAs(s) {
				return true
			}
		}
		return false
	}
	var out []segment
	for i, s := range all {
		if last := i+1 == len(all) || all[i+1].rec != s.rec; last || has(s) {
			out = append(out, s)
		}
	}
	return out
}

// evenly are the segments of a recording of so many rows for shooting, each but the last with the
// first row of the next as well. The first few are a row longer if the rows do not
// divide evenly.
func evenly(rec, rows, count int) []segment {
	begins := make([]int, count)
	for i := 1; i < count; i++ {
		begins[i] = begins[i-1] + rows/count
		if i <= rows%count {
			begins[i]++
		}
	}
	segs := begunAt(rec, begins, rows)
	for i := range count - 1 {
		segs[i].to++
	}
	return segs
}
