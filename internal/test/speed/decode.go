package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/xz"
)

// lzmaDecode decodes with liblzma in builds with its tag; lzmaVersion says which.
var (
	lzmaDecode  func(dst, src []byte) error
	lzmaVersion string
)

// decodeParams are the parameters of the job that decodes the modules of a kernel.
type decodeParams struct {
	ModuleDir string `json:"moduleDir"`
	Rounds    int    `json:"rounds"`
	CPU       bool   `json:"cpu"`
}

// maxUnpacked bounds what a module unpacks to.
const maxUnpacked = 1 << 30

// decode decodes all files with both decoders, file by file, in one thread. All write
// into the same memory.
func decode(p *decodeParams) (*report, error) {
	files, err := moduleFiles(p.ModuleDir)
	if err != nil {
		return nil, err
	}
	r := &report{Note: lzmaVersion}
	var buf []byte
	for range p.Rounds {
		var ours, theirs time.Duration
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			clock := stopwatch(p.CPU)
			if buf, err = xz.Decode(buf, src, maxUnpacked); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			ours += clock()
			clock = stopwatch(p.CPU)
			if err := lzmaDecode(buf, src); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			theirs += clock()
		}
		r.add(ourName, ours.Seconds())
		r.add(lzmaTag, theirs.Seconds())
	}
	return r, nil
}

func measureDecode(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	k, err := l.linux612()
	if err != nil {
		return nil, err
	}
	files, err := moduleFiles(k.ModuleDir())
	if err != nil {
		return nil, err
	}
	r, err := l.runJob(ctx, l.lzma, "decode", &decodeParams{k.ModuleDir(), rounds, l.cpu})
	if err != nil {
		return nil, err
	}
	l.note(r.Note)
	return &measurement{
		what: fmt.Sprintf("decode the %d `.ko.xz` of %s, one thread", len(files), seriesOf(k)),
		quantities: []quantity{
			{unit: seconds, ours: r.Values[ourName], peers: []series{{r.Note, r.Values[lzmaTag]}}},
		},
	}, nil
}

// moduleFiles lists the module files of a module directory, as modules.dep does.
func moduleFiles(dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return nil, err
	}
	var files []string
	for line := range strings.Lines(string(text)) {
		if path, _, found := strings.Cut(line, ":"); found {
			files = append(files, filepath.Join(dir, path))
		}
	}
	return files, nil
}
