// Package policy holds tests about the source itself: who may import whom,
// what must be documented, what must not be used where, how long files may be,
// and whether the tables of docs/reference.md are fresh. It has no code of its own.
//
// The rules are data at the top of each test file. If one is in the way of
// something good, change the rule in the same commit and say why.
package policy

//go:generate go test . -count=1 -run TestReferenceTablesAreFresh|TestAboutSettingsIsFresh -update
