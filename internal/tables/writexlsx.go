package tables

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
)

// The parts of a workbook of one sheet that are always the same.
var bookParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts>` +
		`<fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
		`<cellXfs count="2"><xf xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`},
}

// mostSheetRows is what a sheet has, with that of the names.
const mostSheetRows = 1 << 20

// WriteXLSX writes a workbook of one sheet. Instants are dates of the spreadsheet if these,
// which are exact to a millisecond, can hold all of them, else text.
func WriteXLSX(w io.Writer, series []data.Series) error {
	f, err := newFrame(series)
	if err != nil {
		return err
	}
	if n := f[0].rows(); n >= mostSheetRows {
		return fmt.Errorf("a sheet has %d rows at most, and these are %d; write .parquet or .csv", mostSheetRows-1, n)
	}
	z := zip.NewWriter(w)
	for _, p := range bookParts {
		file, err := z.Create(p.name)
		if err == nil {
			_, err = io.WriteString(file, xml.Header+p.text)
		}
		if err != nil {
			return err
		}
	}
	file, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	b := bufio.NewWriter(file)
	b.WriteString(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>`)
	for c := range f {
		b.WriteString(textCell(f[c].name))
	}
	b.WriteString("</row>\n")
	serial := f[0].isSerial()
	for k := range f[0].rows() {
		b.WriteString("<row>")
		for c := range f {
			b.WriteString(f[c].cell(k, serial))
		}
		b.WriteString("</row>\n")
	}
	b.WriteString("</sheetData></worksheet>")
	if err := b.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// dayZero is the day of serial number 0, for days from March 1900 on.
var dayZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// isSerial tells that all instants are dates of a spreadsheet.
func (c *column) isSerial() bool {
	for _, t := range c.times {
		if t.Nanosecond()%1e6 != 0 || t.Year() < 1901 {
			return false
		}
	}
	return true
}

func (c *column) cell(k int, serial bool) string {
	switch {
	case c.texts != nil:
		return textCell(c.texts[k])
	case c.times != nil && serial:
		seconds := data.SecondsSince(c.times[k], dayZero)
		return `<c s="1"><v>` + number(seconds/86400) + "</v></c>"
	case c.times != nil:
		return textCell(c.times[k].Format(time.RFC3339Nano))
	case math.IsNaN(c.reals[k]):
		return "<c/>"
	}
	return "<c><v>" + number(c.reals[k]) + "</v></c>"
}

func textCell(text string) string {
	var b strings.Builder
	b.WriteString(`<c t="inlineStr"><is><t xml:space="preserve">`)
	_ = xml.EscapeText(&b, []byte(text)) // builders have no errors
	b.WriteString("</t></is></c>")
	return b.String()
}
