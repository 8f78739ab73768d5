package data

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order tells which UTF-16 a text begins in: by its byte-order mark, or by
// the zero half of its first characters; nil if it is not UTF-16.
func utf16Order(head []byte) binary.ByteOrder {
	if len(head) < 4 {
		return nil
	}
	switch {
	case head[0] == 0xff && head[1] == 0xfe && (head[2] != 0 || head[3] != 0), head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return binary.LittleEndian
	case head[0] == 0xfe && head[1] == 0xff, head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8; halves of pairs become U+FFFD.
type utf16Reader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	ready []byte // decoded, not yet handed out
}

// Read implements io.Reader.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.ready) < utf8.UTFMax {
		r, err := u.rune()
		if err != nil {
			if len(u.ready) > 0 {
				break
			}
			return 0, err
		}
		u.ready = utf8.AppendRune(u.ready, r)
	}
	n := copy(p, u.ready)
	u.ready = append(u.ready[:0], u.ready[n:]...)
	for n+utf8.UTFMax <= len(p) {
		r, err := u.rune()
		if err != nil {
			break // told by the next call
		}
		n += utf8.EncodeRune(p[n:], r)
	}
	return n, nil
}

func (u *utf16Reader) rune() (rune, error) {
	first, err := u.r.Peek(2)
	if err != nil {
		if err == io.EOF && len(first) == 1 {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	r := rune(u.order.Uint16(first))
	u.r.Discard(2)
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if second, err := u.r.Peek(2); err == nil {
		if pair := utf16.DecodeRune(r, rune(u.order.Uint16(second))); pair != utf8.RuneError {
			u.r.Discard(2)
			return pair, nil
		}
	}
	return utf8.RuneError, nil
}

// windows1252 are the characters of the bytes 0x80 to 0x9f; 0 is none.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// fromWindows decodes Windows-1252, of which Latin-1's characters are a part;
// ok is false if a byte has no meaning.
func fromWindows(line []byte) (text []byte, ok bool) {
	text = make([]byte, 0, len(line)+len(line)/8+4)
	for _, b := range line {
		r := rune(b)
		if b >= 0x80 && b < 0xa0 {
			if r = windows1252[b-0x80]; r == 0 {
				return nil, false
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text, true
}
