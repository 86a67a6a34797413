package main

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// documents are the manual pages and the completion scripts.
//
//go:embed man/*.8 completions
var documents embed.FS

// ownMark is in the first lines of each of them, so that a newer version can replace it.
const ownMark = `"kmod link" replaces this file`

// output is a link or a file to make.
type output struct {
	path    string
	target  string // of a link, "" for a file
	program bool   // the link is to this program, not to a file beside it
	content []byte
	done    bool   // it is there already
	refused bool   // what is there must stay
	draft   string // made, to be renamed to path
}

var (
	errNotDir   = errors.New("it is not a directory")
	errForeign  = errors.New("it exists, and is not this program's; --force replaces it")
	errNotFile  = errors.New("it exists, and is not a file")
	errOwnImage = errors.New("it is this program itself")
)

// plan lists what to make. real is the directory for the links, without links.
func (l *linker) plan(real string) error {
	target := linkTarget(l.program, real)
	tools := compatTools()
	for _, tool := range tools {
		l.outputs = append(l.outputs, &output{path: l.dir + "/" + tool, target: target, program: true})
	}
	share := cmp.Or(l.share, shareBeside(real))
	if !l.noPages {
		if err := l.addPages(cmp.Or(l.man, share+"/man") + "/man8"); err != nil {
			return err
		}
	}
	if l.noCompletions {
		return nil
	}
	bash := cmp.Or(l.bash, share+"/bash-completion/completions")
	zsh := cmp.Or(l.zsh, share+"/zsh/site-functions")
	fish := cmp.Or(l.fish, share+"/fish/vendor_completions.d")
	err := errors.Join(l.addFile("completions/kmod.bash", bash+"/kmod"),
		l.addFile("completions/kmod.zsh", zsh+"/_kmod"), l.addFile("completions/kmod.fish", fish+"/kmod.fish"))
	for _, tool := range tools { // zsh reads in the script which tools it is for
		l.outputs = append(l.outputs, &output{path: bash + "/" + tool, target: "kmod"},
			&output{path: fish + "/" + tool + ".fish", target: "kmod.fish"})
	}
	return err
}

// linkTarget is what a link in a directory says: relative if the program lies in or beside
// the directory, as both may be moved together.
func linkTarget(program, dir string) string {
	switch in := filepath.Dir(program); {
	case in == dir:
		return filepath.Base(program)
	case filepath.Dir(in) == filepath.Dir(dir) && filepath.Dir(dir) != "/":
		return "../" + filepath.Base(in) + "/" + filepath.Base(program)
	}
	return program
}

// shareBeside is where programs of a directory have their documents.
func shareBeside(dir string) string {
	if dir == "/bin" || dir == "/sbin" {
		return "/usr/share"
	}
	return filepath.Join(filepath.Dir(dir), "share")
}

func (l *linker) addPages(dir string) error {
	pages, err := fs.Glob(documents, "man/*.8")
	for _, page := range pages {
		err = errors.Join(err, l.addFile(page, dir+"/"+strings.TrimPrefix(page, "man/")))
	}
	return err
}

func (l *linker) addFile(document, path string) error {
	content, err := documents.ReadFile(document)
	l.outputs = append(l.outputs, &output{path: path, content: content})
	return err
}

// examine finds out whether an output may be made, and whether it is there already.
func (l *linker) examine(out *output) error {
	op := "write"
	if out.target != "" {
		op = "link"
	}
	info, err := os.Lstat(out.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return pathError(op, out.path, err)
	}
	return pathError(op, out.path, l.replaceable(out, info))
}

// replaceable says why what is in the place of an output must stay, nil if it may go.
func (l *linker) replaceable(out *output, info fs.FileInfo) error {
	own := false
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		text, err := os.Readlink(out.path)
		out.done = err == nil && text == out.target
		own = out.done || out.program && sameFile(out.path, l.program)
	case 0:
		if out.program && l.isImage(out.path) {
			return errOwnImage
		}
		content := fileStart(out.path, len(out.content)+1)
		out.done = out.target == "" && bytes.Equal(content, out.content)
		own = out.target == "" && isOwn(content)
	default:
		return errNotFile
	}
	if own || l.force {
		return nil
	}
	return errForeign
}

// isImage reports whether a path is that of the program.
func (l *linker) isImage(path string) bool {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return err == nil && dir+"/"+filepath.Base(path) == l.program
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// fileStart reads a file up to a number of bytes, as far as that is possible.
func fileStart(path string, limit int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	start := make([]byte, max(limit, ownMarkWithin))
	n, _ := f.ReadAt(start, 0)
	return start[:n]
}

// ownMarkWithin is in how many bytes the mark is looked for.
const ownMarkWithin = 256

// isOwn reports whether a file of that content is one of these, of any version.
func isOwn(content []byte) bool {
	return bytes.Contains(content[:min(len(content), ownMarkWithin)], []byte(ownMark))
}
