package config

import (
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// heldShort are the words of heldout= that hold something out whole, and the setting each stands for.
var heldShort = map[string]string{"recordings": "held_recordings", "windows": "held_windows", "folds": "held_folds"}

// How much is held out, and by how many folds, where only the word says so.
const (
	heldShare = "0.2"
	heldFolds = "5"
)

// badShare refuses a share of heldout=recordings:SHARE or windows:SHARE that is none.
func badShare(d *decoder, n *node) {
	v := n.look("heldout")
	if v == nil || v.kind != scalar {
		return
	}
	word, share, said := strings.Cut(v.text, ":")
	switch {
	case !said || heldShort[word] == "" || isHeld(word, share):
	case word == "folds":
		d.fail(v.at, "heldout=%s: the number of folds is 2 or more, as in heldout=folds:5", budget.Cut(v.text))
	default:
		d.fail(v.at, "heldout=%s: the share of %s that is held out is a number above 0 and below 1, as in heldout=%s:0.2", budget.Cut(v.text), word, word)
	}
}

// isHeld tells a number of folds, or a share, from what is none.
func isHeld(word, text string) bool {
	if word == "folds" {
		n, err := strconv.Atoi(text)
		return err == nil && n >= 2
	}
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && v > 0 && v < 1
}

// heldout writes out heldout=recordings, heldout=windows:0.1 and the like as the settings they
// stand for. A number holds out last rows and nothing whole, unless the same layer says more.
func heldout(n *node) *node {
	v := n.look("heldout")
	if v == nil || v.kind != scalar {
		return n
	}
	word, share, said := strings.Cut(v.text, ":")
	if !said || !isHeld(word, share) {
		if share = heldShare; word == "folds" {
			share = heldFolds
		}
	}
	out := *n
	out.keys = nil
	set := func(name, text string) {
		if n.look(name) == nil {
			out.keys = append(out.keys, key{name, v.at, &node{kind: scalar, at: v.at, text: text}})
		}
	}
	for _, k := range n.keys {
		if k.name != "heldout" || heldShort[word] == "" {
			out.keys = append(out.keys, k)
		}
	}
	for _, short := range []string{"recordings", "windows", "folds"} {
		if short == word {
			set(heldShort[short], share)
		} else {
			set(heldShort[short], "0")
		}
	}
	if heldShort[word] != "" {
		out.keys = append(out.keys, key{"heldout", v.at, &node{kind: scalar, at: v.at, text: "0"}})
	}
	return &out
}
