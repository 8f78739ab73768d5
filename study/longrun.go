package study

import "github.com/entrain-dev/entrain/train"

// LongRun is train.LongRun.
type LongRun struct {
	Times    float64  `json:"lyapunov_times"`
	Span     *float64 `json:"span"`
	Exponent *float64 `json:"lyapunov_exponent"`
	Left     *float64 `json:"left_after"` // null: it stayed among the data
	Rests    bool     `json:"rests"`
	Confined bool     `json:"confined"`
	Text     string   `json:"text"` // a sentence
}

func newLongRun(l *train.LongRun) *LongRun {
	if l == nil {
		return nil
	}
	return &LongRun{l.Times, number(l.Span), number(l.Exponent), number(l.Left), l.Rests, l.Confined, l.Text}
}
