package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// progress is what checkpoint.json holds: all that --resume needs beside the
// data and config.yaml.
type progress struct {
	From     model.Provenance  `json:"from"`
	Settings string            `json:"settings"` // checksum of those in config.yaml
	Seconds  float64           `json:"seconds"`  // spent so far
	Metrics  int64             `json:"metrics"`  // bytes of metrics.jsonl that belong to the checkpoint
	Path     int64             `json:"path"`     // bytes of path.f64 that belong to it
	State    *train.Checkpoint `json:"state"`    // nil before the first checkpoint
}

func (p *progress) write(dir string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(dir, CheckpointFile), func(w io.Writer) error {
		_, err := w.Write(sealed(text))
		return err
	})
}

// sealKey is the last key of a sealed object: the SHA-256 of the object without it.
const sealKey = `,"sha256":"`

// sealed is a JSON object with its checksum as the last key, so that a head of it that is
// valid JSON is not taken for the whole.
func sealed(object []byte) []byte {
	sum := sha256.Sum256(object)
	return slices.Concat(object[:len(object)-1], []byte(sealKey), hex.AppendEncode(nil, sum[:]), []byte("\"}\n"))
}

// unsealed is the object that was sealed; false if it is not what it was.
func unsealed(text []byte) ([]byte, bool) {
	at := bytes.LastIndex(text, []byte(sealKey))
	if at < 0 {
		return nil, false
	}
	object := slices.Concat(text[:at], []byte("}"))
	return object, bytes.Equal(sealed(object), text)
}

// settingsOf is the checksum of the settings in a config.yaml, but for those that may change
// while a run waits: where the data are, and what it may take.
func settingsOf(config []byte) string {
	sum := sha256.New()
	for line := range bytes.Lines(config) {
		if key, _, _ := strings.Cut(string(line), ":"); !slices.Contains([]string{"data", "limit", "memory", "  threads"}, key) {
			sum.Write(line)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// checkSettings refuses a config.yaml other than that of the checkpoint.
func (p *progress) checkSettings(dir string) error {
	path := filepath.Join(dir, ConfigFile)
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing, so nobody knows how to go on; put it back, or begin anew in another folder", path)
	case err != nil:
		return fmt.Errorf("%s %w: %w", path, errUnread, reason(err))
	case settingsOf(text) != p.Settings:
		return fmt.Errorf("%s is damaged, or was changed since the run began; put the old one back, or start again with: entrain fit %s", path, path)
	}
	return nil
}

// errCut says that a file is not what was written.
var errCut = errors.New("it was cut short or changed")

// errUnread says that a file is there and cannot be read now.
var errUnread = errors.New("cannot be read")

func readProgress(dir string) (*progress, error) {
	path := filepath.Join(dir, CheckpointFile)
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s %w: %w", path, errUnread, reason(err))
	}
	p := &progress{}
	object, whole := unsealed(text)
	switch {
	case whole:
		err = json.Unmarshal(object, p)
	case json.Unmarshal(text, p) != nil || p.State == nil || p.State.Older() == nil: // earlier versions did not seal
		err = errCut
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged (%w); start again with: entrain fit %s", path, err, filepath.Join(dir, ConfigFile))
	}
	if p.State != nil {
		if err := p.State.Older(); err != nil {
			return nil, fmt.Errorf("%s: %w with: entrain fit %s", path, err, filepath.Join(dir, ConfigFile))
		}
	}
	return p, nil
}
