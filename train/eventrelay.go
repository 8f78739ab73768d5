package train

import "sync"

// relay passes on the events of candidates that work at the same time in a
// fixed order: those of a candidate are held back until the ones before it
// are done. A checkpoint says of each candidate what its last phase has still
// to tell and what the phase after it has told already, so that a search that
// is resumed tells everything once.
type relay struct {
	mu      sync.Mutex
	on      func(Event)
	current int // the candidate whose turn it is
	queue   []teller
	ended   bool // by the context: what comes now is of candidates cut short
}

// teller is the part of one candidate in a relay.
type teller struct {
	over   bool
	saved  *Checkpoint
	later  []Event // not told yet
	covers int     // so many of later are from before saved
	since  int     // told since saved
	skip   int     // told before the search was resumed
}

func newRelay(n int, on func(Event), from *Checkpoint) *relay {
	if on == nil {
		on = func(Event) {}
	}
	r := &relay{on: on, queue: make([]teller, n)}
	for i := range r.queue {
		if from == nil || len(from.Nested) != n {
			break
		}
		t, c := &r.queue[i], from.Nested[i]
		t.later, t.covers, t.skip, t.since = append(t.later, c.Later...), len(c.Later), c.Told, c.Told
	}
	return r
}

// send tells an event of candidate i, now or when its turn comes.
func (r *relay) send(i int, e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.queue[i]
	switch {
	case t.skip > 0:
		t.skip--
	case i == r.current:
		r.tell(t, e)
	default:
		t.later = append(t.later, e)
	}
}

func (r *relay) tell(t *teller, e Event) {
	r.on(e)
	t.since++
}

// save emits a checkpoint of all candidates at once, whoever's turn it is.
func (r *relay) save(i int, c *Checkpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	t := &r.queue[i]
	t.saved, t.covers, t.since = c, len(t.later), 0
	all := newCheckpoint("auto", 0, 0)
	for j := range r.queue {
		t := &r.queue[j]
		n := *t.saved
		n.Later, n.Told = append([]Event{}, t.later[:t.covers]...), t.since
		all.Nested = append(all.Nested, &n)
	}
	r.on(saving(c.K, 0, all))
}

// cut ends checkpoints: what follows does not lead to the same result.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
}

// done says that candidate i will send no more.
func (r *relay) done(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue[i].over = true
	for r.current < len(r.queue) && r.queue[r.current].over {
		r.current++
		if r.current < len(r.queue) {
			r.turn(&r.queue[r.current])
		}
	}
}

// turn tells what was held back.
func (r *relay) turn(t *teller) {
	for i, e := range t.later {
		r.on(e)
		if i >= t.covers {
			t.since++
		}
	}
	t.later, t.covers = nil, 0
}
