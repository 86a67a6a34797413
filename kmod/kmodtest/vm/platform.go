package vm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// platform is the virtual machine for kernels of one architecture. Each has two ports:
// QEMU's character devices c0, on which the kernel has its console, and c1, which the
// guest opens.
type platform struct {
	arch    string   // as Go calls it
	debian  string   // as Debian calls it
	pkg     string   // Debian's current kernel
	qemu    string   // the program
	machine []string // what QEMU emulates
	ports   []string // the devices on c0 and c1
	cmdline []string // for the kernel
	result  string   // the guest's name of c1
}

// platforms are the architectures that can be emulated. Without no_timer_check, x86
// kernels panic when a busy host delays their timer interrupts for a moment.
var platforms = [...]platform{
	{
		arch: "amd64", debian: "amd64", pkg: "linux-image-amd64",
		qemu: "qemu-system-x86_64", ports: twoSerial,
		cmdline: []string{"console=ttyS0", "no_timer_check"}, result: "/dev/ttyS1",
	},
	{
		arch: "386", debian: "i386", pkg: "linux-image-686",
		qemu: "qemu-system-i386", machine: []string{"-M", "pc", "-cpu", "qemu32"}, ports: twoSerial,
		cmdline: []string{"console=ttyS0", "no_timer_check"}, result: "/dev/ttyS1",
	},
	{
		arch: "arm64", debian: "arm64", pkg: "linux-image-arm64",
		qemu: "qemu-system-aarch64", machine: []string{"-M", "virt", "-cpu", "cortex-a76"},
		ports: serialOnPCI, cmdline: []string{"console=ttyAMA0"}, result: "/dev/ttyS0",
	},
	{
		arch: "arm", debian: "armhf", pkg: "linux-image-armmp",
		qemu: "qemu-system-arm", machine: []string{"-M", "virt,highmem=off", "-cpu", "cortex-a15"},
		ports: serialOnPCI, cmdline: []string{"console=ttyAMA0"}, result: "/dev/ttyS0",
	},
	{
		arch: "riscv64", debian: "riscv64", pkg: "linux-image-riscv64",
		qemu: "qemu-system-riscv64", machine: []string{"-M", "virt"},
		ports: serialOnPCI, cmdline: []string{"console=ttyS0"}, result: "/dev/ttyS1",
	},
	{
		arch: "ppc64le", debian: "ppc64el", pkg: "linux-image-powerpc64le",
		qemu: "qemu-system-ppc64",
		machine: []string{
			"-M", "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off", "-cpu", "power9",
		},
		ports:   []string{"-device", "spapr-vty,chardev=c0", "-device", "spapr-vty,chardev=c1"},
		cmdline: []string{"console=hvc0"}, result: "/dev/hvc1",
	},
	{
		// The line-mode console breaks long lines, which a log can do with.
		arch: "s390x", debian: "s390x", pkg: "linux-image-s390x",
		qemu: "qemu-system-s390x", machine: []string{"-M", "s390-ccw-virtio"},
		ports:   []string{"-device", "sclplmconsole,chardev=c0", "-device", "sclpconsole,chardev=c1"},
		cmdline: []string{"console=ttyS0"}, result: "/dev/ttysclp0",
	},
}

// Ports on machines with two serial ports, and on those with one.
var (
	twoSerial   = []string{"-serial", "chardev:c0", "-serial", "chardev:c1"}
	serialOnPCI = []string{"-serial", "chardev:c0", "-device", "pci-serial,chardev=c1"}
)

// platformOf returns the virtual machine for an architecture.
func platformOf(arch string) (*platform, error) {
	for i := range platforms {
		if platforms[i].arch == arch {
			return &platforms[i], nil
		}
	}
	return nil, fmt.Errorf("vm: no virtual machine for kernels of %s: %w", arch, errors.ErrUnsupported)
}

// program returns the path of QEMU's program.
func (p *platform) program() (string, error) {
	name, err := exec.LookPath(p.qemu)
	if err != nil {
		return "", fmt.Errorf("vm: QEMU is not installed: %w", err)
	}
	return name, nil
}

// accelerator says how QEMU runs the guest's instructions.
func (p *platform) accelerator() []string {
	if os.Getenv("GOKMOD_KVM") == "1" && p.arch == runtime.GOARCH {
		return []string{"-accel", "kvm", "-cpu", "host"}
	}
	return []string{"-accel", "tcg,thread=multi"}
}
