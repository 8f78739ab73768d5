// Same shows that a change of the code changes no number. It runs a list of
// short fits, every method with every model and the settings that take other
// ways through the code, and prints a line for each: hashes of the numbers in
// the model file, of what that file says in words, and of result.json without
// its clock. Two binaries do the same if the lines are the same:
//
//	go run ./internal/same -entrain ./before > before.txt
//	go run ./internal/same -entrain ./after | diff before.txt -
//
// What a fit refuses to do is a line too: the hash of its message.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	binary := flag.String("entrain", "./entrain", "the program to try")
	examples := flag.String("examples", "examples", "folder of the recordings")
	only := flag.String("only", "", "regular expression of the fits to run; empty: all")
	flag.Parse()
	if err := run(*binary, *examples, *only); err != nil {
		fmt.Fprintln(os.Stderr, "same:", err)
		os.Exit(2)
	}
}

func run(program, examples, only string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if program, err = filepath.Abs(program); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "same")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := write(dir, examples); err != nil {
		return err
	}
	list, err := fits(program)
	if err != nil {
		return err
	}
	for i, f := range list {
		if name := strings.Join(f, " "); wanted.MatchString(name) {
			fmt.Printf("%s\t%s\n", outcome(program, dir, fmt.Sprint("run", i), f), name)
		}
	}
	return nil
}

// outcome runs one fit and hashes what it leaves behind.
func outcome(program, dir, out string, args []string) string {
	cmd := exec.Command(program, append([]string{"fit"}, append(args, "--out", out)...)...)
	var message bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &message
	err := cmd.Run()
	model, missing := os.ReadFile(filepath.Join(dir, out, "model.safetensors"))
	if missing != nil {
		last := strings.Split(strings.TrimSpace(message.String()), "\n")
		return fmt.Sprintf("%v\t%s", err, hash([]byte(last[len(last)-1])))
	}
	words, numbers := halves(model)
	result, _ := os.ReadFile(filepath.Join(dir, out, "result.json"))
	return fmt.Sprintf("%s\t%s\t%s", hash(numbers), hash(without(words, "version", "command")), hash(without(result, "version", "seconds", "folder")))
}

func hash(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b))[:12] }

// halves are the description in a model file, and the bytes of its tensors.
func halves(file []byte) (words, numbers []byte) {
	n := 8 + binary.LittleEndian.Uint64(file)
	var header struct {
		Meta struct{ Model string } `json:"__metadata__"`
	}
	if err := json.Unmarshal(file[8:n], &header); err != nil {
		return []byte(err.Error()), nil
	}
	return []byte(header.Meta.Model), file[n:]
}

// without is a JSON text with sorted keys that lacks the keys dropped, at any depth.
func without(text []byte, dropped ...string) []byte {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return text
	}
	drop(v, dropped)
	out, _ := json.Marshal(v) // it was JSON before
	return out
}

func drop(v any, keys []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			drop(e, keys)
		}
	case map[string]any:
		for _, k := range keys {
			delete(v, k)
		}
		for _, e := range v {
			drop(e, keys)
		}
	}
}
