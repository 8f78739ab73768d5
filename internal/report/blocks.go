package report

import (
	"fmt"
	"math"
)

// Blocks draws which parts of a square matrix have entries. Rows go down.
type Blocks struct {
	Title  string
	Size   int
	Border int // of the last rows and columns, which a line separates
	Kinds  []BlockKind
}

// BlockKind are the parts of one colour.
type BlockKind struct {
	Name   string
	Blocks [][4]int // row, column, rows, columns
}

func (b *Blocks) check() error {
	if b.Size < 1 || b.Border < 0 || b.Border > b.Size {
		return fmt.Errorf("%s: a matrix of size %d with a border of %d", b.Title, b.Size, b.Border)
	}
	for _, k := range b.Kinds {
		for _, p := range k.Blocks {
			if p[0] < 0 || p[1] < 0 || p[2] < 1 || p[3] < 1 || p[0]+p[2] > b.Size || p[1]+p[3] > b.Size {
				return fmt.Errorf("%s: a block of %s at %v, size %d", b.Title, k.Name, p, b.Size)
			}
		}
	}
	return nil
}

func (b *Blocks) chart() Chart {
	size := float64(b.Size)
	c := Chart{Title: b.Title, Height: 520, Legend: true,
		Alt: fmt.Sprintf("%s: which entries of a matrix of %s rows and columns may not be zero.", b.Title, count(b.Size)),
		X:   Axis{Label: "column", Max: size, Whole: true}, Y: Axis{Label: "row, from the last", Max: size, Whole: true}}
	for i, k := range b.Kinds {
		l := Layer{Kind: Tiles, Name: k.Name, Color: []string{Fit, Forecast, Muted}[i%3]}
		for _, p := range k.Blocks {
			low, high := size-float64(p[0]+p[2]), size-float64(p[0])
			l.X = append(l.X, float64(p[1]), float64(p[1]+p[3]), math.NaN())
			l.Y, l.Y1 = append(l.Y, low, low, math.NaN()), append(l.Y1, high, high, math.NaN())
		}
		c.Layers = append(c.Layers, l)
	}
	if b.Border > 0 {
		c.Layers = append(c.Layers, Layer{Kind: Rule, Color: Muted, Dash: true, X: Numbers{size - float64(b.Border)}},
			Layer{Kind: Level, Color: Muted, Y: Numbers{float64(b.Border)}})
	}
	return c
}
