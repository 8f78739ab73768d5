package tables

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/budget"
)

// workbook is what is needed of an Office Open XML workbook (ECMA-376, part 1, section 18).
type workbook struct {
	z       *zip.Reader
	p       *purse
	strings []string
	dates   []bool // of each cell format: is a number a date?
	y1904   bool
}

// smallPart is how many bytes parts may have that are read whole.
const smallPart = 8 << 20

// open is a part of the workbook, unpacked while it is read; nil if there is none.
func (w *workbook) open(name string) (io.Reader, error) {
	for _, f := range w.z.File {
		if f.Name == name {
			return unzip(f, w.p)
		}
	}
	return nil, nil
}

// parse reads a small part whole, and tells whether there is one.
func (w *workbook) parse(name string, into any) (bool, error) {
	r, err := w.open(name)
	if r == nil || err != nil {
		return false, err
	}
	text, err := io.ReadAll(io.LimitReader(r, smallPart+1))
	if err == nil && len(text) > smallPart {
		err = fmt.Errorf("it is longer than %s", budget.Size(smallPart))
	}
	if err == nil {
		err = xml.Unmarshal(text, into)
	}
	if err != nil {
		return true, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

func readWorkbook(z *zip.Reader, o Options, p *purse) (*Table, error) {
	w := &workbook{z: z, p: p}
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
	if _, err := w.parse("xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	w.y1904 = book.Pr.Date1904 == "1" || book.Pr.Date1904 == "true"
	var names []string
	which := -1
	for i, s := range book.Sheets {
		if s.State == "" || s.State == "visible" || s.Name == o.Part {
			names = append(names, s.Name)
			if which < 0 && o.Part == "" || s.Name == o.Part {
				which = i
			}
		}
	}
	switch {
	case which < 0:
		return nil, w.noSheet(o.Part, names)
	case len(names) > 1 && o.Part == "":
		return nil, fmt.Errorf("it has the sheets %s; say which, as in FILE#%s", listed(names), budget.Cut(names[0]))
	}
	if err := w.prepare(); err != nil {
		return nil, err
	}
	file, err := w.part(book.Sheets[which].ID)
	if err != nil {
		return nil, err
	}
	t, err := w.sheet(file)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", budget.Quote(book.Sheets[which].Name), err)
	}
	t.Note = fmt.Sprintf("sheet %s of a workbook, %s", budget.Cut(book.Sheets[which].Name), t.Note)
	return t, nil
}

// noSheet says which sheets there are.
func (w *workbook) noSheet(wanted string, names []string) error {
	switch {
	case len(names) == 0:
		return fmt.Errorf("the workbook has no visible sheet")
	}
	return fmt.Errorf("there is no sheet %s; there are %s", budget.Quote(wanted), listed(names))
}

// part is the file of a sheet.
func (w *workbook) part(id string) (string, error) {
	var rels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if _, err := w.parse("xl/_rels/workbook.xml.rels", &rels); err != nil {
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
	return "", fmt.Errorf("the workbook does not say where its sheet is")
}

// prepare reads the strings and which formats are dates.
func (w *workbook) prepare() error {
	if err := w.shared(); err != nil {
		return err
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
	if _, err := w.parse("xl/styles.xml", &styles); err != nil {
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

// farthestColumn is far behind the last that a spreadsheet has (XFD).
const farthestColumn = 100_000

// columnOf is the column of a reference such as AB12, from 0 on; −1 if it is none.
func columnOf(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > farthestColumn {
			return -1
		}
	}
	return n - 1
}

// text is what a cell shows.
func (w *workbook) text(c *cell) (string, error) {
	switch value := c.value.String(); c.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(w.strings) {
			return "", fmt.Errorf("cell %s shows text %s of the workbook, which has %d; the file is damaged", c.name(), budget.Quote(value), len(w.strings))
		}
		return w.strings[i], nil
	case "inlineStr":
		return c.inline.String(), nil
	case "e": // an error such as #DIV/0!
		return "", nil
	case "str", "d", "b":
		return value, nil
	default:
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || c.style < 0 || c.style >= len(w.dates) || !w.dates[c.style] || !(v >= 0 && v < lastDay) {
			return value, nil
		}
		return w.date(v), nil
	}
}

// lastDay is the serial number behind 9999-12-31.
const lastDay = 2_958_466

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
