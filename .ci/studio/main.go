// Command studio uses the studio as a person does, in headless Chromium: a file is given, its
// check is read, a fit is begun and watched, by two browsers, a slider is moved, a file that is no
// recording is refused.
//
//	studio ENTRAIN DATA CHROMIUM
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	if err := run(os.Args[1], filepath.Clean(os.Args[2]), os.Args[3]); err != nil { // Chromium reads no path with dots in it
		fmt.Fprintln(os.Stderr, "studio:", err)
		os.Exit(1)
	}
	fmt.Println("studio: a file was given, checked, fitted, watched by two browsers, and a slider was moved")
}

func run(entrain, data, chromium string) error {
	dir, err := os.MkdirTemp("", "studio")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o755); err != nil {
		return err
	}
	server := exec.Command(entrain, "serve", filepath.Join(dir, "runs"), "--port", "0")
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		return err
	}
	defer server.Wait()
	defer server.Process.Signal(os.Interrupt)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return fmt.Errorf("the server prints no address")
	}
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox)...)
	defer cancel()
	page, cancel := chromedp.NewContext(alloc)
	defer cancel()
	if _, err := chromedp.Run(page, chromedp.Evaluate[int]("1")); err != nil { // begins the browser
		return err
	}
	alloc, cancel = chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox)...)
	defer cancel()
	other, cancel := chromedp.NewContext(alloc) // a browser of its own, with its own cookies
	defer cancel()
	if _, err := chromedp.Run(other, chromedp.Evaluate[int]("1")); err != nil {
		return err
	}
	page, cancel = context.WithTimeout(page, 6*time.Minute)
	defer cancel()
	other, cancel = context.WithTimeout(other, 6*time.Minute)
	defer cancel()
	return use(page, other, lines.Text(), data, dir)
}

// mostPage is how many bytes the page may have, with all that it loads.
const mostPage = 300_000

// weigh refuses a page that is too large, and tells how soon something is seen of it.
func weigh(page context.Context) error {
	if err := wait(page, `performance.getEntriesByName('first-contentful-paint').length`); err != nil {
		return err
	}
	size, err := chromedp.Run(page, chromedp.Evaluate[float64](`[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((s, e) => s + e.decodedBodySize, 0)`))
	if err != nil {
		return err
	}
	paint, err := chromedp.Run(page, chromedp.Evaluate[float64](`performance.getEntriesByName('first-contentful-paint')[0].startTime`))
	if err != nil {
		return err
	}
	fmt.Printf("studio: the page has %.0f kB with all it loads; first paint after %.0f ms\n", size/1000, paint)
	if size == 0 || size > mostPage {
		return fmt.Errorf("%.0f bytes; %d are the most", size, mostPage)
	}
	return nil
}

// use goes through the studio.
func use(page, other context.Context, address, data, dir string) error {
	words := filepath.Join(dir, "words.csv")
	if err := os.WriteFile(words, []byte("dear diary\n"), 0o644); err != nil {
		return err
	}
	steps := []struct {
		what string
		do   func() error
	}{
		{"open the page", func() error { _, err := chromedp.Run(page, chromedp.Navigate(address)); return err }},
		{"weigh it", func() error { return weigh(page) }},
		{"go to a new fit", func() error { return script(page, `location.hash = '#/new'`) }},
		{"wait for the place to drop a file", func() error { return wait(page, `document.querySelector('#file')`) }},
		{"give a file that is no recording", func() error { return upload(page, words) }},
		{"read that it is none", func() error { return wait(page, `document.querySelector('main .bad')`) }},
		{"give a file", func() error { return upload(page, data) }},
		{"read its check", func() error {
			return wait(page, `document.querySelectorAll('main svg').length >= 2 && document.querySelector('form button.main')`)
		}},
		{"begin a fit", func() error {
			return script(page, `document.querySelector('#method').value = 'homotopy'; document.querySelector('form button.main').click()`)
		}},
		{"watch it", func() error {
			return wait(page, `document.querySelector('.log div') || document.querySelector('.figures')`)
		}},
		{"watch it in another browser", func() error { return watch(page, other, address) }},
		{"see its end", func() error { return wait(page, `document.querySelector('.figures')`) }},
		{"see it in the other browser", func() error { return wait(other, `document.querySelector('.figures')`) }},
		{"see the same there", func() error { return same(page, other) }},
		{"go to the sliders", func() error { return script(page, `location.hash = location.hash + '/sliders'`) }},
		{"see a trajectory", func() error {
			return wait(page, `document.querySelectorAll('main svg').length >= 2 && [...document.querySelectorAll('.quiet')].some(e => e.textContent.startsWith('answered'))`)
		}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	took, err := chromedp.Run(page, chromedp.Evaluate[float64](slide, chromedp.EvalAwaitPromise))
	if err != nil {
		return fmt.Errorf("move a slider: %w", err)
	}
	fmt.Printf("studio: from the slider to the new trajectory %.0f ms\n", took)
	return nil
}

// watch opens the run of a page in another browser, which comes in by the printed address.
func watch(page, other context.Context, address string) error {
	hash, err := chromedp.Run(page, chromedp.Evaluate[string]("location.hash"))
	if err != nil {
		return err
	}
	if _, err := chromedp.Run(other, chromedp.Navigate(address)); err != nil {
		return err
	}
	if err := script(other, "location.hash = '"+hash+"'"); err != nil {
		return err
	}
	return wait(other, `document.querySelector('.log div') || document.querySelector('.figures')`)
}

// same tells that two browsers show the figures of one run.
func same(page, other context.Context) error {
	const figures = `document.querySelector('.figures').innerText`
	a, err := chromedp.Run(page, chromedp.Evaluate[string](figures))
	if err != nil {
		return err
	}
	b, err := chromedp.Run(other, chromedp.Evaluate[string](figures))
	if err == nil && (a == "" || a != b) {
		err = fmt.Errorf("one shows %q, the other %q", a, b)
	}
	return err
}

// slide moves the first slider ten times and gives the median time until its curve has changed.
const slide = `(async () => {
  const times = [];
  for (let k = 0; k < 10; k++) {
    const i = document.querySelector('input[type=range]'), box = document.querySelector('.two .panel');
    const changed = new Promise((done) => new MutationObserver((_, o) => { o.disconnect(); done(); }).observe(box, { childList: true }));
    const began = performance.now();
    i.value = +i.min + (0.3 + 0.04 * k) * (+i.max - +i.min);
    i.dispatchEvent(new Event('input'));
    await changed;
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[5];
})()`

func script(page context.Context, text string) error {
	_, err := chromedp.Run(page, chromedp.Evaluate[bool]("(() => { "+text+"; return true })()"))
	return err
}

func upload(page context.Context, path string) error {
	_, err := chromedp.Run(page, chromedp.SetUploadFiles("#file", []string{path}))
	return err
}

// How long and how often the page is looked at: for a minute.
const (
	patience = 600
	pause    = 100 * time.Millisecond
)

// wait waits until an expression is true.
func wait(page context.Context, expression string) error {
	for range patience {
		ok, err := chromedp.Run(page, chromedp.Evaluate[bool]("!!("+expression+")"))
		if ok || err != nil {
			return err
		}
		time.Sleep(pause)
	}
	text, _ := chromedp.Run(page, chromedp.Evaluate[string]("location.href + ' ' + document.body.innerText"))
	return fmt.Errorf("it does not come; the page says: %.500s", text)
}
