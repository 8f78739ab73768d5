package data

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestBadFilesSayWhatWhereAndWhatToTry(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		o            ReadOptions
		line         int
		column, want string
	}{
		{"empty", "", ReadOptions{}, 0, "", "holds no text"},
		{"only comments", "# t,x\n\n", ReadOptions{}, 0, "", "holds no text"},
		{"two encodings", "t,é\n0,1\n1,\xff\n", ReadOptions{}, 3, "", "byte 0xff is not UTF-8 text; save"},
		{"no encoding", "t,x\n0,1\n1,\x81\n", ReadOptions{}, 3, "", "byte 0x81 is not UTF-8 text; save"},
		{"zero byte", "t,x\n0,1\n1,\x00\n", ReadOptions{}, 3, "", "zero byte"},
		{"workbook", "PK\x03\x04abcdefgh", ReadOptions{}, 0, "", "save the sheet as CSV"},
		{"damaged gzip", "\x1f\x8b\x08\x00", ReadOptions{}, 0, "", "gzip"},
		{"narrow header", "t,x\n0,1,2\n1,2,3\n", ReadOptions{}, 2, "", "3 fields, but the header has 2"},
		{"day or month", "date,x\n1/2/2024,1\n2/2/2024,2\n", ReadOptions{}, 0, "date", "say dates=day-first or dates=month-first"},
		{"neither day nor month", "date,x\n13/2/2024,1\n2/13/2024,2\n", ReadOptions{}, 0, "date", "neither"},
		{"fraction or thousands", "t,x\n0,\"1,234\"\n1,\"1,235\"\n", ReadOptions{}, 2, "x", "say decimal=comma or decimal=point"},
		{"duplicates", "t,x\n0,1\n", ReadOptions{Duplicates: "last"}, 0, "", "choose one of mean, first, shift"},
		{"no rows", "t,x\n", ReadOptions{}, 1, "", "no rows"},
		{"long row", "t,x\n0,1\n1,2,3\n", ReadOptions{}, 3, "", "3 fields, but the header has 2"},
		{"short row", "t,x,y\n0,1,2\n# note\n1,2\n", ReadOptions{}, 4, "", "2 fields, but the header has 3"},
		{"open quote", "t,x\n0,\"1\n1,2\n", ReadOptions{}, 3, "", "quotation mark"},
		{"text", "t,x\n0,1\n1,warm\n", ReadOptions{}, 3, "x", `"warm" is not a number`},
		{"text column hint", "t,x,kind\n0,1,hare\n1,2,hare\n", ReadOptions{}, 2, "kind", "ignore=kind"},
		{"decimal comma", "t,x\n0,1\n1,\"1,5\"\n", ReadOptions{Decimal: "point"}, 3, "x", "say decimal=comma"},
		{"infinite", "t,x\n0,1\n1,inf\n", ReadOptions{}, 3, "x", `"inf" is not a number`},
		{"above a limit", "t,x\n0,1\n1,>9\n", ReadOptions{}, 3, "x", `">9" is a value above a limit; only limits that values are below are known`},
		{"above a decimal limit", "t;x\n0;1,5\n1;≥ 9,5\n", ReadOptions{}, 3, "x", "say missing='≥ 9,5' to leave such values out, or write the limit itself, 9,5"},
		{"above a word", "t,x\n0,1\n1,>much\n", ReadOptions{}, 3, "x", `">much" is not a number`},
		{"overflow", "t,x\n0,1\n1,1e999\n", ReadOptions{}, 3, "x", `"1e999" is not a number`},
		{"backward time", "t,x\n0,1\n2,1\n1,2\n", ReadOptions{}, 4, "t", "goes back from 2 (line 3) to 1; put the rows in order with sort"},
		{"duplicate time", "t,x\n0,1\n1,1\n1,2\n", ReadOptions{}, 4, "t", "time 1 is already on line 3"},
		{"duplicate in a recording", "id,t,x\na,0,1\nb,0,1\na,0,2\n", ReadOptions{}, 4, "t", "already on line 2"},
		{"missing time", "t,x\n0,1\n,1\n", ReadOptions{}, 3, "t", "the time is missing"},
		{"text time", "t,x\n0,1\nnoon,1\n", ReadOptions{}, 3, "t", `"noon" is not a time`},
		{"mixed times", "t,x\n2024-01-01,1\n3,1\n", ReadOptions{}, 3, "t", "one kind in a file"},
		{"no time", "x,y\n1,1\n0,3\n2,2\n", ReadOptions{}, 0, "", "name it with time="},
		{"no state", "t\n1\n2\n", ReadOptions{}, 0, "", "no state column is left"},
		{"same names", "t,x,x\n0,1,2\n", ReadOptions{}, 1, "x", "columns 2 and 3 have the same name"},
		{"no name", "t,,x\n0,1,2\n", ReadOptions{}, 1, "", "column 2 has no name"},
		{"missing id", "t,id,x\n0,a,1\n1,,2\n", ReadOptions{}, 3, "id", "name of the recording is missing"},
		{"unknown state", "t,hare,lynx\n0,1,2\n", ReadOptions{States: []string{"hares"}}, 0, "", `states=hares: there is no column "hares"; did you mean "hare"?`},
		{"unknown time", "t,hare,lynx\n0,1,2\n", ReadOptions{Time: "zeit"}, 0, "", "(columns: t, hare, lynx)"},
		{"two roles", "t,x,u\n0,1,2\n", ReadOptions{States: []string{"x"}, Inputs: []string{"x"}}, 0, "x", "named for states and for inputs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.File = "data.csv"
			_, err := Read(strings.NewReader(c.text), c.o)
			var p *ParseError
			if !errors.As(err, &p) {
				t.Fatalf("error %v, want a ParseError", err)
			}
			if p.Line != c.line || p.Column != c.column {
				t.Errorf("at line %d, column %q; want line %d, column %q", p.Line, p.Column, c.line, c.column)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "data.csv: ") {
				t.Errorf("message %q lacks %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("message %q has several lines", err)
			}
		})
	}
}

func TestParseErrorText(t *testing.T) {
	why := errors.New("why")
	for want, e := range map[string]*ParseError{
		`f: line 3, column "x": why`: {"f", 3, "x", why},
		`line 3: why`:                {"", 3, "", why},
		`f: why`:                     {"f", 0, "", why},
		`why`:                        {"", 0, "", why},
	} {
		if e.Error() != want || !errors.Is(e, why) {
			t.Errorf("%q, want %q", e, want)
		}
	}
}

func TestUnknownColumnsAreSuggested(t *testing.T) {
	names := []string{"hare", "lynx", "temperature"}
	for typed, want := range map[string]string{
		"har": "hare", "Lynx": "lynx", "temprature": "temperature", "fox": "", "q": "",
	} {
		got := unknown(typed, names)
		if hint := strings.Contains(got, "did you mean"); hint != (want != "") || !strings.Contains(got, fmt.Sprintf("%q", want)) && want != "" {
			t.Errorf("%q gives %q, want %q suggested", typed, got, want)
		}
	}
}
