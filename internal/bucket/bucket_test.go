package bucket

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/internal/buckettest"
)

func environment(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

func open(t *testing.T, s *buckettest.Server) *Bucket {
	t.Helper()
	b, err := Open(t.Context(), "s3://results/some/studies/", environment(s.Environment()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// random befalls a part of all requests.
func random(part float64, seed uint64) func(*http.Request) buckettest.Trouble {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := []buckettest.Trouble{buckettest.Broken, buckettest.Busy, buckettest.CutBefore, buckettest.CutAfter, buckettest.CutInside, buckettest.Conflicted}
	return func(*http.Request) buckettest.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if r.Float64() < part {
			return kinds[r.IntN(len(kinds))]
		}
		return buckettest.None
	}
}

func TestObjectsAreWhatWasWrittenWhateverBefallsTheStore(t *testing.T) {
	s := buckettest.New(t)
	s.PageSize = 3
	b := open(t, s)
	s.Trouble = random(0.2, 1)
	want := map[string]string{}
	for i := range 10 {
		name := fmt.Sprintf("trials/%d/a b+%%é=&~.json", i)
		want[name] = strings.Repeat(fmt.Sprint(i), i*1000)
		if err := b.put(t.Context(), name, []byte(want[name]), always); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.list(t.Context(), "trials/")
	if err != nil || len(list) != len(want) {
		t.Fatal(err, list)
	}
	for _, o := range list {
		text, etag, err := b.get(t.Context(), o.Name)
		if err != nil || string(text) != want[o.Name] || etag != o.ETag {
			t.Errorf("%s: %d bytes, %v", o.Name, len(text), err)
		}
		if err := b.remove(t.Context(), o.Name); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := b.get(t.Context(), list[0].Name); !errors.Is(err, errAbsent) {
		t.Error(err)
	}
	if n := len(s.All()); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	for name := range s.All() {
		if !strings.HasPrefix(name, "some/studies/") {
			t.Errorf("%s lies beside the place that was given", name)
		}
	}
}

func TestWhatIsWrongWithAStoreIsSaid(t *testing.T) {
	s := buckettest.New(t)
	gone := buckettest.New(t)
	gone.Close()
	for _, c := range []struct {
		address, variable, value, want string
	}{
		{"s3://results/x", "AWS_SECRET_ACCESS_KEY", "", "there are no keys"},
		{"s3://results/x", "AWS_ACCESS_KEY_ID", "other", "does not know the key in AWS_ACCESS_KEY_ID"},
		{"s3://results/x", "AWS_SECRET_ACCESS_KEY", "other", "AWS_SECRET_ACCESS_KEY is not the secret"},
		{"s3://results/x", "AWS_SESSION_TOKEN", "other", "AWS_SESSION_TOKEN"},
		{"s3://results/x", "AWS_REGION", "eu-south-1", `not in the region "eu-south-1"; it is in eu-north-9: set AWS_REGION`},
		{"s3://resulds/x", "", "", "there is no bucket resulds"},
		{"s3://Results/x", "", "", "no name of a bucket"},
		{"s3:///x", "", "", "no name of a bucket"},
		{"s3://results/../x", "", "", "no folder above it"},
		{"s3://results/x", "AWS_ENDPOINT_URL", gone.URL, "cannot be reached: "},
		{"s3://results/x", "AWS_ENDPOINT_URL", "127.0.0.1:9000", "is no address of an object store"},
	} {
		e := s.Environment()
		if c.variable != "" {
			e[c.variable] = c.value
		}
		if _, err := Open(t.Context(), c.address, environment(e)); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), s.Secret) {
			t.Errorf("%s with %s=%s: %v, want %s", c.address, c.variable, c.value, err, c.want)
		}
	}
	e := s.Environment()
	delete(e, "AWS_REGION") // then the store is asked
	if _, err := Open(t.Context(), "s3://results", environment(e)); err != nil {
		t.Error(err)
	}
	s.Now = func() time.Time { return time.Now().Add(time.Hour) }
	if _, err := Open(t.Context(), "s3://results", environment(s.Environment())); err == nil || !strings.Contains(err.Error(), "clock of this machine") {
		t.Error(err)
	}
}

// workersOf are n workers at one place.
func workersOf(t *testing.T, b *Bucket, n int) []*worker {
	t.Helper()
	out := make([]*worker, n)
	for i := range out {
		out[i] = newWorker(NewMirror(b, t.TempDir()))
		stop, err := out[i].alive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
	}
	return out
}

func TestOfManyWorkersOneHasATrial(t *testing.T) {
	s := buckettest.New(t)
	b := open(t, s)
	all := workersOf(t, b, 8)
	s.Trouble = random(0.1, 7)
	for round := range 5 {
		key := fmt.Sprint("trial", round)
		var won atomic.Int32
		var wait sync.WaitGroup
		for _, w := range all {
			wait.Go(func() {
				ours, by, err := w.claim(t.Context(), key)
				if err != nil || !ours && by == w.id {
					t.Errorf("%v: ours %v, by %q", err, ours, by)
				}
				if ours {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		if won.Load() > 1 {
			t.Fatalf("%d workers have one trial", won.Load())
		}
		if won.Load() == 0 { // whose answer got lost finds that it has it when it asks again
			again := 0
			for _, w := range all {
				if ours, _, _ := w.claim(t.Context(), key); ours {
					again++
				}
			}
			if again != 1 {
				t.Fatalf("%d workers have the trial when they ask again", again)
			}
		}
	}
}

func TestWhatADeadWorkerHadIsTakenOverByOne(t *testing.T) {
	s := buckettest.New(t)
	b := open(t, s)
	all := workersOf(t, b, 6)
	now := time.Now()
	s.Set("some/studies/claims/k", "dead-1", now.Add(-time.Hour))
	s.Set("some/studies/workers/dead-1", "", now.Add(-usualLease-time.Minute))
	s.Set("some/studies/claims/slow", "slow-1", now.Add(-time.Hour))
	s.Set("some/studies/workers/slow-1", "", now.Add(-usualLease+20*time.Second))
	s.Set("some/studies/claims/left", "never-there", now)
	count := func(key string) (n int) {
		var won atomic.Int32
		var wait sync.WaitGroup
		for _, w := range all {
			wait.Go(func() {
				if ours, _, err := w.claim(t.Context(), key); err != nil {
					t.Error(err)
				} else if ours {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		return int(won.Load())
	}
	for key, want := range map[string]int{"k": 1, "left": 1, "slow": 0} {
		if got := count(key); got != want {
			t.Errorf("%s: %d workers took it over, want %d", key, got, want)
		}
	}
}

func TestClocksOfWorkersDoNotMatter(t *testing.T) {
	s := buckettest.New(t)
	ahead := time.Now().Add(10 * time.Minute) // as far as signatures allow
	s.Now = func() time.Time { return ahead }
	w := workersOf(t, open(t, s), 2)
	if ours, _, err := w[0].claim(t.Context(), "k"); !ours || err != nil {
		t.Fatal(ours, err)
	}
	if ours, by, err := w[1].claim(t.Context(), "k"); ours || by != w[0].id || err != nil {
		t.Error("a living worker is taken for dead:", ours, by, err)
	}
}
