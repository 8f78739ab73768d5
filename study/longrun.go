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

// Identifiability is train.Identifiability.
type Identifiability struct {
	States     int        `json:"states"`
	Directions *float64   `json:"directions"`
	Known      int        `json:"exponents_supported"`
	Spread     []*float64 `json:"spread"`
	Noise      *float64   `json:"noise"`
	Text       string     `json:"text"` // a sentence
}

func newIdentifiability(i *train.Identifiability) *Identifiability {
	if i == nil {
		return nil
	}
	out := &Identifiability{States: i.States, Directions: number(i.Directions), Known: i.Known, Noise: number(i.Noise), Text: i.Text}
	for _, v := range i.Spread {
		out.Spread = append(out.Spread, number(v))
	}
	return out
}
