package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/internal/budget"
)

// The safetensors format: the length of the header (8 bytes, little-endian),
// the header (JSON: name → dtype, shape and place; strings under
// "__metadata__"), then the numbers of all tensors without gaps.
//
// Source: the format description of github.com/huggingface/safetensors. This
// reader takes F64 tensors only and is otherwise as strict as the description.

// tensor is a named array, row-major.
type tensor struct {
	Name  string
	Shape []int
	V     []float64
}

const (
	metadataKey = "__metadata__"
	// maxHeader bounds the header: the text of any file, read as a length, is
	// far above it, and a model with 100 000 recordings stays below.
	maxHeader = 64 << 20
	// maxTensors bounds their number: a recording has a few.
	maxTensors = 1_000_000
	// maxElements bounds a dimension and a tensor, so that sizes in bytes
	// cannot overflow.
	maxElements = 1 << 40
)

// placed is the entry of a tensor in the header.
type placed struct {
	DType   string  `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// writeTensors writes a safetensors file; the same arguments give the same
// bytes.
func writeTensors(w io.Writer, meta map[string]string, tensors []tensor) error {
	var header bytes.Buffer
	text, err := json.Marshal(meta) // sorts its keys
	if err != nil {
		return err
	}
	fmt.Fprintf(&header, "{%q:%s", metadataKey, text)
	at := int64(0)
	for _, t := range tensors {
		e := placed{DType: "F64", Shape: []int64{}, Offsets: []int64{at, at + 8*int64(len(t.V))}}
		for _, d := range t.Shape {
			e.Shape = append(e.Shape, int64(d))
		}
		at = e.Offsets[1]
		name, _ := json.Marshal(t.Name) // a string always has a JSON form
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		fmt.Fprintf(&header, ",%s:%s", name, text)
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 { // the numbers begin at a multiple of 8
		header.WriteByte(' ')
	}
	if header.Len() > maxHeader {
		return fmt.Errorf("the header would need %d bytes; %d is the limit", header.Len(), maxHeader)
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(header.Len())); err != nil {
		return err
	}
	if _, err := w.Write(header.Bytes()); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(littleEndian(t.V)); err != nil {
			return err
		}
	}
	return nil
}

// littleEndian returns the bytes of v.
func littleEndian(v []float64) []byte {
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// readTensors reads a whole safetensors file. Its errors are for the user.
func readTensors(r io.Reader) (map[string]string, []tensor, error) {
	header, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	meta, names, entries, err := parseHeader(header)
	if err != nil {
		return nil, nil, fmt.Errorf("the header of the file is not valid: %w", err)
	}
	size, err := checkLayout(names, entries)
	if err != nil {
		return nil, nil, fmt.Errorf("the header of the file is not valid: %w", err)
	}
	if size > budget.ModelBytes {
		return nil, nil, fmt.Errorf("the file promises %d MiB of numbers; %d MiB is the limit", size>>20, budget.ModelBytes>>20)
	}
	raw, err := readExactly(r, size, 8+int64(len(header)))
	if err != nil {
		return nil, nil, err
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return nil, nil, fmt.Errorf("the file is damaged: it goes on after byte %d, where its header ends it", 8+int64(len(header))+size)
	}
	tensors := make([]tensor, len(names))
	for i, e := range entries {
		t := tensor{Name: names[i], V: make([]float64, (e.Offsets[1]-e.Offsets[0])/8)}
		for _, d := range e.Shape {
			t.Shape = append(t.Shape, int(d))
		}
		for k := range t.V {
			t.V[k] = math.Float64frombits(binary.LittleEndian.Uint64(raw[e.Offsets[0]+8*int64(k):]))
		}
		tensors[i] = t
	}
	return meta, tensors, nil
}

func readHeader(r io.Reader) ([]byte, error) {
	var length [8]byte
	switch _, err := io.ReadFull(r, length[:]); {
	case err == io.EOF:
		return nil, errors.New("the file is empty")
	case err == io.ErrUnexpectedEOF:
		return nil, errors.New("this is not a safetensors file: it is shorter than 8 bytes")
	case err != nil:
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n < 2 || n > maxHeader {
		return nil, errors.New("this is not a safetensors file")
	}
	header, err := readExactly(r, int64(n), 8)
	if len(header) > 0 && header[0] != '{' {
		return nil, errors.New("this is not a safetensors file: its header is not a JSON object")
	}
	return header, err
}

// readExactly reads n bytes, which begin at byte at of the file. Memory grows
// with what arrives, not with what a damaged header promises.
func readExactly(r io.Reader, n, at int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(b)) < n {
		err = fmt.Errorf("the file is truncated: it ends after %d of at least %d bytes; copy it again", at+int64(len(b)), at+n)
	}
	return b, err
}

// parseHeader takes the header apart; names and entries are in its order.
func parseHeader(header []byte) (meta map[string]string, names []string, entries []placed, err error) {
	if !utf8.Valid(header) {
		return nil, nil, nil, errors.New("it is not UTF-8")
	}
	meta = map[string]string{}
	err = eachMember(header, func(name string, value json.RawMessage) error {
		if name == metadataKey {
			return eachMember(value, func(key string, text json.RawMessage) error {
				var s *string
				if err := json.Unmarshal(text, &s); err != nil || s == nil {
					return fmt.Errorf("the metadata %s is not a string", budget.Quote(key))
				}
				meta[key] = *s
				return nil
			})
		}
		if len(names) == maxTensors {
			return fmt.Errorf("it names more than %d tensors", maxTensors)
		}
		var e placed
		if err := json.Unmarshal(value, &e); err != nil {
			return fmt.Errorf("tensor %s: %w", budget.Quote(name), err)
		}
		names, entries = append(names, name), append(entries, e)
		return nil
	})
	return meta, names, entries, err
}

// eachMember calls f for the members of a JSON object in their order; a name
// that comes twice is an error.
func eachMember(object []byte, f func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("it is not a JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name := t.(string) // the decoder takes nothing else for a name
		if seen[name] {
			return fmt.Errorf("%s is there twice", budget.Quote(name))
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// checkLayout checks that the tensors fill the rest of the file, one after
// the other in some order, and returns its size in bytes.
func checkLayout(names []string, entries []placed) (size int64, err error) {
	order := make([]int, len(entries))
	for i, e := range entries {
		order[i] = i
		if err := e.check(); err != nil {
			return 0, fmt.Errorf("tensor %s: %w", budget.Quote(names[i]), err)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return slices.Compare(entries[a].Offsets, entries[b].Offsets)
	})
	for _, i := range order {
		if e := entries[i]; e.Offsets[0] != size {
			return 0, fmt.Errorf("tensor %q begins at byte %d, but the tensors before it end at %d", names[i], e.Offsets[0], size)
		}
		size = entries[i].Offsets[1]
	}
	return size, nil
}

// check reports whether type, shape and place of one tensor agree.
func (e *placed) check() error {
	if e.DType != "F64" {
		return fmt.Errorf("its numbers are of type %q; only F64 is read", e.DType)
	}
	if e.Shape == nil || len(e.Offsets) != 2 {
		return errors.New("its shape or its two data_offsets are missing")
	}
	n := int64(1)
	for _, d := range e.Shape {
		if d < 0 || d > maxElements || n > maxElements/max(d, 1) {
			return fmt.Errorf("its shape %s is not possible", budget.Cut(fmt.Sprint(e.Shape)))
		}
		n *= d
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || to-from != 8*n {
		return fmt.Errorf("its shape %s needs %d bytes, but it lies from %d to %d", budget.Cut(fmt.Sprint(e.Shape)), 8*n, from, to)
	}
	return nil
}
