package main

import "time"

// watch measures time from when it is started: of the wall clock or of the
// processor, whichever is less. Other work on the machine lengthens the one, and
// further threads of this process the other. The peers have the same.
type watch struct {
	begin time.Time
	cpu   time.Duration
	wall  bool // of the wall clock alone
}

func start(wall bool) watch { return watch{time.Now(), processorTime(), wall} }

func (w watch) ns() float64 {
	t := time.Since(w.begin)
	if cpu := processorTime() - w.cpu; cpu > 0 && !w.wall {
		t = min(t, cpu)
	}
	return float64(t.Nanoseconds())
}

// ourTurn is a turn of ours: the times of a call in repetitions of at least a
// millisecond, until they took so many seconds.
type ourTurn struct {
	run   func() error
	wall  bool
	calls int
}

func (o *ourTurn) times(seconds float64) (ns []float64, err error) {
	const least = 1e6
	end := time.Now().Add(time.Duration(seconds * 1e9))
	for len(ns) == 0 || time.Now().Before(end) {
		w := start(o.wall)
		for range o.calls {
			if err := o.run(); err != nil {
				return nil, err
			}
		}
		took := w.ns()
		if took < least && len(ns) == 0 {
			o.calls *= 2
			continue
		}
		ns = append(ns, took/float64(o.calls))
	}
	return ns, nil
}
