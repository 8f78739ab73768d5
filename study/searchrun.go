package study

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"github.com/entrain-dev/entrain/train"
)

// What becomes of trials of a study with a search, beside what becomes of any.
const (
	StatusPaused  = "paused"  // it reached a rung, and whether it goes on is not known yet
	StatusDropped = "dropped" // the search gave it up
)

// errPaused is the cause of a context that ends because a trial has reached its rung.
var errPaused = errors.New("the trial has reached its rung")

// pausing watches for the end of the share of iterations that a trial is to make.
func pausing(share float64, stop context.CancelCauseFunc, on func(train.Event)) func(train.Event) {
	return func(e train.Event) {
		if on != nil {
			on(e)
		}
		if e.Checkpoint == nil && e.Of > 0 && e.K+1 >= iterationsAt(share, e.Of) && !math.IsNaN(e.Loss) {
			stop(errPaused)
		}
	}
}

// search runs trials from rung to rung, those that are still in the search and left to this process,
// until nothing is left to do for it.
func (s *Sweep) search(ctx context.Context, l Launcher, folders []string, sharing map[string][]int) error {
	own, asked := map[string]int{}, map[string]float64{}
	for _, dir := range folders {
		own[filepath.Base(dir)] = sharing[dir][0]
	}
	for stopped := false; ; {
		st, err := s.standings()
		if err != nil {
			return err
		}
		s.conclude(st, sharing)
		var now []string
		for _, dir := range folders {
			share, left := st.next(filepath.Base(dir))
			if !left || asked[dir] == share { // what did not get there will not now
				continue
			}
			asked[dir] = share
			t := s.Trials[own[filepath.Base(dir)]]
			t.Until = share
			if err := s.writer.write(dir, &t); err != nil {
				return err
			}
			now = append(now, dir)
		}
		if len(now) == 0 || stopped || ctx.Err() != nil {
			return nil
		}
		stopped = s.launch(ctx, l, now, sharing)
	}
}

// standings are those of the whole study, of which this process may know a share alone.
func (s *Sweep) standings() (*Standings, error) {
	if s.Share == nil {
		return stand(s.Dir, &s.Plan, s.entries()), nil
	}
	l, err := readLedger(s.Dir)
	if err != nil {
		return nil, err
	}
	return stand(s.Dir, &s.Plan, l.Trials), nil
}

// Standings are those of the search of a study, whose trials may be under way; nil if it has none.
func (s *Sweep) Standings() *Standings {
	if s.Plan.Search == nil {
		return nil
	}
	return s.stood
}

// next is the share that the trial in a folder is to reach now, 1 for its end; left is false if
// there is nothing to do for it now.
func (st *Standings) next(folder string) (share float64, left bool) {
	for i := range st.Settings {
		s := &st.Settings[i]
		for j, dir := range s.dirs {
			if dir == TrialsFolder+"/"+folder && s.next > 0 {
				if _, there := s.reach[j].at(s.next, st.Search); !there || s.next == 1 && !s.reach[j].ended {
					share, left = max(share, s.next), true
				}
			}
		}
	}
	return share, left
}

// conclude gives outcomes to trials that the search has dropped.
func (s *Sweep) conclude(st *Standings, sharing map[string][]int) {
	s.stood = st
	for folder, why := range st.dropped() {
		dir := filepath.Join(s.Dir, filepath.FromSlash(folder))
		for _, i := range sharing[dir] {
			if !s.outcomes[i].Ended() {
				s.set(i, Outcome{Status: StatusDropped, Why: why, Dir: dir})
			}
		}
	}
}

// paused is the outcome of a trial that stands at a rung; nil if it does not.
func paused(dir string) *Outcome {
	p, err := readProgress(dir)
	if err != nil || p.State == nil || isThere(filepath.Join(dir, ResultFile)) {
		return nil
	}
	return &Outcome{Status: StatusPaused, Why: fmt.Sprintf("waits after %d iterations", p.State.K), Dir: dir}
}

// pause leaves a trial that has reached its rung with a checkpoint alone.
func (w *worker) pause() error {
	err := remove(filepath.Join(w.dir, ResultFile)) // of when it was interrupted
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return around(err)
}

// dropped are the folders of trials that the search has given up, with the reason: all
// settings that they are of.
func (st *Standings) dropped() map[string]string {
	out := map[string]string{}
	for i := range st.Settings {
		if t := &st.Settings[i]; t.State == settingDropped {
			for _, dir := range t.dirs {
				out[dir] = t.Words(st.Search)
			}
		}
	}
	for i := range st.Settings {
		if t := &st.Settings[i]; t.State != settingDropped {
			for _, dir := range t.dirs {
				delete(out, dir)
			}
		}
	}
	return out
}

// Rounds is how many times trials have to be run at most until a search is over, when each time they
// go no farther than to their next rung; 1 without a search.
func (s *Sweep) Rounds() int {
	if s.Plan.Search == nil {
		return 1
	}
	most := 0
	st := stand(s.Dir, &s.Plan, s.entries())
	for i := range st.Settings {
		if t := &st.Settings[i]; t.State == settingWaits {
			most = max(most, len(st.Search.Rungs)+1-len(t.marks))
		}
	}
	return most
}
