package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// peer is a process of bench/peers.
type peer struct {
	Name     string            `json:"peer"`
	Versions map[string]string `json:"versions"`
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Scanner
}

// answer is what a peer says of one turn.
type answer struct {
	figures
	Offered bool      `json:"offered"` // it has such a case
	NS      []float64 `json:"ns"`      // time of a call in each repetition
	First   float64   `json:"first_s"` // seconds until its first result
}

// startPeers starts all peers of a folder with the first interpreter, and
// diffrax with every other one there is.
func startPeers(python []string, folder, problems string) ([]*peer, error) {
	scripts, err := filepath.Glob(filepath.Join(folder, "*_peer.py"))
	if err != nil || len(scripts) == 0 {
		return nil, fmt.Errorf("there are no peers in %s", folder)
	}
	slices.Sort(scripts)
	var peers []*peer
	for i, interpreter := range python {
		for _, s := range scripts {
			if i > 0 && (filepath.Base(s) != "diffrax_peer.py" || !exists(interpreter)) {
				continue
			}
			p, err := startPeer(interpreter, s, problems)
			if err != nil {
				return peers, fmt.Errorf("%s: %w", s, err)
			}
			peers = append(peers, p)
		}
	}
	return peers, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func startPeer(python, script, problems string) (*peer, error) {
	p := &peer{cmd: exec.Command(python, script, problems)}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, 1<<24)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.read(p)
}

// ask gives the peer a turn.
func (p *peer) ask(name string, seconds float64) (answer, error) {
	var a answer
	line, err := json.Marshal(map[string]any{"case": name, "seconds": seconds})
	if err != nil {
		return a, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return a, err
	}
	return a, p.read(&a)
}

func (p *peer) read(v any) error {
	if !p.out.Scan() {
		if err := p.out.Err(); err != nil {
			return err
		}
		return errors.New("the peer ended; what it said is above")
	}
	return json.Unmarshal(p.out.Bytes(), v)
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait() // it ends when there is nothing to read
}
