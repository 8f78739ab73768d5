package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// readData returns the recordings of files and the SHA-256 of what they hold. Nothing but
// the numbers is kept in memory.
func (a *app) readData(from config.Files, o data.ReadOptions) ([]data.Series, string, error) {
	paths, err := expand(from)
	if err != nil {
		return nil, "", err
	}
	if most := cmp.Or(a.limits.Recordings, budget.Recordings); len(paths) > most {
		return nil, "", fmt.Errorf("%s: %d files; %d is the most; %s", from, len(paths), most, budget.Hint("recordings", int64(len(paths))))
	}
	o.Limits = a.limits
	o.File = from.String()
	if o.Note == nil {
		o.Note = func(text string) {
			if a.verbose {
				fmt.Fprintf(a.Stderr, "%s: %s\n", from, text)
			}
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(shareOfWaste))
	ids := recordingIDs(paths)
	sums := make([]string, len(paths))
	files := make([]data.File, len(paths))
	for i, path := range paths {
		files[i] = data.File{Name: path, ID: ids[i], Open: func() (io.ReadCloser, error) { return a.openText(path, &sums[i], o) }}
	}
	series, err := data.ReadFiles(files, o)
	if err != nil {
		return nil, "", err
	}
	if len(sums) == 1 {
		return series, sums[0], nil
	}
	all := sha256.New()
	for i := range sums {
		fmt.Fprintf(all, "%s  %s\n", sums[i], ids[i])
	}
	return series, hex.EncodeToString(all.Sum(nil)), nil
}

// openText opens what a file holds as text; sum becomes its SHA-256 when it is closed.
func (a *app) openText(path string, sum *string, o data.ReadOptions) (io.ReadCloser, error) {
	file, part := config.CutPart(path)
	f, size, err := a.openData(file, a.bytesLimit())
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	show := a.newReading(path, size)
	text, err := asText(path, config.PartName(part), io.TeeReader(f, io.MultiWriter(hash, show)), o.Limits, o.Note)
	if err != nil {
		show.done()
		f.Close()
		return nil, err
	}
	h, headed := text.(data.Headed)
	return &openedText{text, headed && h.Headed(), func() error {
		show.done()
		*sum = hex.EncodeToString(hash.Sum(nil))
		return f.Close()
	}}, nil
}

// openedText is a text that is being read.
type openedText struct {
	io.Reader
	headed bool // the names of columns stand before the first row
	close  func() error
}

// Headed implements data.Headed.
func (t *openedText) Headed() bool { return t.headed }

// Close implements io.Closer.
func (t *openedText) Close() error { return t.close() }

// readRecordings reads the recordings of a configuration for a fit that holds out a part of
// each: inputs that nobody named are found, and recordings with too few rows are left out.
// note is told what was assumed; roles is what each column seems to be for.
func (a *app) readRecordings(c *config.Config, heldout float64, note func(text string)) (series []data.Series, hash, roles string, err error) {
	columns := c.Columns()
	columns.Settled = func(o data.ReadOptions) { a.found = o }
	columns.Note = note
	if series, hash, err = a.readData(c.Data, columns); err != nil {
		return nil, "", "", err
	}
	if err := c.Given(&a.found, note); err != nil {
		return nil, "", "", err
	}
	if c.Embed == config.AutoEmbed {
		if series, err = a.embed(c, series, note); err != nil {
			return nil, "", "", err
		}
	}
	if c.Components != 0 {
		if series, err = components(c, series, note); err != nil {
			return nil, "", "", err
		}
		return longEnough(series, heldout, note), hash, rolesTable(c, series), nil
	}
	roles = rolesTable(c, series)
	if a.found.Layout == data.LayoutDosing {
		roles = takenTable(a.found.Taken)
	}
	if c.Embed == "" && inputsByRole(c, series, note) {
		columns.Inputs, columns.Note = c.Inputs, func(string) {}
		if series, hash, err = a.readData(c.Data, columns); err != nil {
			return nil, "", "", err
		}
	}
	return longEnough(train.FillDoses(series, c.Model), heldout, note), hash, roles, nil
}

// embedShare of a time limit goes to the choice of delays at most.
const embedShare = 3

// embed chooses the delays of embed=auto, writes them down and makes states of them.
func (a *app) embed(c *config.Config, series []data.Series, note func(text string)) ([]data.Series, error) {
	ctx := a.ctx
	if c.Limit > 0 { // most of the time is for the fit
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(a.ctx, c.Limit/embedShare)
		defer stop()
	}
	e, told, err := study.ChooseEmbedding(ctx, series, c.Settings)
	switch {
	case a.ctx.Err() != nil:
		return nil, &failure{a.leave(), errSilent}
	case ctx.Err() != nil && err != nil:
		return nil, failed(fmt.Errorf("the time limit was reached before embed=auto had compared any delays; give a longer one with limit=, or say the delays, such as embed=3:5"))
	case err != nil:
		return nil, err
	}
	for _, text := range told {
		note(text)
	}
	c.Embed = e.String()
	return e.Embed(series)
}

// components makes principal components of the columns, those of the rows to train on.
func components(c *config.Config, series []data.Series, note func(text string)) ([]data.Series, error) {
	rows, err := c.Settings.TrainingRows(series)
	if err != nil {
		return nil, err
	}
	found, err := data.NewComponents(rows, c.Components)
	if err != nil {
		return nil, err
	}
	note("states are the " + found.Words())
	if series, err = found.Of(series); err != nil {
		return nil, err
	}
	return c.Settings.Forget(series), nil
}

// longEnough leaves out the recordings of which nothing can be held out, unless none is
// longer.
func longEnough(series []data.Series, heldout float64, note func(text string)) []data.Series {
	var kept []data.Series
	var short []string
	for i := range series {
		if _, _, err := data.Split(series[i], heldout); err == nil {
			kept = append(kept, series[i])
		} else {
			short = append(short, fmt.Sprintf("%s (%d)", series[i].ID, series[i].Len()))
		}
	}
	if len(kept) == 0 || len(short) == 0 {
		return series
	}
	note(fmt.Sprintf("recordings with too few rows are left out: %s", budget.List(short)))
	return kept
}
