package tables

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// readZip reads what is zipped: arrays of NumPy or a workbook.
func readZip(text []byte, o Options) (*Table, error) {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		switch {
		case f.Name == "xl/workbook.xml":
			return readWorkbook(z, o)
		case strings.HasSuffix(f.Name, ".npy"):
			return readNPZ(z)
		}
	}
	return nil, fmt.Errorf("it holds neither a workbook nor arrays of NumPy; unpack it first")
}

// workbook is what is needed of an Office Open XML workbook (ECMA-376, part 1, section 18).
type workbook struct {
	z       *zip.Reader
	strings []string
	dates   []bool // of each cell format: is a number a date?
	y1904   bool
}

func (w *workbook) parse(name string, into any) error {
	for _, f := range w.z.File {
		if f.Name != name {
			continue
		}
		b, err := unzip(f)
		if err != nil {
			return err
		}
		if err := xml.Unmarshal(b, into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	return errNone
}

var errNone = fmt.Errorf("it lacks a part")

type xlRuns struct {
	T string `xml:"t"`
	R []struct {
		T string `xml:"t"`
	} `xml:"r"`
}

func (r *xlRuns) text() string {
	out := r.T
	for _, p := range r.R {
		out += p.T
	}
	return out
}

func readWorkbook(z *zip.Reader, o Options) (*Table, error) {
	w := &workbook{z: z}
	var book struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.parse("xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	w.y1904 = book.Pr.Date1904 == "1" || book.Pr.Date1904 == "true"
	var names []string
	which := -1
	for i, s := range book.Sheets {
		if s.State == "" || s.State == "visible" || s.Name == o.Sheet {
			names = append(names, s.Name)
			if which < 0 && o.Sheet == "" || s.Name == o.Sheet {
				which = i
			}
		}
	}
	switch {
	case which < 0:
		return nil, fmt.Errorf("there is no sheet %q; there are %s", o.Sheet, strings.Join(names, ", "))
	case len(names) > 1 && o.Sheet == "":
		return nil, fmt.Errorf("it has the sheets %s; say which with sheet=%s", strings.Join(names, ", "), names[0])
	}
	if err := w.prepare(); err != nil {
		return nil, err
	}
	file, err := w.part(book.Sheets[which].ID)
	if err != nil {
		return nil, err
	}
	t, err := w.sheet(file)
	if err == nil {
		t.Note = fmt.Sprintf("sheet %s of a workbook, %d rows%s", book.Sheets[which].Name, len(t.Rows), t.Note)
	}
	return t, err
}

// part is the file of a sheet.
func (w *workbook) part(id string) (string, error) {
	var rels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.parse("xl/_rels/workbook.xml.rels", &rels); err != nil {
		return "", err
	}
	for _, r := range rels.All {
		if r.ID == id {
			if strings.HasPrefix(r.Target, "/") {
				return r.Target[1:], nil
			}
			return path.Join("xl", r.Target), nil
		}
	}
	return "", errNone
}

// prepare reads the strings and which formats are dates.
func (w *workbook) prepare() error {
	var shared struct {
		SI []xlRuns `xml:"si"`
	}
	if err := w.parse("xl/sharedStrings.xml", &shared); err != nil && err != errNone {
		return err
	}
	for i := range shared.SI {
		w.strings = append(w.strings, shared.SI[i].text())
	}
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.parse("xl/styles.xml", &styles); err != nil && err != errNone {
		return err
	}
	own := map[int]bool{}
	for _, f := range styles.Formats {
		own[f.ID] = isDateFormat(f.Code)
	}
	for _, c := range styles.Cells {
		w.dates = append(w.dates, own[c.ID] || c.ID >= 14 && c.ID <= 22 || c.ID >= 45 && c.ID <= 47)
	}
	return nil
}

// isDateFormat tells a format of dates: it has years, days or hours outside of quotes and
// brackets.
func isDateFormat(code string) bool {
	depth, quoted := 0, false
	for _, r := range strings.ToLower(code) {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0 && strings.ContainsRune("ydhs", r):
			return true
		}
	}
	return false
}

// sheet reads the cells of a sheet: the first row that is not empty has the names.
func (w *workbook) sheet(file string) (*Table, error) {
	var sheet struct {
		Rows []struct {
			Cells []struct {
				Ref    string `xml:"r,attr"`
				Type   string `xml:"t,attr"`
				Style  int    `xml:"s,attr"`
				Value  string `xml:"v"`
				Fx     string `xml:"f"`
				Inline xlRuns `xml:"is"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
		Merged []struct {
			Ref string `xml:"ref,attr"`
		} `xml:"mergeCells>mergeCell"`
	}
	if err := w.parse(file, &sheet); err != nil {
		return nil, err
	}
	t, unknown := &Table{}, ""
	for _, r := range sheet.Rows {
		var row []string
		for i, c := range r.Cells {
			col := i
			if c.Ref != "" {
				col = columnOf(c.Ref)
			}
			if col < 0 || col >= mostColumns {
				return nil, fmt.Errorf("cell %q is out of bounds", c.Ref)
			}
			for len(row) <= col {
				row = append(row, "")
			}
			if c.Fx != "" && c.Value == "" && unknown == "" {
				unknown = c.Ref
			}
			row[col] = w.text(c.Type, c.Style, c.Value, &c.Inline)
		}
		if !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		if t.Names == nil {
			t.Names = row
			continue
		}
		t.Rows = append(t.Rows, row)
	}
	if unknown != "" {
		return nil, fmt.Errorf("cell %s has a formula whose value was never computed; open it in a spreadsheet program and save it", unknown)
	}
	if len(t.Rows) == 0 {
		return nil, fmt.Errorf("the sheet has no rows under its names")
	}
	for _, r := range t.Rows {
		for len(t.Names) < len(r) {
			t.Names = append(t.Names, "")
		}
	}
	if len(sheet.Merged) > 0 {
		t.Note = fmt.Sprintf("; cells %s are merged, their value stands in the first", sheet.Merged[0].Ref)
	}
	return t, nil
}

// columnOf is the column of a reference such as AB12, from 0 on; −1 if it is none.
func columnOf(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > mostColumns {
			return -1
		}
	}
	return n - 1
}

func (w *workbook) text(kind string, style int, value string, inline *xlRuns) string {
	switch kind {
	case "s":
		if i, err := strconv.Atoi(value); err == nil && i >= 0 && i < len(w.strings) {
			return w.strings[i]
		}
		return ""
	case "inlineStr":
		return inline.text()
	case "str", "d":
		return value
	case "e": // an error such as #DIV/0!
		return ""
	case "b":
		return value
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || style < 0 || style >= len(w.dates) || !w.dates[style] {
		return value
	}
	return w.date(v)
}

// date is a serial number of days as a date; below one day it is a clock.
func (w *workbook) date(v float64) string {
	day := math.Floor(v)
	ms := math.Round((v - day) * 86400e3)
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if w.y1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	at := base.AddDate(0, 0, int(day)).Add(time.Duration(ms) * time.Millisecond)
	switch {
	case day == 0:
		return at.Format("15:04:05.999")
	case ms == 0:
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02T15:04:05.999")
}
