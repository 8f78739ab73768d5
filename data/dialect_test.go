package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// inUTF16 encodes a text with a byte-order mark.
func inUTF16(text string, order binary.ByteOrder) string {
	var b bytes.Buffer
	binary.Write(&b, order, utf16.Encode([]rune("\ufeff"+text)))
	return b.String()
}

// Each text holds the same recording: t = 0, 0.5, 1; x = 1.5, missing, 3; y = 2, 4, -6.25.
func TestDialectsAreUnderstood(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		told string // part of what is said about it
	}{
		"tab, empty cell":       {"t\tx\ty\n0\t1.5\t2\n0.5\t\t4\n1\t3\t-6.25\n", ""},
		"tab, decimal comma":    {"t\tx\ty\n0\t1,5\t2\n0,5\t\t4\n1\t3\t-6,25\n", ""},
		"quoted decimal comma":  {"t,x,y\n0,\"1,5\",2\n\"0,5\",,4\n1,3,\"-6,25\"\n", ""},
		"bar":                   {"t|x|y\n0|1.5|2\n0.5||4\n1|3|-6.25\n", ""},
		"sep line":              {"sep=;\nt;x;y\n0;1,5;2\n0,5;;4\n1;3;-6,25\n", "names the separator"},
		"quoted sep line":       {"\"sep=;\"\nt;x;y\n0;1,5;2\n0,5;;4\n1;3;-6,25\n", "names the separator"},
		"blanks":                {"  t     x    y\n  0   1.5   2\n0.5    NA   4\n  1     3   -6.25\n", ""},
		"blanks without header": {"# t x y\n 0 1.5 2\n0.5 NA 4\n1 3 -6.25\n", "those of the comment"},
		"units line":            {"t,x,y\ns,degC,m\n0,1.5,2\n0.5,,4\n1,3,-6.25\n", "line 2 holds units"},
		"preamble":              {"Instrument,X\nSerial,7\nDate,2026-01-01\n\nt,x,y\n0,1.5,2\n0.5,,4\n1,3,-6.25\n", "3 lines before the header, line 5"},
		"preamble of one field": {"Logger of the north\nall values raw\nt;x;y\n0;1,5;2\n0,5;;4\n1;3;-6,25\n", "2 lines before the header"},
		"preamble and units":    {"Logger\nt,x,y\ns,m,m\n0,1.5,2\n0.5,,4\n1,3,-6.25\n", "line 3 holds units"},
		"empty rows below":      {"t,x,y\n0,1.5,2\n0.5,,4\n1,3,-6.25\n,,\n,,\n", ""},
		"trailing separators":   {"t,x,y\n0,1.5,2,\n0.5,,4,,\n1,3,-6.25\n", ""},
		"missing marks":         {"t,x,y\n0,1.5,2\n0.5,#N/A,4\n1,3,-6.25\n", ""},
		"UTF-16 little":         {inUTF16("t;x;y\n0;1,5;2\n0,5;;4\n1;3;-6,25\n", binary.LittleEndian), "UTF-16"},
		"UTF-16 big":            {inUTF16("t,x,y\r\n0,1.5,2\r\n0.5,,4\r\n1,3,-6.25\r\n", binary.BigEndian), "UTF-16"},
		"UTF-16 without mark":   {inUTF16("t,x,y\n0,1.5,2\n0.5,,4\n1,3,-6.25\n", binary.LittleEndian)[2:], "UTF-16"},
		"Windows-1252 comment":  {"# Au\xdfen, 5 \x80\nt,x,y\n0,1.5,2\n0.5,,4\n1,3,-6.25\n", "Windows-1252"},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			s := readOne(t, c.text, ReadOptions{Note: func(text string) { told = append(told, text) }})
			wantNumbers(t, "T", s.T, 0, 0.5, 1)
			wantNumbers(t, "X", s.X, 1.5, 2, nan, 4, 3, -6.25)
			wantNames(t, "names", s.Names, "x", "y")
			if all := strings.Join(told, "\n"); !strings.Contains(all, c.told) || c.told == "" && all != "" {
				t.Errorf("told %q, want %q", all, c.told)
			}
		})
	}
}

func TestUnitsInAnyBrackets(t *testing.T) {
	s := readOne(t, "Time (s),a [m],b (degC),c {V},d <A>,f(x),g\n0,1,2,3,4,5,6\n1,1,2,3,4,5,6\n", ReadOptions{Ignore: []string{"b (degC)"}})
	wantNames(t, "names", s.Names, "a", "c", "d", "f(x)", "g")
	wantNames(t, "units", s.Units, "m", "V", "A", "", "")
	if s.Time != "Time" || s.TUnit != "s" {
		t.Errorf("time %q [%s]", s.Time, s.TUnit)
	}
	latin := readOne(t, "t;T [\xb0C]\n0;1,5\n1;2\n", ReadOptions{})
	wantNames(t, "units in Latin-1", latin.Units, "°C")
}

func TestTimesWithoutHeader(t *testing.T) {
	s := readOne(t, "0.0, 100, 27.34\n1.0, 100, 27.67\n", ReadOptions{})
	wantNumbers(t, "T", s.T, 0, 1)
	wantNames(t, "names", s.Names, "c2", "c3")
}

func TestTrueAndFalseAreNumbers(t *testing.T) {
	s := readOne(t, "t,x,on\n0,1,True\n1,2,FALSE\n2,3,\n", ReadOptions{})
	wantNumbers(t, "X", s.X, 1, 1, 2, 0, 3, nan)
}

func TestThousandsAreTold(t *testing.T) {
	s := readOne(t, "t,x\n0,\"1,234.5\"\n1,\"12,345\"\n", ReadOptions{})
	wantNumbers(t, "X", s.X, 1234.5, 12345)
	s = readOne(t, "t,x\n0,\"1,234\"\n1,\"12,345\"\n", ReadOptions{Decimal: DecimalComma})
	wantNumbers(t, "X", s.X, 1.234, 12.345)
	for _, o := range []ReadOptions{{}, {Decimal: DecimalComma}} {
		s = readOne(t, "t;x\n0;1.234,56\n1;999,5\n2;-1.234.567,8\n", o)
		wantNumbers(t, "X", s.X, 1234.56, 999.5, -1234567.8)
	}
	told := ""
	s = readOne(t, "t;x\n0;1,234\n1;2,345\n", ReadOptions{Note: func(text string) { told += text }})
	if wantNumbers(t, "X", s.X, 1.234, 2.345); !strings.Contains(told, "decimal=point") {
		t.Errorf("it is told: %q", told)
	}
	s = readOne(t, "t,x\n0,\"1.234,56\"\n1,\"2.345,67\"\n", ReadOptions{})
	wantNumbers(t, "X", s.X, 1234.56, 2345.67)
	for _, text := range []string{"1.23,4", "1,23.4", "12.34,5", "1.234,5.6"} {
		if _, err := Read(strings.NewReader("t;x\n0;"+text+"\n1;2\n"), ReadOptions{}); err == nil {
			t.Errorf("%s is read as a number", text)
		}
	}
}

// An exact name of a time wins over what only looks like one.
func TestExactTimeNamesWin(t *testing.T) {
	for header, want := range map[string]string{
		"seconds,T": "seconds", "T,t": "t", "T,Time": "Time", "hours,T": "hours", "datetime,x": "datetime", "T,timestamp": "timestamp",
		"year,time": "time", "T,x": "T", "Zeit,T": "Zeit",
	} {
		s := readOne(t, header+"\n0,1\n1,2\n2,3\n", ReadOptions{})
		if s.Time != want {
			t.Errorf("%s: time is %q, want %q", header, s.Time, want)
		}
	}
	s := readOne(t, "T,clock\n20,0\n19,1\n21,2\n", ReadOptions{}) // a temperature
	if s.Time != "clock" {
		t.Errorf("time is %q, want clock", s.Time)
	}
}

func TestRowsWithoutTimeAreAStepApart(t *testing.T) {
	s := read(t, "id,x\na,1\na,2\nb,3\na,5\n", ReadOptions{Step: 0.5})
	wantNumbers(t, "a", s[0].T, 0, 0.5, 1)
	wantNumbers(t, "b", s[1].T, 0)
}

func TestDuplicateRules(t *testing.T) {
	const text = "t,x,y\n0,1,8\n0,3,\n1,4,4\n2,5,2\n2,7,2\n2,9,5\n"
	for rule, want := range map[string][2][]float64{
		"first": {{0, 1, 2}, {1, 8, 4, 4, 5, 2}},
		"mean":  {{0, 1, 2}, {2, 8, 4, 4, 7, 3}},
		"shift": {{0, 0.5, 1, 2, 2 + 1.0/3, 2 + 2.0/3}, {1, 8, 3, nan, 4, 4, 5, 2, 7, 2, 9, 5}},
	} {
		s := readOne(t, text, ReadOptions{Duplicates: rule})
		wantNumbers(t, rule+": T", s.T, want[0]...)
		wantNumbers(t, rule+": X", s.X, want[1]...)
	}
}

func TestIdentifiersAreGuessedWhereTimesGoBack(t *testing.T) {
	s := read(t, "subject,time,conc\n1,0,0.74\n1,1,2.84\n2,0,0.5\n2,1,3\n", ReadOptions{})
	if len(s) != 2 || s[1].ID != "2" {
		t.Fatalf("recordings %+v", s)
	}
	wantNames(t, "states", s[0].Names, "conc")
	s = read(t, "time,weight,chick,diet\n0,42,1,1\n2,51,1,1\n0,42,2,1\n2,49,2,1\n0,40,3,2\n2,47,3,2\n", ReadOptions{})
	if len(s) != 3 {
		t.Fatalf("recordings %+v", s)
	}
	wantNames(t, "states", s[0].Names, "weight", "diet")
	s = read(t, "unit,time,x\n1,0,3\n2,1,4\n", ReadOptions{}) // a state: times do not go back
	wantNames(t, "states", s[0].Names, "unit", "x")
}

func TestDates(t *testing.T) {
	for name, c := range map[string]struct {
		text, unit, epoch string
		o                 ReadOptions
		want              []float64
	}{
		"slashes, year first": {"date,x\n2012/01/01,1\n2012/01/03,2\n", "d", "2012-01-01T00:00:00Z", ReadOptions{}, []float64{0, 2}},
		"dots":                {"Zeitpunkt;x\n03.07.2026 12:00:00;1\n03.07.2026 12:00:02;2\n", "s", "2026-07-03T12:00:00Z", ReadOptions{}, []float64{0, 2}},
		"month first":         {"date,x\n7/4/2026 1:00:00 PM,1\n7/14/2026 1:00:00 PM,2\n", "d", "2026-07-04T13:00:00Z", ReadOptions{}, []float64{0, 10}},
		"day first":           {"date,x\n4/7/26,1\n14/7/26,2\n", "d", "2026-07-04T00:00:00Z", ReadOptions{}, []float64{0, 10}},
		"AM and PM":           {"date,x\n7/4/2026 1:00:00 PM,1\n7/4/2026 1:01:00 PM,2\n", "min", "2026-07-04T13:00:00Z", ReadOptions{}, []float64{0, 1}},
		"said":                {"date,x\n1/2/2024,1\n2/2/2024,2\n", "d", "2024-02-01T00:00:00Z", ReadOptions{Dates: DayFirst}, []float64{0, 1}},
		"only one increases":  {"date,x\n1/12/2026,1\n2/1/2026,2\n3/1/2026,3\n", "d", "2026-01-12T00:00:00Z", ReadOptions{}, []float64{0, 20, 48}},
		"named month":         {"date,x\n4-Jul-2026,1\n5-Jul-2026,2\n", "d", "2026-07-04T00:00:00Z", ReadOptions{}, []float64{0, 1}},
		"American":            {"date,x\n\"Jul 4, 2026 12:30 AM\",1\n\"Jul 4, 2026 1:00 AM\",2\n", "min", "2026-07-04T00:30:00Z", ReadOptions{}, []float64{0, 30}},
		"two columns":         {"Datum;Zeit;x\n13.07.2026;12:00:00;32,82\n13.07.2026;12:00:01,5;34\n", "s", "2026-07-13T12:00:00Z", ReadOptions{}, []float64{0, 1.5}},
		"clock alone":         {"Time,x\n12:00:00.5,1\n12:00:01.5,2\n", "s", "", ReadOptions{}, []float64{43200.5, 43201.5}},
		"past midnight":       {"Time,x\n23:00,1\n00:00,2\n01:30,3\n", "h", "", ReadOptions{}, []float64{23, 24, 25.5}},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Read(strings.NewReader(c.text), c.o)
			if err != nil {
				t.Fatal(err)
			}
			s := all[0]
			wantNumbers(t, "T", s.T, c.want...)
			if got := s.Epoch.Format("2006-01-02T15:04:05Z07:00"); s.TUnit != c.unit || c.epoch != "" && got != c.epoch || (c.epoch == "") != s.Epoch.IsZero() {
				t.Errorf("unit %q since %s", s.TUnit, got)
			}
		})
	}
}

func TestTidyTablesBecomeColumns(t *testing.T) {
	s := readOne(t, "time,variable,value\n0,T1,32.5\n0,T2,22.5\n1,T1,34\n2,T2,23\n2,T1,35\n", ReadOptions{})
	wantNumbers(t, "T", s.T, 0, 1, 2)
	wantNames(t, "names", s.Names, "T1", "T2")
	wantNumbers(t, "X", s.X, 32.5, 22.5, 34, nan, 35, 23)
	all := read(t, "subject,time,name,value\na,0,x,1\na,1,x,2\nb,0,x,3\nb,1,x,4\n", ReadOptions{})
	if len(all) != 2 || all[1].ID != "b" {
		t.Fatalf("recordings %+v", all)
	}
	if _, err := Read(strings.NewReader("time,variable,value\n0,x,1\n0,x,2\n"), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("two values of one thing: %v", err)
	}
}

// A mark of a missing value that is read as a number is told, and can be named.
func TestMarksOfMissingValuesAreToldAndNamed(t *testing.T) {
	var b strings.Builder
	b.WriteString("t,x,y\n")
	for i := range 20 {
		b.WriteString(formatNumber(float64(i)) + "," + formatNumber(float64(i%7)) + "," + formatNumber(float64(i*i)) + "\n")
	}
	text := strings.Replace(strings.Replace(b.String(), "\n3,3,9\n", "\n3,-9999,9\n", 1), "\n5,5,25\n", "\n5,-9999.0,gone\n", 1)
	marked := strings.ReplaceAll(text, "gone", "")
	found := Check(read(t, marked, ReadOptions{}))
	if len(found) != 1 || !strings.Contains(found[0].String(), `column "x": the value -9999, 2 times in it, is far from all others; if it stands for a missing one, say missing=-9999`) {
		t.Errorf("found %v", found)
	}
	s := readOne(t, text, ReadOptions{Missing: []string{"-9999", "gone"}})
	wantNumbers(t, "marked", s.Column(0)[2:6], 2, nan, 4, nan)
	wantNumbers(t, "word", s.Column(1)[4:6], 16, nan)
	if found := Check([]Series{s}); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// bomb is a little gzip file that unpacks to n bytes.
func bomb(t *testing.T, head, piece string, n int) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(head))
	for at := 0; at < n; at += len(piece) {
		z.Write([]byte(piece))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

// endless gives the same bytes for ever.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	return n + copy(p[n:], e), nil
}

func TestEveryLimitIsKeptAndSaysHowItIsRaised(t *testing.T) {
	zeros := strings.Repeat("0", 1<<20)
	small := ReadOptions{Limits: Limits{Bytes: 1 << 22, Rows: 50, Columns: 9, Cells: 120, Recordings: 3}}
	rows := strings.Repeat("1,2,3\n", 60)
	for name, c := range map[string]struct {
		r    interface{ Read([]byte) (int, error) }
		o    ReadOptions
		want string
	}{
		"line":       {bomb(t, "t,x\n0,", zeros, 64<<20), ReadOptions{}, "line 2: the line is longer than 16 MiB"},
		"field":      {bomb(t, "t,x\n0,", zeros[:1<<10], 1<<17), ReadOptions{}, "longer than 64 KiB"},
		"name":       {strings.NewReader("t," + zeros[:5000] + "\n0,1\n"), ReadOptions{}, "name of column 2 is longer"},
		"quote":      {strings.NewReader("t,x\n0,\"" + strings.Repeat("a\n", 1<<17)), ReadOptions{}, "more than 64 KiB"},
		"bytes":      {endless("# c\n"), small, "--allow bytes=16777216"},
		"packed":     {bomb(t, "", "# a comment\n", 8<<20), small, "--allow bytes="},
		"rows":       {strings.NewReader("t,x\n" + strings.Repeat("1,2\n", 60)), small, "--allow rows=200"},
		"columns":    {strings.NewReader("a,b,c,d,e,f,g,h,i,j\n"), small, "--allow columns=10"},
		"cells":      {strings.NewReader("t,x,y\n" + rows), small, "--allow cells=480"},
		"recordings": {strings.NewReader("id,x\na,1\nb,1\nc,1\nd,1\n"), small, "--allow recordings=12"},
		"zeros":      {bomb(t, "t,x\n", strings.Repeat("\x00", 1<<20), 32<<20), ReadOptions{}, "MiB"},
	} {
		_, err := Read(c.r, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
		}
	}
}

func TestMessagesRepeatLittleOfTheText(t *testing.T) {
	long := strings.Repeat("x", 60000)
	for _, text := range []string{"t,x\n0," + long + "\n", "t,x\n" + long + ",1\n", "t," + long[:900] + "\n0,a\n", "id,t,x\n" + long + ",1,2\n"} {
		if _, err := Read(strings.NewReader(text), ReadOptions{}); err == nil || len(err.Error()) > 700 {
			t.Errorf("%.20q…: %.100v…", text, err)
		}
	}
}

// A last column that is mostly empty is a column, however its rows end; separators that all rows end
// in are none.
func TestALastColumnMayBeMostlyEmpty(t *testing.T) {
	for text, columns := range map[string]int{
		"id,t,x,amt\ns0,0,0,10\ns0,1,7.35,\ns0,2,4.5,\ns0,3,2.8,\ns0,4,1.7,5\n": 2,
		"t,x,note\n0,1,\n1,2,\n2,3,\n3,4,7\n4,5,\n":                             2,
		"t,x,\n0,1,\n1,2,\n2,3,\n3,4,\n":                                        1,
		"t,x\n0,1,\n1,2,\n2,3,\n3,4,\n":                                         1,
	} {
		all, err := Read(strings.NewReader(text), ReadOptions{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if len(all[0].Names) != columns {
			t.Errorf("%q: columns %v", text, all[0].Names)
		}
	}
}
