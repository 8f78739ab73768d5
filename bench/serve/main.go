// Command serve asks a running entrain serve for forecasts, as fast as it answers or at a given
// rate, and prints how fast that is:
//
//	entrain serve runs --token a-token-of-the-bench &
//	go run ./bench/serve -run 001 -token a-token-of-the-bench              # what it can do
//	go run ./bench/serve -run 001 -token a-token-of-the-bench -rate 1000   # how long one waits
//
// At a rate, a request waits from the time at which it was due, whether a client was free or not.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

func main() {
	at := flag.String("at", "http://127.0.0.1:8080", "address of the server")
	token := flag.String("token", "", "its token")
	run := flag.String("run", "001", "run to forecast from")
	clients := flag.Int("clients", 64, "clients at the same time")
	n := flag.Int("n", 20000, "requests")
	rate := flag.Float64("rate", 0, "requests a second; 0: as many as are answered")
	body := flag.String("body", `{"count": 20}`, "of each request")
	flag.Parse()
	took, err := load(*at+"/api/v1/runs/"+*run+"/forecast", *token, *body, *clients, *n, *rate)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	slices.Sort(took.each)
	at99 := took.each[len(took.each)*99/100]
	fmt.Printf("%d requests by %d clients in %.1f s: %.0f a second, median %.1f ms, 99 %% below %.1f ms\n", len(took.each), *clients,
		took.all.Seconds(), float64(len(took.each))/took.all.Seconds(), ms(took.each[len(took.each)/2]), ms(at99))
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

type times struct {
	all  time.Duration
	each []time.Duration
}

// load makes n requests, at a rate if it is above zero; a refused one ends it.
func load(url, token, body string, clients, n int, rate float64) (*times, error) {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}}
	out, first := &times{each: make([]time.Duration, n)}, error(nil)
	var once sync.Once
	var wait sync.WaitGroup
	begun := time.Now()
	for k := range clients {
		wait.Go(func() {
			for i := k; i < n && first == nil; i += clients {
				from := time.Now()
				if rate > 0 {
					from = begun.Add(time.Duration(float64(i) / rate * 1e9))
					time.Sleep(time.Until(from))
				}
				if err := ask(c, url, token, body); err != nil {
					once.Do(func() { first = err })
					return
				}
				out.each[i] = time.Since(from)
			}
		})
	}
	wait.Wait()
	out.all = time.Since(begun)
	return out, first
}

func ask(c *http.Client, url, token, body string) error {
	q, err := http.NewRequest("POST", url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+token)
	a, err := c.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d: %s", a.StatusCode, text)
	}
	return err
}
