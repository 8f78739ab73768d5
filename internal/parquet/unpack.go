package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

var errPacked = errors.New("the packed data are damaged")

func gunzip(b []byte, size int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, errPacked
	}
	out := make([]byte, size)
	if _, err := io.ReadFull(z, out); err != nil {
		return nil, errSize
	}
	return out, nil
}

// unzstdder is made when the first page is packed so.
var unzstdder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true))
})

func unzstd(b []byte, size int) ([]byte, error) {
	z, err := unzstdder()
	if err != nil {
		return nil, err
	}
	out, err := z.DecodeAll(b, make([]byte, 0, size))
	if err != nil {
		return nil, errPacked
	}
	return out, nil
}

// unsnap unpacks a block of snappy: github.com/google/snappy, format_description.txt.
func unsnap(b []byte, size int) ([]byte, error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n != uint64(size) {
		return nil, errSize
	}
	b = b[k:]
	out := make([]byte, 0, size)
	for len(b) > 0 {
		tag := b[0]
		b = b[1:]
		if tag&3 == 0 {
			length := int(tag >> 2)
			if extra := length - 59; extra > 0 {
				if len(b) < extra {
					return nil, errPacked
				}
				length = 0
				for i := range extra {
					length |= int(b[i]) << (8 * i)
				}
				b = b[extra:]
			}
			if length++; length > len(b) || length > size-len(out) {
				return nil, errPacked
			}
			out, b = append(out, b[:length]...), b[length:]
			continue
		}
		wide := [4]int{0, 1, 2, 4}[tag&3]
		if len(b) < wide {
			return nil, errPacked
		}
		length, offset := int(tag>>2)+1, 0
		for i := range wide {
			offset |= int(b[i]) << (8 * i)
		}
		if tag&3 == 1 {
			length, offset = int(tag>>2&7)+4, offset|int(tag>>5)<<8
		}
		b = b[wide:]
		if out = repeat(out, offset, length, size); out == nil {
			return nil, errPacked
		}
	}
	return out, nil
}

// repeat appends bytes that stand offset before the end; nil if there are none or too many.
func repeat(out []byte, offset, length, size int) []byte {
	if offset <= 0 || offset > len(out) || length > size-len(out) {
		return nil
	}
	for range length {
		out = append(out, out[len(out)-offset])
	}
	return out
}

// unlz4 unpacks a raw block of lz4: github.com/lz4/lz4, lz4_Block_format.md.
func unlz4(b []byte, size int) ([]byte, error) {
	out := make([]byte, 0, size)
	length := func(n int) int {
		if n < 15 {
			return n
		}
		for len(b) > 0 && n <= size {
			c := b[0]
			b = b[1:]
			if n += int(c); c < 255 {
				return n
			}
		}
		return size + 1
	}
	for len(b) > 0 {
		token := b[0]
		b = b[1:]
		n := length(int(token >> 4))
		if n > len(b) || n > size-len(out) {
			return nil, errPacked
		}
		if out, b = append(out, b[:n]...), b[n:]; len(b) == 0 {
			break
		}
		if len(b) < 2 {
			return nil, errPacked
		}
		offset := int(binary.LittleEndian.Uint16(b))
		b = b[2:]
		if out = repeat(out, offset, length(int(token&15))+4, size); out == nil {
			return nil, errPacked
		}
	}
	return out, nil
}
