package train

import (
	"slices"
	"sync"

	"github.com/entrain-dev/entrain/data"
	space "github.com/entrain-dev/entrain/linear"
)

// lawMemo keeps the linear laws found for a problem: what a fit costs is asked
// before it begins, and both need them. Copies of a problem share it.
type lawMemo struct {
	mu       sync.Mutex
	stop     func() bool // ends the search for a law; nil: nothing does
	compared map[lawKey]comparison
	begun    map[lawKey]begunLaw
	seasons  map[lawKey]begunSeasons
}

// stopped tells whether the search for candidates is to end.
func (p *Problem) stopped() bool { return p.memo != nil && p.memo.stop != nil && p.memo.stop() }

// lawKey says which rows a law is of, and which orders were allowed.
type lawKey struct {
	rows        *data.Series // the first recording: problems with other rows have another
	last        int          // row of it
	least, most int
	hold, noise string
	direct      string
}

type comparison struct {
	chosen space.Trial
	tried  []space.Trial
	err    error
}

type begunLaw struct {
	law *lawStart
	err error
}

type begunSeasons struct {
	laws []seasonStart
	err  error
}

func newLawMemo() *lawMemo {
	return &lawMemo{compared: map[lawKey]comparison{}, begun: map[lawKey]begunLaw{}, seasons: map[lawKey]begunSeasons{}}
}

// knownLaws are those found so far; of a problem that nobody prepared none.
func (p *Problem) knownLaws() *lawMemo {
	if p.memo == nil {
		return newLawMemo()
	}
	return p.memo
}

func (p *Problem) lawKey(least, most int, noise string) lawKey {
	return lawKey{rows: &p.Train[0], last: p.Train[0].Len(), least: least, most: most, hold: p.Hold, noise: noise}
}

// compareLaws compares the linear laws of these orders; what was tried is the
// caller's.
func (p *Problem) compareLaws(least, most int) (chosen space.Trial, tried []space.Trial, err error) {
	m := p.knownLaws()
	m.mu.Lock()
	defer m.mu.Unlock()
	o := p.lawOptions(least, most)
	key := p.lawKey(least, most, o.Noise)
	c, known := m.compared[key]
	if !known {
		c.chosen, c.tried, c.err = space.Compare(p.Train, o)
		m.compared[key] = c
	}
	return c.chosen, slices.Clone(c.tried), c.err
}

// lawStart is a linear law with so many hidden states.
func (p *Problem) lawStart(hidden int) (*lawStart, error) {
	n := len(p.Train[0].Names) + hidden
	return p.lawWith(p.lawOptions(n, n))
}

// lawWith is the linear law that is fitted with these options, of one order.
func (p *Problem) lawWith(o space.Options) (*lawStart, error) {
	key := p.lawKey(o.Least, o.Most, o.Noise)
	key.direct = o.Direct
	return p.lawOnce(key, func() (*lawStart, error) { return p.fitLaw(o) })
}

// seasonLaws are those of level, slope and season with these periods, which the rows say.
func (p *Problem) seasonLaws(periods []float64) ([]seasonStart, error) {
	m := p.knownLaws()
	m.mu.Lock()
	defer m.mu.Unlock()
	key := p.lawKey(0, 0, "season")
	s, known := m.seasons[key]
	if !known {
		s.laws, s.err = p.fitSeason(periods)
		m.seasons[key] = s
	}
	return s.laws, s.err
}

// lawOnce fits a law unless it is known.
func (p *Problem) lawOnce(key lawKey, fit func() (*lawStart, error)) (*lawStart, error) {
	m := p.knownLaws()
	m.mu.Lock()
	defer m.mu.Unlock()
	b, known := m.begun[key]
	if !known {
		b.law, b.err = fit()
		m.begun[key] = b
	}
	return b.law, b.err
}
