package decompress

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestTools decodes the reference tools' output, from files of known size and
// from pipes.
func TestTools(t *testing.T) {
	tests := []string{
		"gzip -9", "gzip -1", "gzip -n",
		"xz", "xz -9e", "xz -0", "xz --check=crc32 --lzma2=dict=1MiB", "xz --x86 --lzma2", "xz --check=sha256", "xz --check=none", "xz --block-size=50KiB",
		"zstd", "zstd -19", "zstd --ultra -22", "zstd --long=30", "zstd --no-check", "zstd --fast=5", "zstd -T2 -B512K",
		"lz4", "lz4 -9", "lz4 -B4", "lz4 -B4 -BD", "lz4 -BX", "lz4 --no-frame-crc", "lz4 -l", "lz4 -l -9",
	}
	for _, command := range tests {
		t.Run(command, func(t *testing.T) {
			if testing.Short() && strings.Contains(command, "-22") {
				t.Skip("takes seconds")
			}
			sizes := []int{0, 3000, 1, 300000}
			if testing.Short() {
				sizes = sizes[:2]
			}
			for _, size := range sizes {
				content := sample(size)
				src := runTool(t, command+" -c", content)
				got, err := Bytes(nil, src, int64(size))
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("%d bytes: error %v", size, err)
				}
			}
		})
	}
}

// runTool feeds content to a compressor and returns its output.
func runTool(t *testing.T, command string, content []byte) []byte {
	t.Helper()
	args := strings.Fields(command)
	path, err := exec.LookPath(args[0])
	if err != nil {
		t.Skipf("the reference tool is not installed: %v", err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(path, args[1:]...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(content), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, stderr.String())
	}
	return out
}
