package study

import (
	"context"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	text "github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// How embeddings are compared.
const (
	embedRows     = 6000 // of each recording, the last ones
	embedFeatures = 200
	embedBetter   = 1.05 // how much longer forecasts stay valid that are worth another value of the state
	embedGaps     = 4    // times the rows of a record without gaps that its span may hold
	embedGuess    = 3    // values of a state where neighbours are false in all dimensions
)

// ChooseEmbedding finds the delays of the only column of recordings whose states can be forecast
// longest. Lags up to the first minimum of the mutual information and the dimension in which
// neighbours are no longer false (chaos.ChooseEmbedding), or one more, are compared by how long
// free runs of random features (train.RandomFeatures) stay near held-out rows. told says what was
// found.
//
// Where ctx ends before all are compared the best of those that were is returned.
//
// Errors: too few rows, a column that is the same everywhere, more than one column.
func ChooseEmbedding(ctx context.Context, series []data.Series, s train.Settings) (e *data.Embedding, told []string, err error) {
	var longest *data.Series
	for i := range series {
		if longest == nil || series[i].Len() > longest.Len() {
			longest = &series[i]
		}
	}
	if _, err := (&data.Embedding{Dimension: 2, Lag: 1}).Embed([]data.Series{*longest}); err != nil {
		return nil, nil, fmt.Errorf("embed=auto: %w", err)
	}
	if span := longest.T[longest.Len()-1] - longest.T[0]; span > embedGaps*longest.Step()*float64(longest.Len()) {
		return nil, nil, fmt.Errorf("embed=auto: the rows have gaps: they span %s, %s of which are %s apart; cut them into recordings, or leave rows out",
			text.Short(span)+text.Unit(longest.TUnit), text.Several(longest.Len(), "row"), text.Short(longest.Step()))
	}
	v, even := longest.Even()
	if !even {
		told = append(told, fmt.Sprintf("rows are not equally far apart: what was measured %s before a row is interpolated between rows", text.Short(longest.Step())))
	}
	c, err := chaos.ChooseEmbedding(v)
	if err != nil {
		return nil, nil, fmt.Errorf("embed=auto: %w", err)
	}
	if c.Status == chaos.TooShort {
		return nil, nil, fmt.Errorf("embed=auto: %s; say how many values a state has and how many rows apart, such as embed=3:2", c.Reason)
	}
	if c.Status != chaos.OK {
		told = append(told, c.Reason)
	}
	var recent []data.Series
	for i := range series {
		recent = append(recent, series[i].Slice(max(0, series[i].Len()-embedRows), series[i].Len()))
	}
	all := embeddings(c)
	e, best, compared, err := farthest(ctx, all, recent, s)
	if e == nil {
		return nil, nil, err
	}
	if compared < len(all) {
		told = append(told, fmt.Sprintf("time was left to compare %d of %s of delays", compared, text.Several(len(all), "set")))
	}
	e.Step = 0
	return e, append(told, fmt.Sprintf("embed=%s: %s now and %s before, %s apart, from which free runs of a quick model stay near held-out rows longest (%s in the mean)",
		e, longest.Names[0], text.Several(e.Dimension-1, "time"), text.Several(e.Lag, "row"), text.Short(best)+text.Unit(longest.TUnit))), nil
}

// farthest is the embedding whose free runs stay near held-out rows longest, how long, and how many
// were compared until ctx ended.
func farthest(ctx context.Context, all []data.Embedding, series []data.Series, s train.Settings) (e *data.Embedding, best float64, compared int, err error) {
	for k, one := range all {
		if ctx.Err() != nil {
			return e, best, k, context.Cause(ctx)
		}
		valid, failed := validTime(ctx, &one, series, s)
		switch {
		case failed != nil:
			err = fmt.Errorf("embed=auto: %w", failed)
		case e == nil || valid > best*embedBetter:
			e, best = &one, valid
		}
	}
	return e, best, len(all), err
}

// embeddings are those that are compared, of few values first.
func embeddings(c *chaos.Embedding) (all []data.Embedding) {
	least := c.Dimension
	if c.Status != chaos.OK {
		least = embedGuess
	}
	for d, parts := range [][]float64{{0.5, 0.35, 0.7, 1}, {0.35, 0.5}} {
		for _, part := range parts {
			e := data.Embedding{Dimension: max(2, least) + d, Lag: max(1, int(part*float64(c.Lag)+0.5))}
			if !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	return all
}

// validTime is how long free runs of a quick model of an embedding stay near held-out rows.
func validTime(ctx context.Context, e *data.Embedding, series []data.Series, s train.Settings) (float64, error) {
	states, err := e.Embed(series)
	if err != nil {
		return 0, err
	}
	p, err := train.NewProblem(states, "mlp", &field.MLP{Hidden: []int{1}, Activation: "tanh"}, s)
	if err != nil {
		return 0, err
	}
	rows, err := (&train.RandomFeatures{Features: embedFeatures}).Valid(ctx, p)
	return rows * series[0].Step(), err
}
