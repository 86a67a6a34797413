package debian

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// devices are what the guests have besides the disk with the root: an NVMe disk, a
// network card, a source of random numbers, a USB stick and a keyboard.
var devices = []string{
	"-blockdev", "null-co,node-name=d1,size=16777216,read-zeroes=on",
	"-blockdev", "null-co,node-name=d2,size=16777216,read-zeroes=on",
	"-device", "virtio-net-pci,romfile=,addr=0x11,mac=52:54:00:12:34:56",
	"-device", "nvme,serial=1,drive=d1,addr=0x12",
	"-device", "virtio-rng-pci,addr=0x14",
	"-device", "qemu-xhci,id=xhci,addr=0x13",
	"-device", "usb-storage,bus=xhci.0,port=1,drive=d2",
	"-device", "usb-kbd,bus=xhci.0,port=2",
}

// bootLimit bounds the time of a guest; on a busy machine one takes minutes.
const bootLimit = 15 * time.Minute

// System is what boots: a kernel, an initial RAM disk and a disk.
type System struct {
	Kernel       *vm.Kernel
	Initrd, Disk string
	Cmdline      []string
}

// Boot boots a system, which must report and power off, and returns the report and what
// the console showed. It writes only to dir, and not to the disk. A kernel that the
// emulator killed is booted once more.
func (s *System) Boot(ctx context.Context, dir string) (Report, *vm.Result, error) {
	report, res, err := s.boot(ctx, dir)
	if errors.Is(err, errCut) && diedEarly(res.Log) {
		return s.boot(ctx, dir)
	}
	return report, res, err
}

// diedEarly reports whether a kernel panicked before there was a first process: while it
// patches its code, another emulated processor may execute half an instruction.
func diedEarly(log []byte) bool {
	return bytes.Contains(log, []byte("Kernel panic")) && !bytes.Contains(log, []byte("Attempted to kill init"))
}

// boot boots the system once.
func (s *System) boot(ctx context.Context, dir string) (Report, *vm.Result, error) {
	said := filepath.Join(dir, "report")
	args := append([]string{
		"-serial", "file:" + said,
		"-drive", "file=" + s.Disk + ",if=none,id=root,format=raw,snapshot=on",
		"-device", "virtio-blk-pci,drive=root,addr=0x10",
	}, devices...)
	cmdline := append([]string{"root=/dev/vda", "ro", "quiet", "systemd.show_status=false",
		"trace_event=sched:sched_process_exec", "trace_buf_size=4M"}, s.Cmdline...)
	res, err := vm.Boot(ctx, s.Kernel, s.Initrd, &vm.Config{Cmdline: cmdline, QEMUArgs: args, Timeout: bootLimit})
	if err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(said)
	if err != nil {
		return nil, res, err
	}
	report, err := parseReport(data)
	return report, res, err
}
