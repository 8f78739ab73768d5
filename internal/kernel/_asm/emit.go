package main

import (
	"flag"
	"os"
	"regexp"
)

// tapePiece begins the names of the pieces of code that a tape consists of.
const tapePiece = "piece"

var (
	pieceText = regexp.MustCompile(`(?:// func ` + tapePiece + `\w+\(\)\n)?((?:// Requires: .*\n)?)TEXT ·(` + tapePiece + `\w+)\(SB\)`)
	pieceStub = regexp.MustCompile(`\nfunc ` + tapePiece + `\w+\(\)\n`)
)

// hidePieces makes the pieces static in the files that these flags name and removes their declarations: they are
// jumped to, not called.
func hidePieces(flags ...string) error {
	for _, name := range flags {
		path := flag.Lookup(name).Value.String()
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text = pieceText.ReplaceAll(text, []byte("${1}TEXT ${2}<>(SB)"))
		text = pieceStub.ReplaceAll(text, nil)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
	}
	return nil
}
