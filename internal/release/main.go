// Command release builds what is given away: static binaries for six platforms in
// archives with licences, man pages and completions, their checksums, and a bill of
// materials. The same commit and the same Go give the same bytes, wherever and whenever:
// nothing in them depends on the clock, the machine or the folder.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// platforms are those that a release is built for.
const platforms = "darwin/amd64 darwin/arm64 linux/amd64 linux/arm64 windows/amd64 windows/arm64"

func main() {
	out := flag.String("out", "dist", "folder of the archives")
	list := flag.String("platforms", platforms, "systems and processors, separated by blanks")
	flag.Parse()
	if err := release(*out, strings.Fields(*list)); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// file is one in an archive.
type file struct {
	name string
	mode int64
	text []byte
}

func release(out string, platforms []string) error {
	version, when, err := commit()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	os.Setenv("SOURCE_DATE_EPOCH", fmt.Sprint(when.Unix())) // of the man pages
	beside, err := companions(work)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	sums := ""
	write := func(name string, text []byte) error {
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name)
		return os.WriteFile(filepath.Join(out, name), text, 0o644)
	}
	slices.Sort(platforms)
	var binaries []string
	for _, p := range platforms {
		binary, err := build(work, p)
		if err != nil {
			return err
		}
		binaries = append(binaries, binary)
		text, err := os.ReadFile(binary)
		if err != nil {
			return err
		}
		folder := "entrain-" + version + "-" + strings.ReplaceAll(p, "/", "-")
		packed, err := archive(folder, append([]file{{filepath.Base(binary), 0o755, text}}, beside...), when)
		if err == nil {
			err = write(folder+".tar.gz", packed)
		}
		if err != nil {
			return err
		}
		fmt.Println(folder+".tar.gz", len(packed)>>10, "KiB")
	}
	bill, err := materials(binaries, version)
	if err == nil {
		err = write("entrain-"+version+".cdx.json", bill)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums), 0o644)
}

// commit is the version, and the time of the commit that it is of.
func commit() (version string, when time.Time, err error) {
	text, err := output("git", "log", "-1", "--format=%h %ct")
	if err != nil {
		return "", when, err
	}
	var hash string
	var seconds int64
	if _, err := fmt.Sscan(text, &hash, &seconds); err != nil {
		return "", when, err
	}
	version = hash
	if tag, err := output("git", "describe", "--tags", "--exact-match"); err == nil {
		version = strings.TrimPrefix(strings.TrimSpace(tag), "v")
	}
	if changed, err := output("git", "status", "--porcelain"); err != nil || strings.TrimSpace(changed) != "" {
		return "", when, fmt.Errorf("the files differ from the commit %s; a release is of a commit alone", hash)
	}
	return version, time.Unix(seconds, 0).UTC(), nil
}

func output(name string, args ...string) (string, error) {
	var said bytes.Buffer
	c := exec.Command(name, args...)
	c.Stderr = &said
	text, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, said.String())
	}
	return string(text), err
}

// build makes the binary of a platform and returns its path.
func build(work, platform string) (string, error) {
	system, processor, ok := strings.Cut(platform, "/")
	if !ok {
		return "", fmt.Errorf("%q is no platform such as linux/amd64", platform)
	}
	binary := filepath.Join(work, strings.ReplaceAll(platform, "/", "-"), "entrain")
	if system == "windows" {
		binary += ".exe"
	}
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", binary, "./cmd/entrain")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+system, "GOARCH="+processor, "GOAMD64=v1", "GOARM64=v8.0")
	c.Stderr = os.Stderr
	return binary, c.Run()
}

// companions are licences, man pages and completions, which are the same everywhere. The
// program writes them itself.
func companions(work string) ([]file, error) {
	var all []file
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, file{name, 0o644, text})
	}
	program := filepath.Join(work, "here")
	if _, err := output("go", "build", "-trimpath", "-o", program, "./cmd/entrain"); err != nil {
		return nil, err
	}
	licences, err := output(program, "version", "--licences")
	if err != nil {
		return nil, err
	}
	all = append(all, file{"LICENCES.txt", 0o644, []byte(licences)})
	for shell, name := range map[string]string{"bash": "entrain.bash", "zsh": "_entrain", "fish": "entrain.fish", "powershell": "entrain.ps1"} {
		text, err := output(program, "completion", shell)
		if err != nil {
			return nil, err
		}
		all = append(all, file{path.Join("completions", name), 0o644, []byte(text)})
	}
	man := filepath.Join(work, "man")
	if _, err := output(program, "man", man); err != nil {
		return nil, err
	}
	pages, err := filepath.Glob(filepath.Join(man, "*.1"))
	if err != nil || len(pages) == 0 {
		return nil, fmt.Errorf("there are no man pages: %w", err)
	}
	for _, p := range pages {
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		all = append(all, file{path.Join("man", filepath.Base(p)), 0o644, text})
	}
	slices.SortFunc(all, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// archive packs files into a folder; all of them are as old as the commit.
func archive(folder string, files []file, when time.Time) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: path.Join(folder, f.name), Mode: f.mode, Size: int64(len(f.text)), ModTime: when, Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := t.Write(f.text); err != nil {
			return nil, err
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	err = z.Close()
	return packed.Bytes(), err
}
