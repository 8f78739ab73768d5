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
	"strings"
)

// participant is a peer that may take part: a script of bench/peers and the
// environment it needs. It computes in float64, or in float32 if single.
type participant struct {
	what, script, environment string
	single                    bool
}

// participants in the order of the tables. The older JAX has another runtime for
// processors.
var participants = []participant{
	{"diffrax on a recent JAX", "diffrax_peer.py", ".venv", false},
	{"diffrax on JAX 0.4.31", "diffrax_peer.py", ".venv-older", false},
	{"torchdiffeq", "torchdiffeq_peer.py", ".venv-torch", false},
	{"torchode", "torchode_peer.py", ".venv-torch", false},
	{"SciPy by hand", "scipy_peer.py", ".venv", false},
	{"CasADi", "casadi_peer.py", ".venv-casadi", false},
}

// singles are those of the twins in float32.
var singles = []participant{
	{"diffrax on a recent JAX", "diffrax_peer.py", ".venv", true},
	{"diffrax on JAX 0.4.31", "diffrax_peer.py", ".venv-older", true},
	{"torchdiffeq", "torchdiffeq_peer.py", ".venv-torch", true},
}

// peer is a running process of bench/peers.
type peer struct {
	Name     string            `json:"peer"`
	Versions map[string]string `json:"versions"`
	participant
	cores float64 // most that were busy in a turn
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
}

// answer is what a peer says of one request.
type answer struct {
	figures
	Offered bool      `json:"offered"` // it has such a problem
	NS      []float64 `json:"ns"`      // time of a call in each repetition, by the wall clock
	CPU     float64   `json:"cpu_ns"`  // mean time of the processor for a call; 0 if unknown
	First   float64   `json:"first_s"` // seconds until its first result
	Cores   float64   `json:"cores"`   // busy in this turn
	Failed  string    `json:"failed"`
}

// startPeers starts those of some participants whose name contains one of the
// words, all without words. Whoever cannot be started is named in absent.
func startPeers(some []participant, folder, environments string, words []string) (peers []*peer, absent []string) {
	for _, c := range some {
		if !mentions(c.what, words) {
			continue
		}
		python := filepath.Join(environments, c.environment, "bin", "python")
		if _, err := os.Stat(python); err != nil {
			absent = append(absent, c.what+": its Python environment could not be made")
			continue
		}
		p, err := startPeer(python, c.arguments(folder)...)
		if err != nil {
			absent = append(absent, c.what+": it does not start")
			continue
		}
		p.participant = c
		peers = append(peers, p)
	}
	return peers, absent
}

// arguments are those of Python.
func (c participant) arguments(folder string) []string {
	a := []string{filepath.Join(folder, c.script)}
	if c.single {
		a = append(a, "single")
	}
	return a
}

func mentions(name string, words []string) bool {
	for _, w := range words {
		if strings.Contains(strings.ToLower(name), strings.ToLower(w)) {
			return true
		}
	}
	return len(words) == 0
}

func startPeer(python string, arguments ...string) (*peer, error) {
	p := &peer{cmd: exec.Command(python, arguments...)}
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

// prepare gives the peer a problem, which it does once.
func (p *peer) prepare(problem any) answer { return p.ask(map[string]any{"problem": problem}) }

// turn lets the peer do the last problem again and again.
func (p *peer) turn(seconds float64) answer {
	a := p.ask(map[string]any{"seconds": seconds})
	p.cores = max(p.cores, a.Cores)
	return a
}

func (p *peer) ask(request any) answer {
	var a answer
	line, err := json.Marshal(request)
	if err == nil {
		_, err = p.in.Write(append(line, '\n'))
	}
	if err == nil {
		err = p.read(&a)
	}
	if err != nil {
		return answer{Failed: err.Error()}
	}
	return a
}

func (p *peer) read(v any) error {
	if !p.out.Scan() {
		if err := p.out.Err(); err != nil {
			return fmt.Errorf("reading its answer: %w", err)
		}
		return errors.New("it ended")
	}
	return json.Unmarshal(p.out.Bytes(), v)
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait() // it ends when there is nothing to read
}
