package cli

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/entrain-dev/entrain/internal/config"
)

// hostile makes input that nobody means well with; the same seed makes the same.
type hostile struct{ *rand.Rand }

// pick returns one of a list.
func pick[T any](h hostile, list []T) T { return list[h.IntN(len(list))] }

// Values, names and settings that have broken programs.
var (
	badValues = []string{"", "NaN", "inf", "-Infinity", "1e400", "1e308", "-1e308", "5e-324", "-0", "0x1p4", "1_000", "1,5", "1.234,5", "--1", "１２", "٣", "true", "False",
		"None", "#DIV/0!", "#N/A", "\"", "\"\"", "'", "2024-02-30", "2024-01-01T00:00:00Z", "13/13/2024", "9999-12-31", "12:61", "25:00", "1e", ".", "-", "+", "∞", "1\x00", "\x1b[31m",
		"\u202e", "\ufeff", "<script>", "=1+1", "1e154", "1e-154", "123456789012345678901234567890", "0.1e-999999999", "nan(1)"}
	badNames = []string{"", "t", "T", "time", "id", "x", "x'", "x y", "x_lo", "dx/dt", "sin", "theta", "a\x1b[2Jb", "a\u009bb", "\u202ex", "<script>alert(1)</script>", "${x}", "%s%n", "../../x",
		"x [m]", "x (m)", "[m]", "x []", "-1", "1", "date", "é", "🙂", "--out", "x=1", "a,b", "a;b", "a\tb", "a\nb"}
	badSettings = []string{"", "0", "-1", "1", "2", "3", "1e9", "1000000000", "9223372036854775807", "18446744073709551615", "1e308", "-1e308", "1e-300", "NaN", "inf", "-inf", "true", "x", "\x1b[31m",
		"[]", "{}", "[[1]]", "{a: 1}", "[1, 2]", "1,2", "0.5", "1e-12", "none", "auto", "linear", "<b>", "\"", "'", "5s", "-3s", "1e9h", "a.b", "../x"}
	badJSON = []any{nil, true, false, -1.0, 0.0, 1.0, 0.5, 1e308, -1e308, 5e-324, 1e9, 4611686018427387904.0, -5.0, "", "x", "\x1b[31m", "</script><script>alert(1)</script>", "a\nb",
		[]any{}, map[string]any{}, []any{1.0, 2.0}, []any{"x", "x"}, []any{1e9}, []any{-1.0}, "9999-12-31T23:59:59Z", "linear", "dopri5", "rk4", 1e-300}
)

// table makes a file of rows that is good, then spoils it.
func (h hostile) table() []byte {
	rows, columns := 8+h.IntN(40), 1+h.IntN(4)
	sep := pick(h, []string{",", ",", ",", ";", "\t", "|", " "})
	var lines [][]string
	header := []string{"t"}
	for c := range columns {
		header = append(header, fmt.Sprintf("x%d", c))
	}
	lines = append(lines, header)
	for i := range rows {
		row := []string{strconv.FormatFloat(float64(i)*0.1, 'g', -1, 64)}
		for c := range columns {
			row = append(row, strconv.FormatFloat(math.Round(1000*math.Sin(float64(i)*0.3+float64(c)))/1000, 'g', -1, 64))
		}
		lines = append(lines, row)
	}
	for range h.IntN(4) {
		h.spoil(lines)
	}
	var b bytes.Buffer
	for _, row := range lines {
		b.WriteString(strings.Join(row, sep))
		b.WriteString(pick(h, []string{"\n", "\n", "\n", "\n", "\n", "\n", "\n", "\r\n"}))
	}
	return h.bytes(b.Bytes())
}

// spoil changes some fields.
func (h hostile) spoil(lines [][]string) {
	r := 1 + h.IntN(len(lines)-1)
	c := h.IntN(len(lines[0]))
	switch h.IntN(9) {
	case 0, 1:
		lines[r][min(c, len(lines[r])-1)] = pick(h, badValues)
	case 2:
		lines[0][c] = pick(h, badNames)
	case 3: // a whole column
		v := pick(h, badValues)
		for i := range lines[1:] {
			if c < len(lines[i+1]) {
				lines[i+1][c] = v
			}
		}
	case 4: // another scale
		s := pick(h, []float64{1e300, 1e150, 1e60, 1e-60, 1e-150, 1e-300, 5e-324, -1, 0, 1e15})
		for i := range lines[1:] {
			if c < len(lines[i+1]) {
				if v, err := strconv.ParseFloat(lines[i+1][c], 64); err == nil {
					lines[i+1][c] = strconv.FormatFloat(v*s, 'g', -1, 64)
				}
			}
		}
	case 5:
		lines[r] = append(lines[r], pick(h, badValues))
	case 6:
		lines[r] = lines[r][:1+h.IntN(len(lines[r]))]
	case 7:
		o := 1 + h.IntN(len(lines)-1)
		lines[r], lines[o] = lines[o], lines[r]
	case 8:
		lines[r][0] = strings.Repeat(pick(h, []string{"9", "a", "\"", " ", "é", "[", "1,"}), h.IntN(200_000))
	}
}

// bytes changes a text without knowing what it says.
func (h hostile) bytes(b []byte) []byte {
	b = bytes.Clone(b)
	switch h.IntN(14) {
	case 0:
		for range 1 + h.IntN(8) {
			b[h.IntN(len(b))] ^= 1 << h.IntN(8)
		}
	case 1:
		b = b[:h.IntN(len(b))]
	case 2:
		at := h.IntN(len(b))
		b = slices.Insert(b, at, []byte(pick(h, badValues))...)
	case 3:
		at := h.IntN(len(b))
		b = append(b, b[at:]...)
	case 4:
		units := utf16.Encode([]rune(string(b)))
		var out bytes.Buffer
		binary.Write(&out, pick(h, []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}), units)
		b = out.Bytes()
	case 5, 6:
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		if h.IntN(3) == 0 {
			z.Write(bytes.Repeat(b, 1+h.IntN(20_000_000)/len(b)))
		}
		z.Close()
		b = out.Bytes()
		if h.IntN(3) == 0 {
			b = b[:h.IntN(len(b))]
		}
	}
	return b
}

// settings makes arguments of fit and check.
func (h hostile) settings(keys []string) []string {
	var out []string
	for range h.IntN(4) {
		key := pick(h, keys)
		if strings.HasSuffix(key, "=") && key != "data=" {
			key += pick(h, badSettings)
		}
		out = append(out, key)
	}
	return out
}

// configuration makes a YAML file.
func (h hostile) configuration(keys []string) []byte {
	var b strings.Builder
	b.WriteString(pick(h, []string{"data: good.csv\n", "data: good.csv\nmodel: equations\nequations: |\n  hare' = a*hare - b*hare*lynx\n  lynx' = -c*lynx + nn(hare)\nparameters: {a: {start: 1}, b: {start: 0.1, min: 0}, c: {start: 1}}\n",
		"base: {data: good.csv, model: mlp, method: lm}\naxes:\n  - seeds: 2\n", "data: good.csv\nsolver: {rtol: 1e-7}\nhidden: [8, 8]\n", ""}))
	for range h.IntN(5) {
		key := strings.ReplaceAll(strings.TrimSuffix(pick(h, keys), "="), "=", ": ")
		switch h.IntN(5) {
		case 0:
			fmt.Fprintf(&b, "%s:\n  - %s\n", key, pick(h, badSettings))
		case 1:
			fmt.Fprintf(&b, "%s: {%s: %s}\n", key, key, pick(h, badSettings))
		case 2:
			fmt.Fprintf(&b, "%s%s\n", strings.Repeat(pick(h, []string{"- ", "? ", "[", "{a: ", "a: ", "&a ", "!!x ", "  "}), h.IntN(50_000)), "1")
		default:
			fmt.Fprintf(&b, "%s: %s\n", key, pick(h, badSettings))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return h.bytes([]byte(b.String()))
}

// tensorFile is a model file taken apart.
type tensorFile struct {
	meta    map[string]string
	tensors map[string]*tensorPart
}

type tensorPart struct {
	Shape []int
	V     []float64
}

func openTensors(t *testing.T, file []byte) *tensorFile {
	t.Helper()
	n := binary.LittleEndian.Uint64(file)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	f := &tensorFile{tensors: map[string]*tensorPart{}}
	for name, text := range header {
		if name == "__metadata__" {
			if err := json.Unmarshal(text, &f.meta); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var e struct {
			Shape   []int
			Offsets []int `json:"data_offsets"`
		}
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		p := &tensorPart{Shape: e.Shape, V: make([]float64, (e.Offsets[1]-e.Offsets[0])/8)}
		binary.Read(bytes.NewReader(file[8+int(n)+e.Offsets[0]:]), binary.LittleEndian, p.V)
		f.tensors[name] = p
	}
	return f
}

// pack writes the file with a right checksum.
func (f *tensorFile) pack() []byte {
	sum, header, body := sha256.New(), map[string]any{}, &bytes.Buffer{}
	delete(f.meta, "sha256")
	for _, k := range slices.Sorted(maps.Keys(f.meta)) {
		fmt.Fprintf(sum, "%q %q\n", k, f.meta[k])
	}
	for _, name := range slices.Sorted(maps.Keys(f.tensors)) {
		p := f.tensors[name]
		fmt.Fprintf(sum, "%q %d\n", name, p.Shape)
		binary.Write(sum, binary.LittleEndian, p.V)
		header[name] = map[string]any{"dtype": "F64", "shape": p.Shape, "data_offsets": []int{body.Len(), body.Len() + 8*len(p.V)}}
		binary.Write(body, binary.LittleEndian, p.V)
	}
	f.meta["sha256"] = hex.EncodeToString(sum.Sum(nil))
	header["__metadata__"] = f.meta
	text, _ := json.Marshal(header)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, body.Bytes())
}

// model makes a model file that a checksum does not protect.
func (h hostile) model(t *testing.T, good []byte) []byte {
	if h.IntN(6) == 0 {
		return h.bytes(good)
	}
	f := openTensors(t, good)
	var description any
	if err := json.Unmarshal([]byte(f.meta["model"]), &description); err != nil {
		t.Fatal(err)
	}
	for range h.IntN(3) {
		description = h.replace(description)
	}
	text, err := json.Marshal(description)
	if err != nil {
		t.Fatal(err)
	}
	f.meta["model"] = string(text)
	for range h.IntN(3) {
		name := pick(h, slices.Sorted(maps.Keys(f.tensors)))
		p := f.tensors[name]
		switch h.IntN(6) {
		case 0:
			delete(f.tensors, name)
			f.tensors["evil"] = &tensorPart{Shape: []int{0}}
		case 1:
			p.Shape = []int{0, p.Shape[len(p.Shape)-1]}
			p.V = nil
		default:
			v := pick(h, []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, 1e99, -1e30, 5e-324, 0, math.Copysign(0, -1)})
			for i := range p.V {
				if h.IntN(2) == 0 {
					p.V[i] = v
				}
			}
		}
	}
	return f.pack()
}

// replace puts something else at a random place of a JSON value.
func (h hostile) replace(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if keys := slices.Sorted(maps.Keys(v)); len(keys) > 0 && h.IntN(12) > 0 {
			k := pick(h, keys)
			v = maps.Clone(v)
			v[k] = h.replace(v[k])
			return v
		}
	case []any:
		if len(v) > 0 && h.IntN(4) > 0 {
			i := h.IntN(len(v))
			v = slices.Clone(v) // what was put here before may be put elsewhere too
			v[i] = h.replace(v[i])
			return v
		}
	}
	return pick(h, badJSON)
}

// packed makes a workbook, an array, an archive of arrays or lines of JSON, and its name.
func (h hostile) packed(t *testing.T) (name string, file []byte) {
	t.Helper()
	value := func(r int) string {
		if h.IntN(12) == 0 {
			return pick(h, badValues)
		}
		return strconv.FormatFloat(math.Sin(0.3*float64(r)), 'g', 6, 64)
	}
	rows := 8 + h.IntN(40)
	var b bytes.Buffer
	archive := func(parts map[string]string) {
		z := zip.NewWriter(&b)
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			f, err := z.Create(name)
			if err == nil {
				_, err = io.WriteString(f, parts[name])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	array := func() string {
		n := pick(h, []string{fmt.Sprint(rows), "1000000000", "-1", "0", fmt.Sprint(rows, ", 2"), "1, 99999999", "9, 9, 9", ""})
		head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s,), }\n", pick(h, []string{"<f8", "<f8", ">f4", "<i2", "<U100000", "|S0", "<c16", "|b1"}), pick(h, []string{"False", "True"}), n)
		return "\x93NUMPY\x01\x00" + string([]byte{byte(len(head)), byte(len(head) >> 8)}) + head + strings.Repeat("\x00\x01\x02\x03\x04\x05\xf0\x3f", h.IntN(3*rows))
	}
	switch h.IntN(4) {
	case 0:
		name = "d.jsonl"
		for r := range rows {
			row := map[string]any{"t": 0.1 * float64(r), pick(h, []string{"x", "x", "x", "t ", "a.b"}): json.RawMessage(strconv.Quote(value(r))), "y": pick(h, []any{1.5, 2.5, 3.5, pick(h, badJSON)})}
			text, err := json.Marshal(row)
			if err != nil {
				text = []byte("{\"t\": 1")
			}
			b.Write(append(text, '\n'))
			if h.IntN(100) == 0 {
				b.WriteString(strings.Repeat(pick(h, []string{"{\"a\":", "[", " ", "\"", "{}\n", "9"}), h.IntN(2_000_000)))
			}
		}
	case 1:
		name = "d.npy"
		b.WriteString(array())
	case 2:
		name = "d.npz"
		archive(map[string]string{"t.npy": array(), pick(h, badNames) + ".npy": array(), "x.npy": array()})
	case 3:
		name = "d.xlsx"
		cells := "<row><c t=\"str\"><v>t</v></c><c t=\"str\"><v>x</v></c></row>"
		for r := range rows {
			kind := pick(h, []string{"", "", "", " t=\"s\"", " t=\"str\"", " t=\"d\"", " s=\"1\"", " r=\"ZZZ9\"", " r=\"-\""})
			cells += fmt.Sprintf("<row><c><v>%d</v></c><c%s><v>%s</v></c></row>", r, kind, html.EscapeString(value(r)))
		}
		if h.IntN(5) == 0 {
			cells += "<row><c>" + pick(h, []string{"<v>", "<!--", "<f>", "<a b=\""}) + strings.Repeat("1", h.IntN(20_000_000))
		}
		archive(map[string]string{"xl/workbook.xml": `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" r:id="rId1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/styles.xml":              `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
			"xl/worksheets/sheet1.xml":   "<worksheet><sheetData>" + cells + "</sheetData></worksheet>"})
	}
	if h.IntN(3) == 0 {
		return name, h.bytes(b.Bytes())
	}
	return name, b.Bytes()
}

// What any command on any of the inputs may take of memory, in bytes, and of time.
const (
	mostHostile    = 1 << 30
	longestHostile = 20 * time.Second
)

// peak is the most memory the process has had; 0 where that is not told.
func peak() int64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		var kB int64
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kB); err == nil {
			return kB << 10
		}
	}
	return 0
}

// notFinite finds NaN and infinities in CSV and JSON.
var notFinite = regexp.MustCompile(`(?m)(^|[,:\[ ])[-+]?(NaN|Inf|Infinity)($|[,\]}\r ])`)

// attack runs one command and says what is wrong with how it ends.
func attack(run func(args ...string) outcome, args ...string) (o outcome, faults []string) {
	defer func() {
		if r := recover(); r != nil {
			faults = append(faults, fmt.Sprintf("panic: %v", r))
		}
	}()
	o = run(args...)
	if !slices.Contains([]int{exitDone, exitFailed, exitBad}, o.code) {
		faults = append(faults, fmt.Sprintf("exit %d", o.code))
	}
	if o.code == exitDone && notFinite.MatchString(o.out) {
		faults = append(faults, "not a number: "+notFinite.FindString(o.out))
	}
	if o.code == exitBad && len(o.err)+len(o.out) > 60_000 || len(o.err) > 60_000 || len(o.out) > 32<<20 {
		faults = append(faults, fmt.Sprintf("%d bytes said, %d bytes printed", len(o.err), len(o.out)))
	}
	if o.code != exitDone && o.err+o.out == "" {
		faults = append(faults, "silence")
	}
	if strings.ContainsFunc(o.out+o.err, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r >= 0x7f && r < 0xa0 }) {
		faults = append(faults, "control characters")
	}
	return o, faults
}

// apart runs a command in a process of its own, and keeps the most memory that any has had.
func apart(t *testing.T, most *int64) func(args ...string) outcome {
	return func(args ...string) outcome {
		var out, err bytes.Buffer
		c := process(t, args...)
		c.Env = append(c.Env, "ENTRAIN_TEST_PEAK=peak")
		c.Stdout, c.Stderr = &out, &err
		_ = os.Remove("peak")
		began := time.Now()
		if e := c.Start(); e != nil {
			t.Fatal(e)
		}
		end := time.AfterFunc(15*longestHostile, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		end.Stop()
		// What others do on the machine is no fault of the command.
		if took := c.ProcessState.UserTime() + c.ProcessState.SystemTime(); took > longestHostile {
			t.Errorf("%.500q took %v of a processor, %v in all", args, took, time.Since(began))
		}
		text, _ := os.ReadFile("peak")
		got, _ := strconv.ParseInt(string(text), 10, 64)
		if *most = max(*most, got); got > mostHostile {
			t.Errorf("%.500q took %d MiB", args, got>>20)
		}
		return outcome{c.ProcessState.ExitCode(), out.String(), err.String()}
	}
}

// TestHostileInputIsRefusedOrUsed runs commands on made-up input: no panic,
// documented exit codes, no NaN, no flood of words. ENTRAIN_HOSTILE=SEED:FIRST:END
// asks for other and more inputs, fits among them, each command in a process of its own
// whose memory and time are measured; the slowest are logged.
func TestHostileInputIsRefusedOrUsed(t *testing.T) {
	seed, first, end, fits, run := uint64(1), 0, 100, false, entrain
	if testing.Short() {
		end = 40
	}
	most := int64(0)
	if text := os.Getenv("ENTRAIN_HOSTILE"); text != "" {
		if _, err := fmt.Sscanf(text, "%d:%d:%d", &seed, &first, &end); err != nil {
			t.Fatal("ENTRAIN_HOSTILE is SEED:FIRST:END:", err)
		}
		fits, run = true, apart(t, &most)
	}
	workplace(t)
	must(t, "fit", "lynx-hare.csv", "method=lm", "model=mlp", "hidden=4", "budget=5", "members=2", "--out", "run")
	model := []byte(read(t, "run/model.safetensors"))
	write(t, "good.csv", read(t, "lynx-hare.csv"))
	keys := slices.DeleteFunc(config.Completions(), func(key string) bool { // strange methods are there to fail
		return slices.Contains([]string{"method=faulty", "method=greedy", "method=stubborn"}, key)
	})
	slowest, codes := time.Duration(0), map[string]int{}
	for n := first; n < end; n++ {
		h := hostile{rand.New(rand.NewPCG(seed, uint64(n)))}
		commands := hostileCommands(t, h, n, model, keys, fits)
		for _, args := range commands {
			began := time.Now()
			o, faults := attack(run, args...)
			codes[fmt.Sprintf("%s %d", args[0], o.code)]++
			for _, fault := range faults {
				t.Errorf("seed %d, input %d: %.500q: %s", seed, n, args, fault)
			}
			if took := time.Since(began); took > slowest {
				slowest = took
				t.Logf("input %d: %.300q took %v", n, args, took)
			}
			if o.code != exitDone && args[0] != "show" {
				break // what follows needs what failed
			}
		}
	}
	t.Log(codes)
	t.Logf("at most %d MiB of memory", max(most, peak())>>20)
}

// hostileCommands writes the files of input n and returns what is done with them, one after the other.
func hostileCommands(t *testing.T, h hostile, n int, model []byte, keys []string, fits bool) [][]string {
	fit := func(data string, settings ...string) [][]string {
		out := fmt.Sprintf("out%d", n)
		first := append([]string{"check", data}, settings...)
		if !fits || h.IntN(4) > 0 {
			return [][]string{first}
		}
		second := append(append([]string{"fit", data}, settings...), "limit=5s", "--out", out)
		return [][]string{first, second, {"show", out, "--json"}, {"forecast", out}, {"simulate", out, "--json"}}
	}
	switch h.IntN(5) {
	case 4:
		name, file := h.packed(t)
		write(t, name, string(file))
		return append(fit(name), []string{"convert", name, fmt.Sprintf("out%d.csv", n)})
	case 0:
		write(t, "d.csv", string(h.table()))
		return fit("d.csv", pick(h, [][]string{nil, nil, {"method=sindy"}, {"method=lm", "model=mlp", "hidden=4"}, {"row_step=0.5"}, {"duplicates=mean"}})...)
	case 1:
		write(t, "m.safetensors", string(h.model(t, model)))
		return [][]string{{"show", "m.safetensors"}, {"show", "m.safetensors", "--json"}, {"forecast", "m.safetensors"},
			{"forecast", "m.safetensors", "--t", pick(h, []string{"1900:1905:0.5", "0:1:0.1", "1900:1e9:1e8", "-1e308:1e308:1e307", "1900:1900:1", "nan:1:1"}), "--json"},
			{"simulate", "m.safetensors", "--json"}}
	case 2:
		write(t, "c.yaml", string(h.configuration(keys)))
		return fit("c.yaml")
	}
	return fit("good.csv", h.settings(keys)...)
}
