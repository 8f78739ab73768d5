package study

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
	shown "github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// LossScore is train.LossScore in result.json.
type LossScore struct {
	Name    string   `json:"name"`
	Train   *float64 `json:"train"`
	Heldout *float64 `json:"heldout"`
	Share   *Divided `json:"share,omitempty"`
}

// Divided is train.Divided in result.json.
type Divided struct {
	Asked   float64  `json:"asked"`
	Train   *float64 `json:"train"`
	Heldout *float64 `json:"heldout"`
}

func newLoss(l *train.LossScore) *LossScore {
	if l == nil {
		return nil
	}
	out := &LossScore{Name: l.Name, Train: number(l.Train), Heldout: number(l.Held)}
	if s := l.Share; s != nil {
		out.Share = &Divided{s.Asked, number(s.Train), number(s.Held)}
	}
	return out
}

// Words say which loss was minimised and what it comes to.
func (l *LossScore) Words() string {
	text := fmt.Sprintf("minimised: loss=%s, %s a training value", l.Name, shown.Short(num.FromNull(l.Train)))
	if l.Heldout != nil {
		text += fmt.Sprintf(", %s a held-out one", shown.Short(*l.Heldout))
	}
	if s := l.Share; s != nil && s.Train != nil {
		text += fmt.Sprintf("; %.0f %% of the training values are at or below it", 100**s.Train)
		if s.Heldout != nil {
			text += fmt.Sprintf(", %.0f %% of the held-out ones", 100**s.Heldout)
		}
		text += fmt.Sprintf(", %g %% were asked for", 100*s.Asked)
	}
	return text
}
