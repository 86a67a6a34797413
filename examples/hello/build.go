package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// source is the module's source, so that the program can build it wherever it
// runs.
//
//go:embed module/hello.c module/Makefile
var source embed.FS

// sourceFiles are the files of source, by their names in the build directory.
var sourceFiles = [...]string{"hello.c", "Makefile"}

// buildModule builds hello.ko for a kernel release in a directory and returns
// its path.
func buildModule(ctx context.Context, s *screen, dir, release, cc string) (string, error) {
	s.heading("Build the module for the kernel %s", release)
	for _, name := range sourceFiles {
		data, err := source.ReadFile("module/" + name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return "", err
		}
	}
	start := time.Now()
	words := []string{"make", "-C", dir, "KDIR=" + buildDir(release), "CC=" + cc}
	s.command(words...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out := s.output()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("make could not build the module: %w", err)
	}
	ko := filepath.Join(dir, "hello.ko")
	info, err := os.Stat(ko)
	if err != nil {
		return "", errors.Join(errors.New("make left no module"), err)
	}
	s.show("hello.ko, %d bytes (%s)", info.Size(), seconds(time.Since(start)))
	return ko, nil
}
