package config

import (
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// heldShort are the words of heldout= that hold something out whole, and the setting each stands for.
var heldShort = map[string]string{"recordings": "held_recordings", "windows": "held_windows"}

// heldShare is how much is held out where only the word says so.
const heldShare = "0.2"

// badShare refuses a share of heldout=recordings:SHARE or windows:SHARE that is none.
func badShare(d *decoder, n *node) {
	v := n.look("heldout")
	if v == nil || v.kind != scalar {
		return
	}
	word, share, said := strings.Cut(v.text, ":")
	if said && heldShort[word] != "" && !isShare(share) {
		d.fail(v.at, "heldout=%s: the share of %s that is held out is a number above 0 and below 1, as in heldout=%s:0.2", budget.Cut(v.text), word, word)
	}
}

func isShare(text string) bool {
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
	if !said || !isShare(share) {
		share = heldShare
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
	for _, short := range []string{"recordings", "windows"} {
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
