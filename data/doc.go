// Package data answers the question: what is a recording?
//
// A Series holds one recording. Read makes them from CSV or TSV text, Check
// says what is wrong with them, Split holds out a tail, AddNoise disturbs
// them, Smooth draws curves through them, Compare scores one against another
// and Write puts them back into text:
//
//	recordings, err := data.Read(file, data.ReadOptions{File: "lynx-hare.csv"})
//	problems := data.Check(recordings)
//	train, held, err := data.Split(recordings[0], 0.2)
//
// Everything is in the user's units. NaN marks a missing value everywhere.
// The package opens no files; it reads and writes streams.
//
// Read series.go first, then read.go (with decode.go, table.go, roles.go, clock.go
// below it), write.go, check.go, split.go and score.go.
package data
