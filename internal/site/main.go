// Site makes a web site of the documents of this repository: README, changelog and every page
// under docs, each as one HTML file that loads nothing but its own style and pictures.
//
//	go run ./internal/site -out site
//
// Links between documents become links between pages; a link to a page or heading that does
// not exist ends the program with the list of them. Links to sources lead to the repository.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	from := flag.String("from", ".", "the repository")
	out := flag.String("out", "site", "the folder that is written; it must not exist, or be a site")
	sources := flag.String("sources", "https://github.com/entrain-dev/entrain/blob/main/", "where links to sources lead")
	flag.Parse()
	s, err := read(os.DirFS(*from), *sources)
	if err == nil {
		err = s.write(*out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", strings.ReplaceAll(err.Error(), "\n", "\n      "))
		os.Exit(1)
	}
	fmt.Printf("%s: %d pages\n", *out, len(s.pages))
}
