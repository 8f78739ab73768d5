package serve

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func turnsOf(n int, lend time.Duration) *turns {
	return &turns{row: make(chan struct{}, n), lend: lend}
}

func TestTurnsAreTakenInOrderAndNoMoreThanThereAre(t *testing.T) {
	row := turnsOf(1, time.Hour)
	first, _ := row.take(t.Context())
	var order []int
	var wait sync.WaitGroup
	for i := range 20 {
		ready := make(chan struct{})
		wait.Go(func() {
			close(ready)
			give, ok := row.take(t.Context())
			if !ok {
				t.Error("a turn is refused")
				return
			}
			order = append(order, i) // by one at a time: the race detector would tell
			give()
			give() // twice is once
		})
		<-ready
		time.Sleep(5 * time.Millisecond) // so that it stands in the row before the next one
	}
	first()
	wait.Wait()
	for i := range order {
		if order[i] != i {
			t.Fatalf("turns were taken in the order %v", order)
		}
	}
	if len(row.row) != 0 || len(order) != 20 {
		t.Errorf("%d turns are not given back, %d were taken", len(row.row), len(order))
	}
}

func TestALongTurnEndsForTheOthers(t *testing.T) {
	row := turnsOf(2, time.Millisecond)
	for range 5 { // none of which gives its turn back
		give, ok := row.take(t.Context())
		if !ok {
			t.Fatal("a turn is refused")
		}
		defer give()
	}
	for len(row.row) > 0 {
		time.Sleep(time.Millisecond)
	}
}

func TestWhoIsGoneWaitsForNoTurn(t *testing.T) {
	row := turnsOf(1, time.Hour)
	give, _ := row.take(t.Context())
	defer give()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := row.take(ctx); ok || len(row.row) != 1 {
		t.Error("a turn is taken for nobody")
	}
}

func TestATurnIsHeldByNobodyWhoSendsSlowly(t *testing.T) {
	s := &Server{turns: turnsOf(1, time.Hour)}
	begun, end := make(chan struct{}), make(chan struct{})
	slow := readerFunc(func([]byte) (int, error) { close(begun); <-end; return 0, context.Canceled })
	h := s.computed(func(r *http.Request) (any, error) {
		var q struct{ A int }
		return &q, body(r, &q)
	})
	done := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", slow))
		done <- w.Code
	}()
	<-begun
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(`{"A": 3}`)))
	if w.Code != http.StatusOK || w.Body.String() != "{\"A\":3}\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat(" ", mostJSON+1))))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %s", w.Code, w.Body)
	}
	close(end)
	if code := <-done; code != http.StatusBadRequest {
		t.Errorf("cut short: %d", code)
	}
	if len(s.turns.row) != 0 {
		t.Error("a turn is not given back")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
