package train

import (
	"context"
	"fmt"
)

// Refusal is the error with which a method refuses a problem, nil if it takes it. It spends no more
// than a method needs to look at its settings: that is all a fit does whose context has ended.
func Refusal(m Method, p *Problem) error {
	switch m := m.(type) {
	case *Chain:
		return m.check(p)
	case *Auto:
		if err := m.refuses(p); err != nil || !p.parametric() { // what it tries without equations suits the rows
			return err
		}
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := m.Fit(over, p, nil, nil)
	return err
}

// refuses is the error of a problem that the default cannot solve.
func (Auto) refuses(p *Problem) error {
	if err := p.onlyBounds("auto"); err != nil {
		return err
	}
	if err := p.onlySquares("auto"); err != nil {
		return err
	}
	if p.Keep != "" && p.Keep != "best-heldout" {
		return fmt.Errorf("keep=%s: method=auto chooses by the held-out rows; leave keep out, or name a method", p.Keep)
	}
	if p.parametric() {
		return nil
	}
	if err := p.allSeen("auto with networks"); err != nil {
		return err
	}
	return p.refusePriors()
}
