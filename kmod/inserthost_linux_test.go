package kmod_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/systest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// TestHostProgram is the program that TestHost runs under a supervisor: it
// inserts one file by real system calls.
func TestHostProgram(t *testing.T) {
	path := os.Getenv("HOST_TEST_FILE")
	if path == "" {
		return
	}
	flags, err := strconv.Atoi(os.Getenv("HOST_TEST_FLAGS"))
	if err != nil {
		t.Fatal(err)
	}
	host := &live.Host{SysDir: os.Getenv("HOST_TEST_SYS")}
	unpack, err := strconv.Atoi(os.Getenv("HOST_TEST_UNPACK"))
	if err != nil {
		t.Fatal(err)
	}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: host, Unpack: kmod.Unpack(unpack)})
	err = loader.Insert(t.Context(), path, `a=1 b="x y"`, live.InsertFlags(flags))
	fmt.Fprintln(os.Stderr, "answer:", err)
}

// TestHost checks what reaches the kernel.
func TestHost(t *testing.T) {
	m := modtest.Named("a", nil, []string{"printk"})
	plain := m.Build()
	m.Signature = block("signer", "key", "value")
	signed := m.Build()
	const finit, init = "finit_module", "init_module"
	tests := []struct {
		name        string
		file        string
		data        []byte
		compression string
		flags       live.InsertFlags
		unpack      kmod.Unpack
		answers     []syscall.Errno // of the calls, 0 behind the last
		calls       []string        // name and flags
		answer      string
		image       []byte // for init_module, nil where it is changed
	}{
		{"plain", "a.ko", plain, "", 0, 0, nil, []string{finit + " 0"}, "<nil>", nil},
		{"forced", "a.ko", plain, "", live.ForceInsert, 0, nil, []string{finit + " 3"}, "<nil>", nil},
		{"the kernel unpacks", "a.ko.xz", dbtest.Compress(t, "xz", plain), "xz", live.IgnoreVermagic, kmod.UnpackKernel, nil,
			[]string{finit + " 6"}, "<nil>", nil},
		{"the kernel does not unpack after all", "a.ko.xz", dbtest.Compress(t, "xz", plain), "xz", 0, kmod.UnpackKernel,
			[]syscall.Errno{syscall.EOPNOTSUPP}, []string{finit + " 4", init + " 0"}, "<nil>", plain},
		{"the kernel could unpack", "a.ko.xz", dbtest.Compress(t, "xz", plain), "xz", 0, kmod.UnpackSelf, nil,
			[]string{init + " 0"}, "<nil>", plain},
		{"the kernel wants files", "a.ko.xz", dbtest.Compress(t, "xz", plain), "xz", live.IgnoreVermagic, kmod.UnpackSelf,
			[]syscall.Errno{syscall.EPERM}, []string{init + " 0", finit + " 6"}, "<nil>", nil},
		{"no finit_module", "a.ko", plain, "", 0, 0, []syscall.Errno{syscall.ENOSYS}, []string{finit + " 0", init + " 0"}, "<nil>", plain},
		{"we unpack", "a.ko.zst", dbtest.Compress(t, "zst", signed), "xz", 0, 0, nil, []string{init + " 0"}, "<nil>", signed},
		{"forced, we unpack", "a.ko.zst", dbtest.Compress(t, "zst", signed), "xz", live.ForceInsert, 0, nil, []string{init + " 0"}, "<nil>", nil},
		{"refused", "a.ko", plain, "", 0, 0, []syscall.Errno{syscall.EKEYREJECTED}, []string{finit + " 0"},
			"the module's signature is missing or not accepted (EKEYREJECTED)", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, test.file)
			sysDir := filepath.Join(dir, "sys")
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(sysDir, "module"), 0o755); err != nil {
				t.Fatal(err)
			}
			if test.compression != "" {
				if err := os.WriteFile(filepath.Join(sysDir, "module/compression"), []byte(test.compression+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var calls []systest.Call
			_, stderr, exit := systest.Run(t, systest.Self("TestHostProgram", "HOST_TEST_FILE="+path, "HOST_TEST_SYS="+sysDir,
				"HOST_TEST_FLAGS="+strconv.Itoa(int(test.flags)), "HOST_TEST_UNPACK="+strconv.Itoa(int(test.unpack))), func(c *systest.Call) syscall.Errno {
				calls = append(calls, *c)
				if len(calls) > len(test.answers) {
					return 0
				}
				return test.answers[len(calls)-1]
			})
			if exit != 0 || !strings.Contains(string(stderr), test.answer) {
				t.Errorf("exit status %d, %s", exit, stderr)
			}
			var got []string
			for _, c := range calls {
				got = append(got, fmt.Sprintf("%s %d", c.Name, c.Flags))
				if c.Params != `a=1 b="x y"` || c.Name == finit && c.File != path {
					t.Errorf("%s got file %s, parameters %q", c.Name, c.File, c.Params)
				}
				if c.Name == init {
					checkImage(t, c.Image, test.image, len(plain))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(test.calls) {
				t.Errorf("calls are %v, want %v", got, test.calls)
			}
		})
	}
}

// checkImage: the image is the wanted one, or if that is nil has lost its
// signature and what the kernel would compare.
func checkImage(t *testing.T, image, want []byte, unsigned int) {
	t.Helper()
	if want != nil {
		if !bytes.Equal(image, want) {
			t.Error("the image is not the module's")
		}
		return
	}
	info, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Has("vermagic") || info.Signature != nil || len(image) != unsigned {
		t.Errorf("the image has vermagic %q, signature %v, %d bytes", info.Vermagic(), info.Signature, len(image))
	}
}

// block is an appended signature of the old form.
func block(signer, key, value string) []byte {
	b := []byte(signer + key + value)
	b = append(b, 0, 4, 1, byte(len(signer)), byte(len(key)), 0, 0, 0, 0, 0, 0, byte(len(value)))
	return append(b, "~Module signature appended~\n"...)
}
