// Package sqlitefile answers: what rows does an SQLite database hold?
//
// It reads the pages of a database, and understands queries of one table: columns, conditions
// joined by AND, an order and a limit. Nothing is executed and nothing written, so a file from
// somebody else can do nothing but be read; pages are read one at a time, each once.
//
// Source: sqlite.org/fileformat2.html.
//
// Read sqlitefile.go first, then page.go and record.go; query.go and run.go stand above them.
package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Magic is how a file begins.
const Magic = "SQLite format 3\x00"

// ErrQuery is a query of which more is wanted than is understood here.
var ErrQuery = errors.New("queries are columns of one table with WHERE … AND …, ORDER BY and LIMIT")

// Database is a file that is read.
type Database struct {
	Logged bool // it keeps a log beside it (FILE-wal), of which rows may not be in the file yet

	r      io.ReaderAt
	size   int64
	page   int // bytes
	usable int // of them
	order  binary.ByteOrder
	wide   bool // text is UTF-16
	tables []table
	hold   func(bytes int64) error
}

// table is a table or a view.
type table struct {
	name, sql string
	root      int64
	view      bool
	columns   []column
}

// column of a table.
type column struct {
	name    string
	integer bool // declared so
	key     bool // the number of the row
}

// Open reads which tables a database has. hold is asked before bytes are kept.
//
// Errors: a file that is damaged, and those of hold.
func Open(r io.ReaderAt, size int64, hold func(bytes int64) error) (*Database, error) {
	head := make([]byte, 100)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errors.New("it is cut short")
	}
	d := &Database{r: r, size: size, hold: hold, page: int(binary.BigEndian.Uint16(head[16:])), Logged: head[18] == 2}
	if d.page == 1 {
		d.page = 1 << 16
	}
	d.usable = d.page - int(head[20])
	if d.page < 512 || d.page&(d.page-1) != 0 || d.usable < 480 {
		return nil, fmt.Errorf("its pages have %d bytes; it is damaged or encrypted", d.page)
	}
	switch e := binary.BigEndian.Uint32(head[56:]); e {
	case 2:
		d.wide, d.order = true, binary.LittleEndian
	case 3:
		d.wide, d.order = true, binary.BigEndian
	}
	return d, d.readSchema()
}

func (d *Database) readSchema() error {
	rows := d.rows(1)
	for {
		v, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(v) < 5 || v[0].kind != textValue || strings.HasPrefix(v[1].text, "sqlite_") {
			continue
		}
		if kind := v[0].text; kind == "table" || kind == "view" {
			if err := d.hold(int64(len(v[4].text)) + 200); err != nil {
				return err
			}
			d.tables = append(d.tables, table{name: v[1].text, root: v[3].whole, sql: v[4].text, view: kind == "view"})
		}
	}
}

// Tables are the names of the tables and views.
func (d *Database) Tables() []string {
	var out []string
	for i := range d.tables {
		out = append(out, d.tables[i].name)
	}
	return out
}

// table finds one by its name, in any case, and settles what its columns are.
func (d *Database) table(name string) (*table, error) {
	for i := range d.tables {
		t := &d.tables[i]
		if !strings.EqualFold(t.name, name) {
			continue
		}
		if t.view {
			return nil, fmt.Errorf("%s is a view: %w", budget.Quote(t.name), ErrQuery)
		}
		if t.columns == nil {
			if err := t.describe(); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	return nil, fmt.Errorf("there is no table %s; there are %s", budget.Quote(name), budget.List(d.Tables()))
}

// describe reads the columns from the statement that made the table.
func (t *table) describe() error {
	words, err := lex(t.sql)
	if err != nil {
		return err
	}
	from := 0
	for from < len(words) && words[from].text != "(" {
		from++
	}
	odd := fmt.Errorf("table %s is made in a way that is not understood: %w", budget.Quote(t.name), ErrQuery)
	if from == len(words) {
		return odd
	}
	depth := 0
	var parts [][]word
	var part []word
	for _, w := range words[from:] {
		switch {
		case w.is("("):
			depth++
		case w.is(")"):
			depth--
		}
		switch {
		case depth == 1 && w.is(","), depth == 0 && w.is(")"):
			parts, part = append(parts, part), nil
		case depth == 0 && w.is("WITHOUT"), w.is("GENERATED"), w.is("AS"):
			return odd
		case depth > 1 || !w.is("(") || len(part) > 0:
			part = append(part, w)
		}
	}
	for _, p := range parts {
		t.add(p)
	}
	if len(t.columns) == 0 {
		return odd
	}
	return nil
}

// add takes a column, or a key that is named behind them.
func (t *table) add(p []word) {
	if len(p) == 0 {
		return
	}
	if !p[0].quoted {
		switch strings.ToUpper(p[0].text) {
		case "PRIMARY":
			if len(p) == 5 && p[2].is("(") {
				t.rowNumber(p[3].text)
			}
			return
		case "CONSTRAINT", "UNIQUE", "CHECK", "FOREIGN":
			return
		}
	}
	c := column{name: p[0].text, integer: len(p) > 1 && p[1].is("INTEGER") && (len(p) == 2 || !p[2].is("("))}
	for i := 2; c.integer && i+1 < len(p); i++ {
		if p[i].is("PRIMARY") && p[i+1].is("KEY") {
			c.key = i+2 == len(p) || !p[i+2].is("DESC")
		}
	}
	t.columns = append(t.columns, c)
}

// rowNumber makes an INTEGER column that is the whole key the number of the row.
func (t *table) rowNumber(name string) {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].name, name) && t.columns[i].integer {
			t.columns[i].key = true
		}
	}
}
