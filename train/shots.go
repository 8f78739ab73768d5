package train

// shot is a segment of multiple shooting and where its start lies among the unknowns.
type shot struct {
	segment
	at     int  // place of its start; −1: it is known
	follow bool // the one before belongs to the same recording
}

// shots cuts the recordings into as many segments as count says, given their rows; all
// but the last of a recording have the first row of the next as well. The unknowns are
// those of whole recordings and, added behind them, the start of every segment that
// follows another.
func (p *Problem) shots(count func(rows int) int) (shots []shot, u unknowns) {
	u = p.ofRecordings()
	for rec := range p.Train {
		rows := p.Train[rec].Len()
		for i, seg := range evenly(rec, rows, count(rows)) {
			one := shot{seg, -1, i > 0}
			switch {
			case i > 0:
				one.at = u.size()
				u.added += u.states
			case u.starts > 0:
				one.at = u.start(rec)
			}
			shots = append(shots, one)
		}
	}
	return shots, u
}

// joints is how many of the shots follow another.
func joints(shots []shot) int {
	n := 0
	for _, s := range shots {
		if s.follow {
			n++
		}
	}
	return n
}
