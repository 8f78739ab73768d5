package cli

import (
	"fmt"
	"io"
)

// outlet is a stream of the outside world. Control characters that came in
// with names leave it as escapes, and the first failure is kept: a command
// whose output is lost has failed.
type outlet struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (o *outlet) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	text := p
	for i, b := range p {
		if isControl(p, i, b) {
			text = escaped(p)
			break
		}
	}
	if _, o.err = o.w.Write(text); o.err != nil {
		return 0, o.err
	}
	return len(p), nil
}

// isControl finds control characters, those of Latin-1 too, which take two bytes.
func isControl(p []byte, i int, b byte) bool {
	return b < 0x20 && b != '\n' && b != '\t' || b == 0x7f || b == 0xc2 && i+1 < len(p) && p[i+1] >= 0x80 && p[i+1] < 0xa0
}

func escaped(p []byte) []byte {
	var out []byte
	for i := 0; i < len(p); i++ {
		switch b := p[i]; {
		case !isControl(p, i, b):
			out = append(out, b)
		case b == 0xc2:
			i++
			out = fmt.Appendf(out, `\u%04x`, p[i])
		default:
			out = fmt.Appendf(out, `\x%02x`, b)
		}
	}
	return out
}
