package live_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// listing writes what a list of modules yields.
func listing(r io.Reader) []string {
	var all []string
	for m, err := range live.ParseLoaded(r) {
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, fmt.Sprint(m.Name, " ", m.Size, " ", m.Refcount, " ", m.State))
	}
	return all
}

func TestParseLoaded(t *testing.T) {
	const odd = " is not a row of /proc/modules: "
	for text, want := range map[string][]string{
		"":                         nil,
		"\n \r\n":                  nil,
		"a 1 0\r\nb 2 1":           {"a 1 0 live", "b 2 1 live"},
		"a 1 - - Loading 0x0\n":    {"a 1 -1 coming"},
		"a 1 -1 - Unloading 0x0":   {"a 1 -1 going"},
		"a 1 0 - Live 0x0 (O) x":   {"a 1 0 live"},
		"a 1 0 - Live (ptrval)":    {"a 1 0 live"},
		"\na 1\nb 1 0\n":           {"line 2" + odd + `"a 1"`, "b 1 0 live"},
		"Module Size Used by\n":    {"line 1" + odd + `"Module Size Used by"`},
		"a -1 0":                   {"line 1" + odd + `"a -1 0"`},
		"a 1 x":                    {"line 1" + odd + `"a 1 x"`},
		"a 1 0 - Alive 0x0":        {"line 1" + odd + `"a 1 0 - Alive 0x0"`},
		"../a 1 0\n.. 1 0\n\x1b\n": {"line 1" + odd + `"../a 1 0"`, "line 2" + odd + `".. 1 0"`, "line 3" + odd + `"\x1b"`},
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			if got := listing(r); !slices.Equal(got, want) {
				t.Errorf("%q:\n%q, want\n%q", text, got, want)
			}
		}
	}
}

// TestParseLoadedFails: an error of the reader is the last, and what was read of the
// row before it does not count.
func TestParseLoadedFails(t *testing.T) {
	cause := &fs.PathError{Op: "read", Path: "modules", Err: syscall.EIO}
	r := io.MultiReader(strings.NewReader("a 1 0\nb 12345 0"), iotest.ErrReader(cause))
	want := []string{"a 1 0 live", "read the list of loaded modules: input/output error"}
	if got := listing(r); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, err := range live.ParseLoaded(iotest.ErrReader(cause)) {
		if !errors.Is(err, syscall.EIO) || errors.Is(err, live.ErrRow) {
			t.Errorf("error is %v", err)
		}
	}
}

// TestParseLoadedLong: a row may have thousands of holders; of an endless line only the
// beginning is kept.
func TestParseLoadedLong(t *testing.T) {
	for holders, whole := range map[int]bool{1<<19 - 4: true, 1<<19 - 3: false} {
		row := "a 1 0 " + strings.Repeat("h,", holders) + "\n"
		got := listing(strings.NewReader(row + "b 1 0"))
		if len(got) != 2 || (got[0] == "a 1 0 live") != whole || got[1] != "b 1 0 live" {
			t.Errorf("%d bytes: %.100q", len(row), got)
		}
	}
	endless := func() io.Reader {
		return io.MultiReader(io.LimitReader(repeating("a 1 0 "), 64<<20), strings.NewReader("\nb 1 0\n"))
	}
	var got []string
	if used := modtest.Allocated(func() { got = listing(endless()) }); used > 16<<20 {
		t.Errorf("64 MB take %d bytes", used)
	}
	if len(got) != 2 || len(got[0]) > 300 || got[1] != "b 1 0 live" {
		t.Errorf("got %.400q", got)
	}
}

// repeating reads a text over and over.
type repeating string

func (r repeating) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], r)
	}
	return n, nil
}

// FuzzParseLoaded: every line is a row or an error, unless it is empty.
func FuzzParseLoaded(f *testing.F) {
	f.Add(procModules)
	for line := range strings.SplitSeq(procModules, "\n") {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines, items := 0, 0
		for line := range strings.SplitSeq(text, "\n") {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		for m, err := range live.ParseLoaded(strings.NewReader(text)) {
			items++
			if err != nil {
				if !errors.Is(err, live.ErrRow) || m.Name != "" || len(err.Error()) > 1000 {
					t.Fatalf("got %+v, %v", m, err)
				}
				continue
			}
			if m.Name == "" || strings.ContainsAny(m.Name, "/ \n") || m.Refcount < -1 || m.State == 0 {
				t.Fatalf("got %+v", m)
			}
		}
		if items != lines {
			t.Fatalf("%d lines yield %d", lines, items)
		}
	})
}
