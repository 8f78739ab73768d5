package main

import "time"

// turn calls run in repetitions of at least a millisecond until they took so
// many seconds, as the peers do. calls is how many make a repetition, and is found in
// the first turn.
func turn(run func() error, calls *int, seconds float64) (answer, error) {
	var a answer
	done, begin, cpu := 0, time.Now(), processorTime()
	for len(a.NS) == 0 || time.Since(begin).Seconds() < seconds {
		from, busy := time.Now(), processorTime()
		for range *calls {
			if err := run(); err != nil {
				return a, err
			}
		}
		took := time.Since(from)
		done += *calls
		// Not by the clock alone: a call that had to wait is not a long one.
		if len(a.NS) == 0 && min(took, processorTime()-busy) < time.Millisecond && took < 100*time.Millisecond {
			*calls *= 2
			continue
		}
		a.NS = append(a.NS, float64(took.Nanoseconds())/float64(*calls))
	}
	a.CPU = float64((processorTime() - cpu).Nanoseconds()) / float64(done)
	return a, nil
}
