package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyFiles asks about more files than fit into the window, some of which
// cannot be read. The answers must come in order.
func TestManyFiles(t *testing.T) {
	const count = 400
	files := map[string][]byte{}
	argv := []string{"modinfo"}
	var want answer
	world := newWorld()
	for i := range count {
		name := fmt.Sprintf("m%d", i)
		argv = append(argv, name+".ko")
		want.stdout += "filename:       DIR/" + name + ".ko\n"
		if i%7 == 0 {
			files[name+".ko"] = []byte("no module")
			want.stderr += "modinfo: ERROR: could not get modinfo from '" + name + "': Exec format error\n"
			want.status = failure
			continue
		}
		aliases := strings.Repeat("alias=a\x00", i%11*50)
		files[name+".ko"] = withFields(aliases + "name=" + name)
		want.stdout += strings.Repeat("alias:          a\n", i%11*50) + "name:           " + name + "\n"
	}
	world.dir = writeFiles(t, files)
	want.stdout = strings.ReplaceAll(want.stdout, "DIR", world.dir)
	if got := world.run(argv...); got != want {
		t.Errorf("status %d, %d bytes of stdout instead of %d, stderr as wanted: %v",
			got.status, len(got.stdout), len(want.stdout), got.stderr == want.stderr)
	}
}

// TestMessagesStandInTheirPlaces has stdout and stderr go to one file.
func TestMessagesStandInTheirPlaces(t *testing.T) {
	world := newWorld()
	world.together = true
	world.dir = writeFiles(t, map[string][]byte{
		"a.ko": withFields("license=GPL", "parm=wrong", "x=1"),
		"b.ko": []byte("no module"),
	})
	const want = `license:        GPL
modinfo: ERROR: Found invalid "parm=wrong": missing ':'
x:              1
filename:       DIR/b.ko
modinfo: ERROR: could not get modinfo from 'b': Exec format error
filename:       DIR/a.ko
license:        GPL
`
	got := world.run("modinfo", "a.ko", "b.ko", "a.ko").stdout
	if !strings.Contains(got, strings.ReplaceAll(want, "DIR", world.dir)) {
		t.Errorf("got:\n%s", got)
	}
}
