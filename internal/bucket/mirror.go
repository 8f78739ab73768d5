package bucket

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/entrain-dev/entrain/study"
)

// Mirror is the folder of a study that lies on this machine and in a bucket.
type Mirror struct {
	*Bucket
	Dir string // on this machine

	mu   sync.Mutex
	seen map[string]string // ETags of results that are here
}

// NewMirror is that of a folder.
func NewMirror(b *Bucket, dir string) *Mirror {
	return &Mirror{Bucket: b, Dir: dir, seen: map[string]string{}}
}

func (m *Mirror) note(key, etag string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[key] = etag
}

func (m *Mirror) knows(key, etag string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[key] == etag
}

// Free tells that the place in the bucket is that of a study, whose first file has a name, or that
// nothing is there.
func (m *Mirror) Free(ctx context.Context, first string) (bool, error) {
	for range 2 { // what is there when nothing was a moment ago has been begun meanwhile
		switch _, _, err := m.get(ctx, first); {
		case err == nil:
			return true, nil
		case !errors.Is(err, errAbsent):
			return false, err
		}
		if some, err := m.listed(ctx, "", 1); err != nil || len(some) == 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// Agree sees to it that a file of the folder is the same here and there. same is false if it
// is another one there, which stays.
func (m *Mirror) Agree(ctx context.Context, name string) (same bool, err error) {
	here, err := os.ReadFile(filepath.Join(m.Dir, name))
	if err != nil {
		return false, err
	}
	if err = m.put(ctx, name, here, ifAbsent); !errors.Is(err, errTaken) && !errors.Is(err, errPlain) {
		return err == nil, err
	}
	there, _, err := m.get(ctx, name)
	if errors.Is(err, errAbsent) { // a store without conditions
		return true, m.put(ctx, name, here, always)
	}
	return bytes.Equal(here, there), err
}

// Fetch brings a file of the folder here; false if there is none.
func (m *Mirror) Fetch(ctx context.Context, name string) (bool, error) {
	text, _, err := m.get(ctx, name)
	if errors.Is(err, errAbsent) {
		return false, nil
	}
	if err == nil {
		err = write(filepath.Join(m.Dir, filepath.FromSlash(name)), text)
	}
	return err == nil, err
}

// Bring brings files of the folder there that are here.
func (m *Mirror) Bring(ctx context.Context, names ...string) error {
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(m.Dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = m.put(ctx, name, text, always)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func write(file string, text []byte) error {
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = study.WriteFile(file, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", file, err)
	}
	return nil
}

// trials are the files of trials in the bucket, by folder; nothing that is no plain name.
func (m *Mirror) trials(ctx context.Context, folder string) (map[string][]object, error) {
	list, err := m.list(ctx, path.Join(study.TrialsFolder, folder)+"/")
	out := map[string][]object{}
	for _, o := range list {
		key, name, ok := strings.Cut(strings.TrimPrefix(o.Name, study.TrialsFolder+"/"), "/")
		if ok && plain(key) && plain(name) {
			out[key] = append(out[key], o)
		}
	}
	return out, err
}

func plain(name string) bool {
	return filepath.IsLocal(name) && !strings.ContainsAny(name, `/\`) && name[0] != '.'
}

// find is the object of a file.
func find(files []object, name string) *object {
	i := slices.IndexFunc(files, func(o object) bool { return path.Base(o.Name) == name })
	if i < 0 {
		return nil
	}
	return &files[i]
}

// atATime is how many folders are on their way at the same time.
const atATime = 16

// Exchange brings here what is done of the trials in mine, or can be gone on with, and there what
// only this machine has. Of others, if they matter, comes what a search needs of them.
func (m *Mirror) Exchange(ctx context.Context, mine func(key string) bool, others bool) error {
	there, err := m.trials(ctx, "")
	if err != nil {
		return err
	}
	here, err := os.ReadDir(filepath.Join(m.Dir, study.TrialsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range here {
		if e.IsDir() && plain(e.Name()) && there[e.Name()] == nil {
			there[e.Name()] = []object{}
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	room := make(chan struct{}, atATime)
	var wait sync.WaitGroup
	for key, files := range there {
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			var err error
			if mine(key) {
				err = m.exchange(ctx, key, files)
			} else if others {
				err = m.follow(ctx, key, files)
			}
			if err != nil {
				stop(err)
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// exchange is Exchange of one trial.
func (m *Mirror) exchange(ctx context.Context, key string, files []object) error {
	ended := study.HasEnded(m.folder(key))
	result := find(files, study.ResultFile)
	switch {
	case result != nil && !ended:
		return m.pull(ctx, key, files)
	case result != nil:
		m.note(key, result.ETag)
	case ended:
		return m.push(ctx, key)
	case find(files, study.CheckpointFile) != nil && !exists(filepath.Join(m.folder(key), study.CheckpointFile)):
		return m.pull(ctx, key, files)
	}
	return nil
}

// follow brings here how far a trial is.
func (m *Mirror) follow(ctx context.Context, key string, files []object) error {
	for _, name := range []string{study.CheckpointFile, study.MetricsFile, study.ResultFile} { // no line lacks that a checkpoint tells of
		o := find(files, name)
		if o == nil || m.knows(key+"/"+name, o.ETag) {
			continue
		}
		if _, err := m.Fetch(ctx, o.Name); err != nil {
			return err
		}
		m.note(key+"/"+name, o.ETag)
	}
	return nil
}

func (m *Mirror) folder(key string) string { return filepath.Join(m.Dir, study.TrialsFolder, key) }

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// pull brings the folder of a trial here, its result last.
func (m *Mirror) pull(ctx context.Context, key string, files []object) error {
	files = slices.Clone(files)
	inOrder(files, func(o object) string { return path.Base(o.Name) })
	for _, o := range files {
		if path.Base(o.Name) == study.TrialFile {
			continue // of this machine, with its places
		}
		if _, err := m.Fetch(ctx, o.Name); err != nil {
			return err
		}
		if path.Base(o.Name) == study.ResultFile {
			m.note(key, o.ETag)
		}
	}
	return nil
}

// inOrder puts what tells of other files behind them: the checkpoint, and the result last.
func inOrder[T any](list []T, name func(T) string) {
	tells := []string{study.CheckpointFile, study.ResultFile}
	slices.SortStableFunc(list, func(a, b T) int {
		return cmp.Or(slices.Index(tells, name(a))-slices.Index(tells, name(b)), strings.Compare(name(a), name(b)))
	})
}

// push brings the folder of a trial there: its result last, and only if it is final; then what is
// out of date there goes.
func (m *Mirror) push(ctx context.Context, key string) error {
	entries, err := os.ReadDir(m.folder(key))
	if err != nil {
		return err
	}
	ended := study.HasEnded(m.folder(key))
	var names []string
	for _, e := range entries {
		if n := e.Name(); e.Type().IsRegular() && plain(n) && (ended && n != study.CheckpointFile || !ended && n != study.ResultFile) {
			names = append(names, n)
		}
	}
	inOrder(names, func(n string) string { return n })
	for _, n := range names {
		if err := m.Bring(ctx, path.Join(study.TrialsFolder, key, n)); err != nil {
			return err
		}
	}
	if !ended {
		return nil
	}
	return m.remove(ctx, path.Join(study.TrialsFolder, key, study.CheckpointFile))
}
