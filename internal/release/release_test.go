package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"
	"time"
)

// The same files give the same bytes, and what was packed is what is unpacked.
func TestArchivesAreTheSameBytes(t *testing.T) {
	when := time.Unix(1e9, 0).UTC()
	files := []file{{"entrain", 0o755, []byte("binary")}, {"man/entrain.1", 0o644, []byte("page")}}
	a, err := archive("x", files, when)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := archive("x", files, when); err != nil || !bytes.Equal(a, b) {
		t.Errorf("two archives differ, %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for _, f := range files {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || h.Name != "x/"+f.name || h.Mode != f.mode || !h.ModTime.Equal(when) || h.Uid != 0 || h.Uname != "" || string(text) != string(f.text) {
			t.Errorf("%+v %q %v", h, text, err)
		}
	}
}

// The bill names every module that is in a binary: here, this test's own.
func TestMaterialsAreThoseOfTheBinary(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := materials([]string{program, program}, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		BomFormat  string
		Metadata   struct{ Component component }
		Components []component
	}
	if err := json.Unmarshal(text, &b); err != nil || b.BomFormat != "CycloneDX" || b.Metadata.Component.Version != "1.2.3" || !slices.ContainsFunc(b.Components, func(c component) bool { return c.Name == "std" }) {
		t.Errorf("%v\n%s", err, text)
	}
}
