package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// halving and medianStop are the two ways to give up trials, as a study writes them.
type halving struct {
	From   string  `yaml:"from"`   // first rung, a share of the iterations
	Factor float64 `yaml:"factor"` // of one rung to the next; one setting in so many goes on
}

type medianStop struct {
	From  string `yaml:"from"`  // first rung, a share of the iterations
	Every string `yaml:"every"` // between two rungs
}

// searchKeys are those of the section search.
var searchKeys = []string{"score", "halving", "median"}

// search reads {score: heldout.mse, halving: {from: 5%, factor: 3}}.
func (s *sheet) search(n *node) {
	v := s.part(n, "search", table)
	if v == nil {
		return
	}
	before := len(s.d.errs)
	out := &study.Search{Score: study.SearchScores[0]}
	for _, k := range v.keys {
		switch k.name {
		case "score":
			if out.Score = k.value.text; !slices.Contains(study.SearchScores, out.Score) {
				s.d.fail(k.value.at, "search: score %q is not among what training records on its way%s", out.Score, s.d.hint(out.Score, study.SearchScores))
			}
		case "halving":
			s.halving(out, k)
		case "median":
			s.median(out, k)
		case "random", "sobol", "grid":
			s.d.fail(k.at, "search: %s is an axis; write it under axes, and under search how trials are given up", k.name)
		default:
			s.d.fail(k.at, "unknown key %q of search%s", k.name, s.d.hint(k.name, searchKeys))
		}
	}
	both := v.look("halving") != nil && v.look("median") != nil
	switch {
	case len(s.d.errs) > before:
		return
	case both:
		s.d.fail(v.at, "search has both halving and median; leave one of the two out")
	case len(out.Rungs) == 0:
		s.d.fail(v.at, "search says nothing of how trials are given up; add \"halving: {from: 5%%, factor: 3}\" or \"median: {from: 20%%, every: 10%%}\"")
	}
	s.plan.Search, s.searchAt = out, v.at
}

func (s *sheet) halving(out *study.Search, k key) {
	h := halving{From: "5%", Factor: 3}
	before := len(s.d.errs)
	s.d.value(reflect.ValueOf(&h).Elem(), k.value, "search.halving")
	from := s.share(k, "from", h.From)
	if h.Factor < 1.5 || h.Factor > 100 {
		s.d.fail(k.at, "search.halving: factor=%g: one setting in so many goes on; it is 1.5 to 100, such as 3", h.Factor)
	}
	if len(s.d.errs) == before {
		out.Rungs, out.Factor = study.Halving(from, h.Factor), h.Factor
	}
}

func (s *sheet) median(out *study.Search, k key) {
	m := medianStop{From: "20%", Every: "10%"}
	before := len(s.d.errs)
	s.d.value(reflect.ValueOf(&m).Elem(), k.value, "search.median")
	from, every := s.share(k, "from", m.From), s.share(k, "every", m.Every)
	if len(s.d.errs) == before {
		out.Rungs, out.Median = study.Every(from, every), true
	}
}

// leastRung is the smallest share of a trial that can be a rung.
const leastRung = 1e-3

// share reads 5% or 0.05.
func (s *sheet) share(k key, name, text string) float64 {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= leastRung && v < 1) {
		s.d.fail(k.at, "search.%s: %s=%s: it is a share of the iterations of a trial, 0.1%% or more and below 100%%, such as 5%%", k.name, name, text)
		return 1
	}
	return v
}

// checkSearch refuses trials that cannot be given up on the way.
func (s *sheet) checkSearch(c *Config) {
	q := s.plan.Search
	if q == nil {
		return
	}
	switch {
	case !train.TraitsOf(c.Method).Course:
		s.d.fail(s.searchAt, "search: a trial of method %s has no iterations of its own after which it can be paused, so no budget that could be a part of it; choose among single methods such as homotopy, or leave search out", c.MethodName)
	case q.Score == "heldout.mse" && c.Heldout == 0:
		s.d.fail(s.searchAt, "search: score heldout.mse needs rows that are held out, and heldout=0; give score: train.mse, or hold rows out")
	case c.Budget > 0 && q.Rungs[0]*float64(c.Budget) < 1:
		s.d.fail(s.searchAt, "search: the first rung, %g %% of budget=%d, is not one iteration; begin later, or with more iterations", 100*q.Rungs[0], c.Budget)
	}
}
