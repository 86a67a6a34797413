package debs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// ask calls apt-cache. That takes seconds to read a suite's lists, so its
// answers are kept beside them until they are fetched again.
func (l *Lists) ask(ctx context.Context, args ...string) ([]byte, error) {
	if l.pkg.Suite == "" {
		return l.run(ctx, "", "apt-cache", l.args(args...)...)
	}
	name := filepath.Join(l.answers(), fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(args, " ")))))
	if answer, err := os.ReadFile(name); err == nil {
		return answer, nil
	}
	answer, err := l.run(ctx, "", "apt-cache", l.args(args...)...)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.answers(), 0o755); err != nil {
		return nil, err
	}
	return answer, openfile.Replace(name, 0o644, false, func(f *os.File) error {
		_, err := f.Write(answer)
		return err
	})
}

// answers is the directory with apt-cache's answers.
func (l *Lists) answers() string { return filepath.Join(l.dir, "answers") }

// Depends returns the names of the packages that the given ones depend on,
// alternatives included, in the order in which apt lists them.
func (l *Lists) Depends(ctx context.Context, pkgs ...string) ([]string, error) {
	listing, err := l.ask(ctx, append([]string{"depends"}, pkgs...)...)
	if err != nil {
		return nil, err
	}
	return dependNames(listing), nil
}

// Closure returns the packages and everything that they depend on.
func (l *Lists) Closure(ctx context.Context, pkgs ...string) ([]string, error) {
	all := slices.Clone(pkgs)
	for next := pkgs; len(next) > 0; {
		names, err := l.Depends(ctx, next...)
		if err != nil {
			return nil, err
		}
		next = nil
		for _, name := range names {
			if !strings.HasPrefix(name, "<") && !slices.Contains(all, name) {
				all, next = append(all, name), append(next, name)
			}
		}
	}
	return all, nil
}

// Version returns the version of a package.
func (l *Lists) Version(ctx context.Context, pkg string) (string, error) {
	record, err := l.ask(ctx, "show", "--no-all-versions", pkg)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(record)) {
		if version, ok := strings.CutPrefix(line, "Version: "); ok {
			return strings.TrimSpace(version), nil
		}
	}
	return "", fmt.Errorf("apt-cache has no version of %s", pkg)
}

// Search returns the names of packages that match an extended regular
// expression.
func (l *Lists) Search(ctx context.Context, pattern string) ([]string, error) {
	listing, err := l.ask(ctx, "search", "--names-only", pattern)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(listing)) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return names, nil
}

// dependNames returns the names of the dependencies in a listing of apt-cache,
// alternatives included.
func dependNames(listing []byte) []string {
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(listing))
	for lines.Scan() {
		kind, name, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if ok && strings.TrimPrefix(kind, "|") == "Depends" {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}
