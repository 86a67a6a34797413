package xz

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var toolFlag = flag.String("xz-tool", "xz", "`program` to compress with")

// compress runs the xz tool on data, and skips the test if there is none.
func compress(tb testing.TB, data []byte, args ...string) []byte {
	tb.Helper()
	tool, err := exec.LookPath(*toolFlag)
	if err != nil {
		tb.Skip("no xz tool to compress with")
	}
	cmd := exec.Command(tool, append([]string{"-zc", "-T1", "--format=xz"}, args...)...)
	cmd.Stdin = bytes.NewReader(data)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal("xz ", strings.Join(args, " "), ": ", err)
	}
	return out
}

// TestTool decodes the xz tool's output for all kinds of data.
func TestTool(t *testing.T) {
	variants := []string{
		"-0", "-6", "-9e", "--check=none", "--check=crc32", "--check=crc64", "--check=sha256",
		"--block-size=10000", "-T2 --block-size=30000", "--block-list=1,7,500",
		"--x86 --lzma2=dict=1MiB", "--x86=start=4096 --lzma2", "--x86 --x86=start=16 --lzma2",
		"--lzma2=lc=0", "--lzma2=lc=4", "--lzma2=lc=0,lp=4", "--lzma2=lc=2,lp=2,pb=0", "--lzma2=pb=4",
		"--lzma2=dict=4KiB", "--lzma2=mode=fast,mf=hc4", "--lzma2=nice=2",
	}
	for name, data := range inputs() {
		for _, args := range variants {
			if testing.Short() && args != "-6" && name != "mixed" {
				continue // starting the tool takes most of the time
			}
			t.Run(name+"/"+args, func(t *testing.T) {
				src := compress(t, data, strings.Fields(args)...)
				if !bytes.Equal(mustDecode(t, src), data) {
					t.Error("decoded data differs")
				}
				if size, err := Size(src); err != nil || size != int64(len(data)) {
					t.Errorf("Size = %d, %v, want %d", size, err, len(data))
				}
			})
		}
	}
}

func TestToolInspect(t *testing.T) {
	info, err := Inspect(compress(t, []byte("abc"), "--check=crc32", "--x86", "--lzma2=dict=2MiB"))
	if err != nil || info.Check != CheckCRC32 || info.DictSize != 2<<20 || len(info.Filters) != 2 {
		t.Errorf("%+v, %v", info, err)
	}
}
