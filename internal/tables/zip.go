package tables

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// mostFiles is how many files an archive may hold.
const mostFiles = 20_000

// readZip reads what is zipped: arrays of NumPy or a workbook. The packed file is kept, and
// unpacked piece by piece.
func readZip(r io.Reader, o Options, p *purse) (*Table, error) {
	packed, err := readPieces(r, p)
	if err != nil {
		return nil, err
	}
	if n := packed.entries(); n > mostFiles { // counted here, as their names are kept
		return nil, fmt.Errorf("it holds %d files; %d is the most", n, mostFiles)
	}
	z, err := zip.NewReader(packed, packed.size)
	if err != nil {
		return nil, fmt.Errorf("it is damaged or cut short (%w)", err)
	}
	for _, f := range z.File {
		switch {
		case f.Name == "xl/workbook.xml":
			return readWorkbook(z, o, p)
		case strings.HasSuffix(f.Name, ".npy"):
			return readNPZ(z, p)
		}
	}
	return nil, fmt.Errorf("it holds neither a workbook nor arrays of NumPy; unpack it first")
}

// readEmptyZip refuses an archive that begins with the end of its directory.
func readEmptyZip(io.Reader, Options, *purse) (*Table, error) {
	return nil, fmt.Errorf("it is empty: it holds no array and no workbook")
}

// entries is how many files the directory of an archive can name.
func (s *pieces) entries() int {
	mark := []byte("PK\x01\x02")
	n := 0
	for i, b := range s.all {
		n += bytes.Count(b, mark)
		if i > 0 { // over the border of two pieces
			before := s.all[i-1]
			edge := append(append([]byte{}, before[max(0, len(before)-3):]...), b[:min(3, len(b))]...)
			n += bytes.Count(edge, mark)
		}
	}
	return n
}

// unzip is a file of an archive, unpacked while it is read. Whether it is too large is told
// before, if it says how large it is.
func unzip(f *zip.File, p *purse) (io.Reader, error) {
	if f.UncompressedSize64 > uint64(p.Bytes-min(p.unpacked, p.Bytes)) {
		return nil, fmt.Errorf("%s unpacks to %d MiB, and with it the file to more than %s; %s",
			budget.Quote(f.Name), f.UncompressedSize64>>20, budget.Size(p.Bytes), budget.Hint("bytes", 4*p.Bytes))
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", budget.Quote(f.Name), err)
	}
	return &unzipped{&counted{r, p}, f.Name}, nil
}

// unzipped names the file in its errors.
type unzipped struct {
	r    io.Reader
	name string
}

func (u *unzipped) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", budget.Quote(u.name), err)
	}
	return n, err
}
