package data_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/entrain-dev/entrain/data"
)

const pelts = `year,hare [k],lynx [k]
1900,30,4
1901,47.2,6.1
1902,70.2,9.8
1903,77.4,35.2
1904,36.3,59.4
1905,20.6,41.7
1906,18.1,19
1907,21.4,13
`

func ExampleRead() {
	recordings, err := data.Read(strings.NewReader(pelts), data.ReadOptions{File: "pelts.csv"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := recordings[0]
	fmt.Println(s.Time, s.Names, s.Units, s.Len())
	fmt.Println(s.T[3], s.Row(3))
	// Output:
	// year [hare lynx] [k k] 8
	// 1903 [77.4 35.2]
}

func ExampleRead_misspelt() {
	_, err := data.Read(strings.NewReader(pelts), data.ReadOptions{File: "pelts.csv", States: []string{"lynks"}})
	fmt.Println(err)
	// Output:
	// pelts.csv: states=lynks: there is no column "lynks"; did you mean "lynx"? (columns: year, hare, lynx)
}

func ExampleSplit() {
	recordings, _ := data.Read(strings.NewReader(pelts), data.ReadOptions{})
	train, held, err := data.Split(recordings[0], 0.2)
	fmt.Println(train.T, held.T, err)
	// Output:
	// [1900 1901 1902 1903 1904] [1905 1906 1907] <nil>
}

func ExampleWrite() {
	s := data.Series{Time: "t", Names: []string{"x"}, T: []float64{0, 0.5}, X: []float64{1, 2}}
	band := data.Band{Lo: []float64{0.9, 1.8}, Hi: []float64{1.1, 2.2}}
	if err := data.Write(os.Stdout, []data.Series{s}, data.WriteOptions{Bands: []data.Band{band}}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// t,x,x_lo,x_hi
	// 0,1,0.9,1.1
	// 0.5,2,1.8,2.2
}

func ExampleGrid() {
	t, _ := data.Grid("0:1:0.25")
	fmt.Println(t)
	// Output:
	// [0 0.25 0.5 0.75 1]
}

func ExampleCheck() {
	recordings, _ := data.Read(strings.NewReader("t,x,y\n0,1,7\n1,2,7\n2,,7\n3,4,7\n"), data.ReadOptions{})
	for _, p := range data.Check(recordings) {
		fmt.Printf("%s: %s\n", p.Severity, p)
	}
	// Output:
	// error: column "y": all values are 7; a constant has no dynamics, leave the column out with ignore=y
	// warning: 4 rows are few; 10 or more are better
}
