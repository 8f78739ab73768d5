package model

import "github.com/entrain-dev/entrain/field"

// Confine changes the field outside a box so that states are drawn back to it, see
// field.Confined; inside nothing changes.
func (m *Model) Confine(box *field.Box) {
	parts := *m.Parts
	parts.Field = field.Confined(m.Parts.Field, box)
	m.Parts, m.Box = &parts, box
}
