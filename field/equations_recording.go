package field

import (
	"errors"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// A parameter of which every recording has a value of its own is a state that nothing moves:
// where it starts is learnt with the other starts, recording by recording.

// RecordingParameter is a hidden state that stands for such a parameter.
type RecordingParameter struct {
	State    int    // its place in the frame
	Positive bool   // its values are compared by their logarithms
	Block    string // of parameters whose values are correlated; "": none
}

// ofRecordings are the lines of parameters that recordings have for themselves, in
// alphabetical order.
func (e *Equations) ofRecordings() (lines []equationLine, err error) {
	for _, name := range sortedKeys(e.Parameters) {
		u := e.Parameters[name]
		if err := e.checkBlock(name, u.Correlated); err != nil {
			return nil, err
		}
		if !u.PerRecording {
			continue
		}
		if err := u.checkOfRecordings(); err != nil {
			return nil, fmt.Errorf("parameters: %s: %w", name, err)
		}
		l := equationLine{source: name + "' = 0", name: name, derivative: true, own: true}
		if l.expr, err = program.ParseExpr("0"); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// checkBlock refuses a block of correlated parameters that is none.
func (e *Equations) checkBlock(name, block string) error {
	if block == "" {
		return nil
	}
	members := 0
	for _, other := range sortedKeys(e.Parameters) {
		if e.Parameters[other].Correlated != block {
			continue
		}
		if members++; !e.Parameters[other].PerRecording {
			return fmt.Errorf("parameters: %s: correlated: %s: one value for all recordings is correlated with nothing; add per_recording: true, or leave correlated out", other, block)
		}
	}
	if members < 2 {
		return fmt.Errorf("parameters: %s: correlated: %s: no other parameter is in this block; name the same block at two or more, or leave correlated out", name, block)
	}
	return nil
}

// checkOfRecordings refuses what a start cannot keep.
func (u Unknown) checkOfRecordings() error {
	switch {
	case u.Prior != nil:
		return errors.New("per_recording: what its values have in common is found from the recordings; leave prior out")
	case u.Max != nil || u.Min != nil && *u.Min != 0:
		return errors.New("per_recording: its values are positive (min: 0) or any numbers; leave other bounds out")
	}
	return u.check()
}

// shared are the parameters that all recordings have in common, made ready to be used.
func (e *Equations) shared() map[string]Unknown {
	out := map[string]Unknown{}
	for name, u := range e.Parameters {
		if !u.PerRecording {
			out[name] = u.started()
		}
	}
	return out
}

// resolveOfRecordings adds the states of such parameters, behind all others.
func (m *equationModel) resolveOfRecordings() error {
	f := &m.frame
	for k := range m.lines {
		l := &m.lines[k]
		if !l.own {
			continue
		}
		if l.name == "t" || slices.Contains(f.States, l.name) || slices.Contains(f.Inputs, l.name) {
			return fmt.Errorf("parameters: %s has per_recording, and a column or an equation has its name; choose another", l.name)
		}
		if !m.written(l.name) {
			return fmt.Errorf("parameters: %s is in no equation%s", l.name, meant(l.name, m.unknownNames()))
		}
		m.own = append(m.own, RecordingParameter{State: len(f.States), Positive: m.config.Parameters[l.name].Min != nil, Block: m.config.Parameters[l.name].Correlated})
		f.States, m.equation = append(f.States, l.name), append(m.equation, k)
	}
	return nil
}

// written tells that an equation other than those of parameters of recordings has a name.
func (m *equationModel) written(name string) bool {
	for _, e := range m.delays.expressions() {
		if slices.Contains(e.Names(), name) {
			return true
		}
	}
	return slices.ContainsFunc(m.lines, func(l equationLine) bool { return !l.own && slices.Contains(l.expr.Names(), name) })
}

// startOf is where the state of a parameter of recordings starts unless start: says so.
func (m *equationModel) startOf(name string) (float64, bool) {
	u, ok := m.config.Parameters[name]
	if !ok || !u.PerRecording {
		return 0, false
	}
	return u.started().Start, true
}
