package registry

import (
	"strings"
	"unicode/utf8"
)

// longestWord is the length in bytes beyond which nobody mistypes a word: the
// distance of two takes time that grows with its square.
const longestWord = 200

// Suggest returns the entry of among that word most probably stands for, and
// whether one is close enough to be worth saying: word begins an entry or, if
// it begins none, at most a third of the longer word's letters (rounded up)
// differ. Letter case does not count; of equally close entries the first one wins.
func Suggest(word string, among []string) (string, bool) {
	if len(word) > longestWord {
		return "", false
	}
	w := strings.ToLower(word)
	best, bestDist, bestBegins := "", -1, false
	for _, name := range among {
		if len(name) > longestWord {
			continue
		}
		n := strings.ToLower(name)
		d := distance(w, n)
		longer := max(utf8.RuneCountInString(w), utf8.RuneCountInString(n))
		near := d <= (longer+2)/3 && d < longer
		begins := utf8.RuneCountInString(w) >= 3 && strings.HasPrefix(n, w)
		better := bestDist < 0 || begins && !bestBegins || begins == bestBegins && d < bestDist
		if (near || begins) && better {
			best, bestDist, bestBegins = name, d, begins
		}
	}
	return best, bestDist >= 0
}

// distance returns the Damerau–Levenshtein distance of a and b: the fewest
// insertions, deletions, replacements and exchanges of neighbouring letters
// that turn one into the other, no letter being edited twice (the "optimal
// string alignment" form).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	w := len(t) + 1
	rows := make([]int, 3*w)
	before, last, now := rows[:w], rows[w:2*w], rows[2*w:]
	for j := range last {
		last[j] = j
	}
	for i, p := range s {
		now[0] = i + 1
		for j, q := range t {
			d := min(last[j+1], now[j]) + 1
			if p == q {
				d = min(d, last[j])
			} else {
				d = min(d, last[j]+1)
			}
			if i > 0 && j > 0 && p == t[j-1] && s[i-1] == q {
				d = min(d, before[j-1]+1)
			}
			now[j+1] = d
		}
		before, last, now = last, now, before
	}
	return last[len(t)]
}
