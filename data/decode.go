package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Marks at the start of a file.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	utf8BOM   = []byte{0xef, 0xbb, 0xbf}
	utf16LE   = []byte{0xff, 0xfe}
	utf16BE   = []byte{0xfe, 0xff}
)

// decode reads all text of r: unpacked if it is gzipped, without a byte-order
// mark, checked to be UTF-8.
func decode(r io.Reader, file string) ([]byte, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, readFailure(file, err)
	}
	if bytes.HasPrefix(text, gzipMagic) {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err == nil {
			text, err = io.ReadAll(z)
		}
		if err != nil {
			return nil, at(file, 0, "", "the gzip data are damaged or cut short: %w", err)
		}
	}
	if bytes.HasPrefix(text, utf16LE) || bytes.HasPrefix(text, utf16BE) {
		return nil, at(file, 1, "", "the text is UTF-16, not UTF-8; save it as UTF-8 and try again")
	}
	text = bytes.TrimPrefix(text, utf8BOM)
	if i := invalidUTF8(text); i >= 0 {
		line := 1 + bytes.Count(text[:i], []byte{'\n'})
		return nil, at(file, line, "", "byte 0x%02x is not UTF-8 text; save the file as UTF-8 and try again", text[i])
	}
	return text, nil
}

// invalidUTF8 returns the place of the first byte that is not UTF-8, or -1.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func readFailure(file string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the file is cut short: %w", err)
	}
	return &ParseError{File: file, Err: err}
}
