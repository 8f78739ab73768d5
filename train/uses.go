package train

import "slices"

// UsesModel tells whether a method begins with the model of its problem;
// sindy finds equations of its own.
func UsesModel(m Method) bool {
	switch m := m.(type) {
	case *SINDy:
		return false
	case *Chain:
		return UsesModel(m.Methods[0])
	}
	return true
}

// HasPath tells whether a method follows one path through its unknowns, which
// Settings.Path records; sindy has no iterates, auto tries many models.
func HasPath(m Method) bool {
	switch m := m.(type) {
	case *SINDy, *Auto:
		return false
	case *Chain:
		return slices.ContainsFunc(m.Methods, HasPath)
	}
	return true
}
