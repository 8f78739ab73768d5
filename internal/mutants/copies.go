package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Building a binary for every mutant takes longer than running its tests. So one holds them all:
// a function begins with a switch whose cases are its mutants, each the whole body again with one
// fault, and the environment says which case is taken. A number in a variable becomes a choice of
// two. What cannot be written like that (constants, bodies that a block would change) is built alone.

// chosen is the variable of the environment that names a mutant by its number, or 0.
const chosen = "ENTRAIN_MUTANT"

// switching is the file that is added to the package under test.
const switching = `package %s

import (
	mutantOS "os"
	mutantNumber "strconv"
)

var mutantNow, _ = mutantNumber.Atoi(mutantOS.Getenv("` + chosen + `"))

func mutantIf[T any](number int, to, was T) T {
	if mutantNow == number {
		return to
	}
	return was
}
`

// copies is a package with many mutants in it.
type copies struct {
	dir     string
	pkg     string          // its name
	folder  string          // for what is written
	numbers map[*mutant]int // from 1; those that are in
}

// holds tells whether a mutant may stand beside others. The compiler may still say no: then it is
// built alone if it is outside functions, and is none if it is inside.
func (m *mutant) holds() bool {
	if m.in == nil {
		return m.to == "("+m.was+"+1)"
	}
	return m.in.whole
}

// begins is where the text of a mutant begins to differ.
func (m *mutant) begins() int {
	if m.in == nil {
		return m.from
	}
	return m.in.from
}

// text is a file with its mutants in it, and the lines on which they stand.
func (c copies) text(path string, source []byte) (text []byte, lines map[int][]*mutant) {
	var order []*mutant
	for m := range c.numbers {
		if m.path == path {
			order = append(order, m)
		}
	}
	slices.SortFunc(order, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.begins(), b.begins()), cmp.Compare(c.numbers[a], c.numbers[b]))
	})
	lines = map[int][]*mutant{}
	var out bytes.Buffer
	line := func() int { return 1 + bytes.Count(out.Bytes(), []byte("\n")) }
	at := 0
	for i := 0; i < len(order); {
		m, f := order[i], order[i].in
		out.Write(source[at:m.begins()])
		at = m.begins()
		if f == nil {
			lines[line()] = append(lines[line()], m)
			fmt.Fprintf(&out, "mutantIf(%d, %s, %s)", c.numbers[m], m.to, m.was)
			at = m.upTo
			i++
			continue
		}
		out.WriteString("\nswitch mutantNow {\n")
		for ; i < len(order) && order[i].in == f; i++ {
			m, first := order[i], line()
			fmt.Fprintf(&out, "case %d:\n%s%s%s\n", c.numbers[m], source[f.from:m.from], m.to, source[m.upTo:f.upTo])
			if !f.returns {
				out.WriteString("return\n")
			}
			for n := first; n < line(); n++ {
				lines[n] = append(lines[n], m)
			}
		}
		out.WriteString("}\n")
	}
	out.Write(source[at:])
	return out.Bytes(), lines
}

// build writes the binary, and takes out the mutants that do not compile.
func (c copies) build(binary string) error {
	for range 20 {
		overlay, lines, err := c.write()
		if err != nil {
			return err
		}
		out, err := compile(c.dir, overlay, binary, "-gcflags=-e")
		if err == nil {
			return nil
		}
		wrong := c.wrong(out, lines)
		if len(wrong) == 0 {
			return fmt.Errorf("%s does not compile with its mutants:\n%s", c.dir, out)
		}
		for m := range wrong {
			delete(c.numbers, m)
		}
	}
	return fmt.Errorf("%s: no end of mutants that do not compile", c.dir)
}

// write makes the files and the list that tells the compiler of them.
func (c copies) write() (overlay string, lines map[string]map[int][]*mutant, err error) {
	replace, lines := map[string]string{}, map[string]map[int][]*mutant{}
	put := func(path string, text []byte) error {
		full, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		replace[full] = filepath.Join(c.folder, filepath.Base(path))
		return os.WriteFile(replace[full], text, 0o600)
	}
	for m := range c.numbers {
		if lines[filepath.Base(m.path)] != nil {
			continue
		}
		source, err := os.ReadFile(m.path)
		if err != nil {
			return "", nil, err
		}
		text, at := c.text(m.path, source)
		lines[filepath.Base(m.path)] = at
		if err := put(m.path, text); err != nil {
			return "", nil, err
		}
	}
	if err := put(filepath.Join(c.dir, "mutant_switch.go"), fmt.Appendf(nil, switching, c.pkg)); err != nil {
		return "", nil, err
	}
	overlay, err = list(c.folder, replace)
	return overlay, lines, err
}

var complaint = regexp.MustCompile(`(?m)([\w.]+\.go):(\d+):\d+: `)

// wrong are the mutants that the compiler complains about.
func (c copies) wrong(out []byte, lines map[string]map[int][]*mutant) map[*mutant]bool {
	found := map[*mutant]bool{}
	for _, parts := range complaint.FindAllSubmatch(out, -1) {
		n, _ := strconv.Atoi(string(parts[2]))
		for _, m := range lines[string(parts[1])][n] {
			found[m] = true
		}
	}
	return found
}

// alone builds the binary of one mutant, and says whether it compiles.
func (m *mutant) alone(dir, folder, binary string) (bool, error) {
	source, err := os.ReadFile(m.path)
	if err != nil {
		return false, err
	}
	full, err := filepath.Abs(m.path)
	if err != nil {
		return false, err
	}
	changed := filepath.Join(folder, filepath.Base(m.path))
	text := slices.Concat(source[:m.from], []byte(m.to), source[m.upTo:])
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		return false, err
	}
	overlay, err := list(folder, map[string]string{full: changed})
	if err != nil {
		return false, err
	}
	_, err = compile(dir, overlay, binary)
	return err == nil, nil
}

func list(folder string, replace map[string]string) (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

func compile(dir, overlay, binary string, flags ...string) ([]byte, error) {
	args := append([]string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary}, flags...)
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	return exec.Command("go", append(args, "./"+filepath.ToSlash(dir))...).CombinedOutput()
}

// packageOf reads the name of a package.
func packageOf(dir string) (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Name}}", "./"+filepath.ToSlash(dir)).Output()
	return strings.TrimSpace(string(out)), err
}
