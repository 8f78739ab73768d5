package bench

import (
	"math"
	"runtime"
	"time"
)

// Result is what was measured of one case. Times are those of one call, for
// all its lanes together.
type Result struct {
	Name   string  `json:"name"`
	Lanes  int     `json:"lanes"`
	NS     float64 `json:"ns"`     // the fastest repetition
	Allocs float64 `json:"allocs"` // of one call, once it is warm
	Flops  float64 `json:"flops"`  // of one call, see Job.Flops
	// PeakPercent is the share of the multiply-adds one core could have done
	// in that time, in float32 where the work is; nil where operations are not counted or the peak is not
	// measured.
	PeakPercent *float64 `json:"peak_percent"`
	Median      float64  `json:"-"` // ns; far from NS on a machine with other work
	Note        string   `json:"-"`
}

// Meter says how long to measure. The fastest repetition counts: other work on
// the machine can only make one slower.
type Meter struct {
	Repetition time.Duration // calls are repeated until they take this long together
	Total      time.Duration // repetitions go on for this long …
	Least      int           // … but are at least this many
	Peak       float64       // operations a nanosecond of one core, see Peak; 0 if not measured
}

// DefaultMeter takes about half a second a case, a quick one a tenth of that.
func DefaultMeter(quick bool) Meter {
	if quick {
		return Meter{Repetition: 200 * time.Microsecond, Total: 40 * time.Millisecond, Least: 2}
	}
	return Meter{Repetition: 2 * time.Millisecond, Total: 400 * time.Millisecond, Least: 3}
}

// Measure prepares a case and times it.
func (m Meter) Measure(c Case) (Result, error) {
	r := Result{Name: c.Name, Lanes: c.Lanes}
	job, err := c.Prepare()
	if err != nil {
		return r, err
	}
	times, allocs, err := m.time(job.Run)
	if err != nil {
		return r, err
	}
	r.NS, r.Median = summary(times)
	r.Allocs, r.Flops = allocs, job.Flops()
	if m.Peak > 0 && job.Single {
		m.Peak *= 2
	}
	r.PeakPercent = m.share(r.Flops, r.NS)
	if job.Note != nil {
		r.Note = job.Note()
	}
	return r, nil
}

func (m Meter) share(flops, ns float64) *float64 {
	if m.Peak == 0 || flops == 0 {
		return nil
	}
	p := 100 * flops / ns / m.Peak
	return &p
}

// time returns the time of one call in every repetition, in nanoseconds, and
// the fewest allocations of a call.
func (m Meter) time(run func() error) (times []float64, allocs float64, err error) {
	calls, err := m.calibrate(run)
	if err != nil {
		return nil, 0, err
	}
	allocs = math.Inf(1)
	var before, after runtime.MemStats
	for begin := time.Now(); len(times) < m.Least || time.Since(begin) < m.Total; {
		runtime.ReadMemStats(&before)
		start := time.Now()
		for range calls {
			if err := run(); err != nil {
				return nil, 0, err
			}
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		times = append(times, float64(took.Nanoseconds())/float64(calls))
		allocs = min(allocs, float64((after.Mallocs-before.Mallocs)/uint64(calls)))
	}
	return times, allocs, nil
}

// calibrate returns how many calls make a repetition. The calls it makes warm
// everything up; work that takes longer than Total is not called twice.
func (m Meter) calibrate(run func() error) (calls int, err error) {
	for calls = 1; ; calls *= 2 {
		start := time.Now()
		for range calls {
			if err := run(); err != nil {
				return 0, err
			}
		}
		if took := time.Since(start); took >= m.Repetition {
			return calls, nil
		}
	}
}

// summary returns the least and the median of times.
func summary(times []float64) (least, median float64) {
	s := sorted(times)
	return s[0], s[len(s)/2]
}
