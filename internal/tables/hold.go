package tables

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Limits bound what a file may take before Read gives up; zero fields stand for those of
// package budget. They are those of text, which data.Read keeps to again.
type Limits struct {
	Bytes                int64 // of the file, and of all that is unpacked from it
	Rows, Columns, Cells int
}

// heldShare of the bytes may be in memory at a time: of a file that is unpacked piece by
// piece only what cannot be handed on at once.
const heldShare = 2

// purse counts what a file has taken of its limits.
type purse struct {
	Limits
	unpacked, held int64
}

func newPurse(l Limits) *purse {
	p := &purse{Limits: l}
	if p.Bytes == 0 {
		p.Bytes = budget.Bytes
	}
	if p.Rows == 0 {
		p.Rows = budget.Rows
	}
	if p.Columns == 0 {
		p.Columns = budget.Columns
	}
	if p.Cells == 0 {
		p.Cells = budget.Cells
	}
	return p
}

// hold is asked before n bytes are kept.
func (p *purse) hold(n int64) error {
	if p.held += n; p.held > p.Bytes/heldShare || p.held < 0 {
		return fmt.Errorf("more than %s of it would have to be kept in memory; write it as text (CSV), which is read piece by piece, or %s",
			budget.Size(p.Bytes/heldShare), budget.Hint("bytes", 4*p.Bytes))
	}
	return nil
}

// unpack is asked before n bytes are unpacked.
func (p *purse) unpack(n int64) error {
	if p.unpacked += n; p.unpacked > p.Bytes || p.unpacked < 0 {
		return fmt.Errorf("it holds more than %s; %s", budget.Size(p.Bytes), budget.Hint("bytes", 4*p.Bytes))
	}
	return nil
}

// shape is asked before a table of so many rows and columns is made.
func (p *purse) shape(rows, columns int) error {
	switch {
	case rows > p.Rows:
		return fmt.Errorf("it has more than %d rows; %s", p.Rows, budget.Hint("rows", 4*int64(p.Rows)))
	case columns > p.Columns:
		return fmt.Errorf("it has more than %d columns; %s", p.Columns, budget.Hint("columns", 4*int64(p.Columns)))
	case columns > 0 && rows > p.Cells/columns:
		return fmt.Errorf("it has more than %d values; %s", p.Cells, budget.Hint("cells", 4*int64(p.Cells)))
	}
	return nil
}

// counted is a stream whose bytes count as unpacked.
type counted struct {
	r io.Reader
	p *purse
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if e := c.p.unpack(int64(n)); e != nil {
		return 0, e
	}
	return n, err
}

// pieces are bytes in pieces of equal size, so that growing copies nothing.
type pieces struct {
	all  [][]byte
	size int64
}

const pieceSize = 1 << 20

// readPieces reads a whole stream.
func readPieces(r io.Reader, p *purse) (*pieces, error) {
	out := &pieces{}
	for {
		if err := p.hold(pieceSize); err != nil {
			return nil, err
		}
		piece := make([]byte, pieceSize)
		n, err := io.ReadFull(r, piece)
		out.all, out.size = append(out.all, piece[:n]), out.size+int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// ReadAt implements io.ReaderAt.
func (s *pieces) ReadAt(b []byte, at int64) (n int, err error) {
	for n < len(b) && at >= 0 && at < s.size {
		k := copy(b[n:], s.all[at/pieceSize][at%pieceSize:])
		n, at = n+k, at+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// spool keeps rows of text in pieces until the names of all columns are known: the number
// of fields, then each with its length before it. Rows are handed out once, and let go.
type spool struct {
	p    *purse
	all  [][]byte
	rows int
	wide int // columns of the widest row
	at   int // in the first piece
}

// add keeps a row; empty fields at its end are left out.
func (s *spool) add(fields []string) error {
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	s.rows, s.wide = s.rows+1, max(s.wide, len(fields))
	if err := s.p.shape(s.rows, s.wide); err != nil {
		return err
	}
	need := binary.MaxVarintLen64 * (1 + len(fields))
	for _, f := range fields {
		need += len(f)
	}
	last := len(s.all) - 1
	if last < 0 || cap(s.all[last])-len(s.all[last]) < need {
		size := max(need, pieceSize)
		if err := s.p.hold(int64(size)); err != nil {
			return err
		}
		s.all = append(s.all, make([]byte, 0, size))
		last++
	}
	b := binary.AppendUvarint(s.all[last], uint64(len(fields)))
	for _, f := range fields {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	s.all[last] = b
	return nil
}

// next is the next row, in dst; io.EOF behind the last.
func (s *spool) next(dst []string) ([]string, error) {
	for len(s.all) > 0 && s.at == len(s.all[0]) {
		s.all[0] = nil
		s.all, s.at = s.all[1:], 0
	}
	if len(s.all) == 0 {
		return nil, io.EOF
	}
	number := func() int {
		v, n := binary.Uvarint(s.all[0][s.at:])
		s.at += n
		return int(v)
	}
	for range number() {
		n := number()
		dst = append(dst, string(s.all[0][s.at:s.at+n]))
		s.at += n
	}
	return dst, nil
}
