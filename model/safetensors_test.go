package model

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// file puts a header and a body together.
func file(header string, body int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, body)...)
}

func TestTensorsSurviveFile(t *testing.T) {
	want := []tensor{
		{"a", []int{2, 3}, []float64{1, -0.5, math.Inf(1), math.SmallestNonzeroFloat64, math.Copysign(0, -1), math.Pi}},
		{"empty", []int{4, 0}, []float64{}},
		{"a name with \"quotes\" & <signs>", []int{}, []float64{7}},
	}
	meta := map[string]string{"z": "é \n", "a": "{\"x\":1}"}
	var b bytes.Buffer
	if err := writeTensors(&b, meta, want); err != nil {
		t.Fatal(err)
	}
	if n := binary.LittleEndian.Uint64(b.Bytes()); n%8 != 0 {
		t.Errorf("the numbers begin at byte %d, which is no multiple of 8", 8+n)
	}
	gotMeta, got, err := readTensors(iotest.OneByteReader(&b))
	if err != nil {
		t.Fatal(err)
	}
	want[2].Shape = nil // a scalar
	if !reflect.DeepEqual(meta, gotMeta) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v %v\nwant %v %v", gotMeta, got, meta, want)
	}
	if !math.Signbit(got[0].V[4]) {
		t.Error("the sign of zero was lost")
	}
}

// TestTensorsMayComeInAnyOrder reads what other programs write: tensors whose
// order in the header is not their order in the file, no metadata.
func TestTensorsMayComeInAnyOrder(t *testing.T) {
	b := file(`{"b":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}`, 24)
	binary.LittleEndian.PutUint64(b[len(b)-24:], math.Float64bits(3))
	_, got, err := readTensors(bytes.NewReader(b))
	if err != nil || len(got) != 2 || got[0].Name != "b" || got[1].V[0] != 3 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestInvalidTensorFilesAreRefused(t *testing.T) {
	one := func(entry string) []byte { return file(`{"a":{`+entry+`}}`, 16) }
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":            {nil, "empty"},
		"short":            {[]byte("abc"), "not a safetensors file"},
		"text":             {[]byte("year,hare,lynx\n1900,30,4\n"), "not a safetensors file"},
		"length zero":      {make([]byte, 64), "not a safetensors file"},
		"length too large": {binary.LittleEndian.AppendUint64(nil, maxHeader+1), "not a safetensors file"},
		"header cut":       {file(`{"a":{"dtype"`, 0)[:18], "truncated"},
		"no object":        {file(`[1, 2]`, 0), "not a JSON object"},
		"not UTF-8":        {file("{\"\xff\":1}", 0), "UTF-8"},
		"no JSON":          {file(`{"a" 1}`, 0), "not valid"},
		"two objects":      {file(`{}{}`, 0), "follows"},
		"name twice":       {file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}`, 16), "twice"},
		"metadata number":  {file(`{"__metadata__":{"k":1}}`, 0), "not a string"},
		"metadata null":    {file(`{"__metadata__":{"k":null}}`, 0), "not a string"},
		"other type":       {one(`"dtype":"F32","shape":[4],"data_offsets":[0,16]`), "F32"},
		"no shape":         {one(`"dtype":"F64","data_offsets":[0,16]`), "missing"},
		"no offsets":       {one(`"dtype":"F64","shape":[2]`), "missing"},
		"three offsets":    {one(`"dtype":"F64","shape":[2],"data_offsets":[0,16,32]`), "missing"},
		"shape too small":  {one(`"dtype":"F64","shape":[1],"data_offsets":[0,16]`), "needs 8 bytes"},
		"negative shape":   {one(`"dtype":"F64","shape":[-1,-2],"data_offsets":[0,16]`), "not possible"},
		"overflow":         {one(`"dtype":"F64","shape":[1099511627776,16777216],"data_offsets":[0,0]`), "not possible"},
		"zero and huge":    {one(`"dtype":"F64","shape":[0,9000000000000000000],"data_offsets":[0,0]`), "not possible"},
		"backwards":        {one(`"dtype":"F64","shape":[2],"data_offsets":[16,0]`), "lies from 16 to 0"},
		"before the start": {one(`"dtype":"F64","shape":[2],"data_offsets":[-16,0]`), "lies from -16"},
		"gap":              {one(`"dtype":"F64","shape":[1],"data_offsets":[8,16]`), "begins at byte 8"},
		"overlap":          {file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, 8), "begins at byte 0"},
		"numbers cut":      {one(`"dtype":"F64","shape":[3],"data_offsets":[0,24]`), "truncated"},
		"numbers too many": {one(`"dtype":"F64","shape":[1],"data_offsets":[0,8]`), "goes on"},
	} {
		_, _, err := readTensors(bytes.NewReader(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestReadErrorsAreKept(t *testing.T) {
	whole := file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, 8)
	for n := range len(whole) {
		r := io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(io.ErrClosedPipe))
		if _, _, err := readTensors(r); err != io.ErrClosedPipe {
			t.Fatalf("after %d bytes: got %v, want the reader's error", n, err)
		}
	}
}

// FuzzTensors checks that no input breaks the reader, and that what it reads
// survives being written.
func FuzzTensors(f *testing.F) {
	f.Add(file(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, 8))
	f.Add(file(`{"__metadata__":{"k":"v"},"a":{"dtype":"F64","shape":[0,3],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		meta, tensors, err := readTensors(bytes.NewReader(b))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := writeTensors(&first, meta, tensors); err != nil {
			t.Fatal(err)
		}
		meta, tensors, err = readTensors(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if writeTensors(&second, meta, tensors); !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("writing twice gives other bytes")
		}
	})
}
