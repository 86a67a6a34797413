package vm

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCapture compares with the plain rule: the first half and the last half.
func TestCapture(t *testing.T) {
	const keep = 16
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := capture{max: keep}
		var all []byte
		for range random.IntN(6) {
			piece := make([]byte, random.IntN(2*keep))
			for i := range piece {
				piece[i] = byte('a' + (len(all)+i)%26)
			}
			all = append(all, piece...)
			if n, err := c.Write(piece); n != len(piece) || err != nil {
				t.Fatalf("%d bytes written of %d, %v", n, len(piece), err)
			}
		}
		want := string(all)
		if lost := len(all) - keep; lost > 0 {
			want = fmt.Sprintf("%s\n[vm: %d bytes left out]\n%s", all[:keep/2], lost, all[len(all)-keep/2:])
		}
		if got := string(c.bytes()); got != want {
			t.Fatalf("%q was kept of %q, want %q", got, all, want)
		}
	}
}

func TestPort(t *testing.T) {
	p, err := newPort()
	if err != nil {
		t.Fatal(err)
	}
	watched := make(chan string, 1)
	go p.receive(func(r io.Reader) {
		first := make([]byte, 3)
		io.ReadFull(r, first)
		watched <- string(first)
	})
	text := strings.Repeat("one line\n", 20_000) // more than a pipe holds
	if _, err := io.WriteString(p.write, text); err != nil {
		t.Fatal(err)
	}
	if got := p.end(); !bytes.Equal(got, []byte(text)) {
		t.Errorf("%d bytes of %d", len(got), len(text))
	}
	if got := <-watched; got != "one" {
		t.Errorf("watched %q", got)
	}
}
