package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	formats "github.com/entrain-dev/entrain/internal/tables"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

func (a *app) convertCommand() *cobra.Command {
	return &cobra.Command{
		Use: "convert FROM… TO [key=value…]", Short: "Write recordings in another format",
		Long: `Read recordings as fit would, with the same settings for columns (time=, id=, states=,
inputs=, ignore=, …), and write them: .csv and .tsv as text, .xlsx, .parquet, .jsonl as one
object a row, .npz as arrays for NumPy. What is written is read back to the same bits. Several
files, or a folder, become one table with a column for the names of the files. Of the folder
of a run the training is written as events for TensorBoard, .tfevents, or logged on a tracking
server of MLflow, whose address stands for TO; experiment=NAME says where there.

Read are text in all dialects, workbooks (.xlsx), .parquet, MATLAB's .mat up to -v7, .npy,
.npz, lines of JSON and SQLite databases. One of several tables in a file is FILE#PART: a
sheet, variables, or a table or query (FILE.db?query=SELECT t, x FROM log WHERE unit = 3).`,
		Example: "  entrain convert plant.xlsx plant.csv\n  entrain convert trials/ all.parquet inputs=u\n  entrain convert data.mat data.csv\n  entrain convert runs/001 logs/001.tfevents\n  entrain convert runs/001 http://127.0.0.1:5000 experiment=lynx",
		Args:    arguments(2, -1, "files to read and one to write, then settings as for fit"),
		RunE: func(_ *cobra.Command, args []string) error {
			files, settings := filesOf(args)
			if len(files) < 2 {
				return fmt.Errorf("convert needs a file to read and one to write, then settings; %q is a setting", args[1])
			}
			last := len(files) - 1
			return a.convert(files[:last], files[last], settings)
		},
	}
}

// writers write recordings by the ending of the file.
var writers = map[string]func(w io.Writer, s []data.Series) error{
	".csv":     func(w io.Writer, s []data.Series) error { return data.Write(w, s, data.WriteOptions{}) },
	".tsv":     func(w io.Writer, s []data.Series) error { return data.Write(w, s, data.WriteOptions{Tabs: true}) },
	".jsonl":   formats.WriteJSONLines,
	".npz":     formats.WriteNPZ,
	".parquet": formats.WriteParquet,
	".xlsx":    formats.WriteXLSX,
}

func (a *app) convert(from []string, to string, settings []string) error {
	if isServer(to) {
		if len(from) > 1 {
			return fmt.Errorf("a tracking server takes one run; give its folder alone")
		}
		return a.convertToServer(from[0], to, settings)
	}
	write, ok := writers[strings.ToLower(filepath.Ext(to))]
	events := strings.HasSuffix(to, tensorBoard)
	if !ok && !events {
		known := []string{tensorBoard}
		for k := range writers {
			known = append(known, k)
		}
		slices.Sort(known)
		return fmt.Errorf("%s: the ending says the format; it is one of %s", to, strings.Join(known, ", "))
	}
	if err := study.CheckFile(to); err != nil {
		return err
	}
	if exists(to) {
		return fmt.Errorf("there is a file %s; name another, or remove it", to)
	}
	if events {
		if len(from) > 1 {
			return fmt.Errorf("%s is for one run; give its folder alone", tensorBoard)
		}
		return a.convertMetrics(from[0], to)
	}
	return a.convertData(from, to, write, settings)
}

// convertData writes recordings by the writer of the ending of to.
func (a *app) convertData(from []string, to string, write func(io.Writer, []data.Series) error, settings []string) error {
	c, err := a.configure(append(slices.Clone(from), settings...))
	if err != nil {
		return err
	}
	series, _, err := a.readData(c.Data, c.Columns())
	if err != nil {
		return err
	}
	var unfit error
	err = study.WritePage(to, func(w io.Writer) error {
		err := write(w, series)
		if disk := (*fs.PathError)(nil); !errors.As(err, &disk) {
			unfit = err
		}
		return err
	})
	if unfit != nil { // what the format cannot hold
		return unfit
	}
	if err != nil {
		return failed(err)
	}
	rows := 0
	for i := range series {
		rows += series[i].Len()
	}
	fmt.Fprintf(a.Stderr, "%s: %s, %s\n", to, words.Several(len(series), "recording"), words.Several(rows, "row"))
	if lost := lostLimits(series); lost != "" {
		fmt.Fprintf(a.Stderr, "warning: %s\n", lost)
	}
	return nil
}
