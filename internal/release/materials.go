package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
)

// component is a module in a bill of materials, CycloneDX 1.6.
type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

// materials is the bill of all modules in any of the binaries, as these know them themselves.
func materials(binaries []string, version string) ([]byte, error) {
	var program component
	var parts []component
	add := func(c component) {
		if !slices.ContainsFunc(parts, func(old component) bool { return old.PURL == c.PURL }) {
			parts = append(parts, c)
		}
	}
	for _, binary := range binaries {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			return nil, err
		}
		program = component{Type: "application", Name: info.Main.Path, Version: version, PURL: "pkg:golang/" + info.Main.Path + "@" + version}
		std := strings.TrimPrefix(info.GoVersion, "go")
		add(component{Type: "library", Name: "std", Version: std, PURL: "pkg:golang/std@" + std})
		for _, m := range info.Deps {
			add(component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version, Hashes: hashes(m)})
		}
	}
	slices.SortFunc(parts, func(a, b component) int { return strings.Compare(a.PURL, b.PURL) })
	text, err := json.MarshalIndent(map[string]any{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata": map[string]any{"component": program}, "components": parts}, "", "  ")
	return append(text, '\n'), err
}

// hashes is the sum of go.sum, which is SHA-256 of the list of a module's files.
func hashes(m *debug.Module) []hash {
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
	if err != nil || len(sum) == 0 {
		return nil
	}
	return []hash{{"SHA-256", hex.EncodeToString(sum)}}
}
