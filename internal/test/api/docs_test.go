package api

import (
	"errors"
	"fmt"
	"go/doc/comment"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestREADME: the README is short, and its Go code compiles. A block is a whole file,
// or statements of a function that has a ctx and returns an error.
func TestREADME(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 180 {
		t.Errorf("README.md has %d lines, at most 180 are read", lines)
	}
	found := snippets("README.md", string(text))
	if len(found) == 0 {
		t.Error("README.md has no Go code")
	}
	for _, s := range found {
		source, err := s.source(packageNames(c.public))
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range c.check(source) {
			t.Error(err)
		}
	}
}

// given are the variables that code in the documentation of packages may use
// without declaring them.
const given = "ctx context.Context, db *kmod.DB, loader *kmod.Loader"

// TestDocs: the Go code in the documentation of packages compiles. It may leave
// variables unused, and use those of earlier code. Code with "…" only shows the
// shape of something, and is not checked.
func TestDocs(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range c.public {
		text := c.docs(t, name)
		body, pieces := docCode(path.Base(name), text)
		found += pieces
		source, err := wrap(given, body, packageNames(c.public))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, err := range c.check(source) {
			if unused := (types.Error{}); !errors.As(err, &unused) || !unused.Soft {
				t.Error(err)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d pieces of code were found", found)
	}
}

// docs returns the documentation of one of our packages.
func (c *checker) docs(t *testing.T, name string) string {
	t.Helper()
	var text strings.Builder
	for _, file := range c.parsed[name] {
		text.WriteString(file.Doc.Text())
	}
	if text.Len() == 0 {
		t.Errorf("package %s has no documentation", name)
	}
	return text.String()
}

// docCode returns the Go code in a document, each piece in the scope of the previous
// one, and the number of pieces.
func docCode(name, text string) (body string, pieces int) {
	for _, block := range new(comment.Parser).Parse(text).Content {
		code, ok := block.(*comment.Code)
		if !ok || !strings.Contains(code.Text, ":=") || strings.Contains(code.Text, "…") {
			continue
		}
		pieces++
		body += "{\n" + snippet{code.Text, fmt.Sprintf("code %d of package %s:1", pieces, name)}.lines()
	}
	return body + strings.Repeat("}\n", pieces), pieces
}

// TestDocCode: what counts as code, and that pieces build on each other.
func TestDocCode(t *testing.T) {
	body, pieces := docCode("a", "A:\n\n\terr := ctx.Err()\n\nThen:\n\n\tgone := b(err)\n\n"+
		"A table:\n\n\ta  table\n\nOnly a shape:\n\n\tc := …\n")
	if pieces != 2 {
		t.Errorf("%d pieces in %q", pieces, body)
	}
	source, err := wrap(given, body, standard)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(source, "code 2 of package a:1\ngone") {
		t.Error(source)
	}
}
