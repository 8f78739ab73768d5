package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

type tool struct{ Size int }

func tools() *Registry[*tool] {
	r := New[*tool]("tool")
	r.Register("wrench", "turns nuts", func() *tool { return &tool{Size: 13} })
	r.Register("hammer", "drives nails", func() *tool { return &tool{Size: 2} })
	return r
}

func TestLookupReturnsFreshDefaults(t *testing.T) {
	r := tools()
	a, err := r.Lookup("wrench")
	if err != nil || a.Size != 13 {
		t.Fatalf("got %v, %v", a, err)
	}
	a.Size = 99
	if b, _ := r.Lookup("wrench"); b.Size != 13 {
		t.Error("a changed value leaked into the defaults")
	}
}

func TestNamesAreSortedAndDocumented(t *testing.T) {
	r := tools()
	if got := r.Names(); !slices.Equal(got, []string{"hammer", "wrench"}) {
		t.Errorf("names %v", got)
	}
	if r.Doc("hammer") != "drives nails" || r.Doc("saw") != "" || r.Kind() != "tool" {
		t.Error("doc or kind is wrong")
	}
}

func TestUnknownNameSuggestsOrLists(t *testing.T) {
	r := tools()
	_, err := r.Lookup("hamemr")
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), `did you mean "hammer"?`) {
		t.Errorf("error %v", err)
	}
	_, err = r.Lookup("zzz")
	if !strings.Contains(err.Error(), "hammer, wrench") {
		t.Errorf("error %v", err)
	}
	_, err = New[int]("number").Lookup("one")
	if !strings.Contains(err.Error(), "none is registered") {
		t.Errorf("error %v", err)
	}
}

func TestNamesWithCommasAreComposed(t *testing.T) {
	r := tools()
	if _, err := r.Lookup("wrench,hammer"); err == nil {
		t.Error("composed without being told how")
	}
	r.Compose(func(names []string) (*tool, error) { return &tool{Size: len(strings.Join(names, "+"))}, nil })
	if v, err := r.Lookup("wrench, hammer"); err != nil || v.Size != len("wrench+hammer") {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestRegisterTwicePanics(t *testing.T) {
	r := tools()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	r.Register("hammer", "", func() *tool { return nil })
}

func TestDistanceKnownValues(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3},
		{"teh", "the", 1}, {"ca", "abc", 3}, {"saturday", "sunday", 3}, {"α", "β", 1},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if distance(c.a, c.b) != distance(c.b, c.a) {
			t.Errorf("distance(%q, %q) is not symmetric", c.a, c.b)
		}
	}
}

func TestSuggestIsSilentWhenNothingIsNear(t *testing.T) {
	names := []string{"dopri5", "tsit5", "rk4"}
	for word, want := range map[string]string{
		"Dopri": "dopri5", "dopri6": "dopri5", "tist5": "tsit5", "RK4": "rk4",
		"euler": "", "x": "", "": "", "dop": "dopri5",
	} {
		if got, _ := Suggest(word, names); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", word, got, want)
		}
	}
}

// A word that was cut short stands for what it begins, though another word is nearer.
func TestSuggestPrefersWhatIsBegun(t *testing.T) {
	for _, names := range [][]string{{"last", "best-train", "best-heldout"}, {"best-heldout", "best-train", "last"}} {
		for word, want := range map[string]string{"best": "best-train", "best-h": "best-heldout", "lest": "last"} {
			if got, _ := Suggest(word, names); got != want {
				t.Errorf("Suggest(%q, %q) = %q, want %q", word, names, got, want)
			}
		}
	}
}

func ExampleSuggest() {
	fmt.Println(Suggest("learning_rat", []string{"iterations", "learning_rate"}))
	// Output: learning_rate true
}
