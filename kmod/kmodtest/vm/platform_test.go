package vm

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestMachineArgs: what QEMU is told for each architecture.
func TestMachineArgs(t *testing.T) {
	t.Setenv("GOKMOD_KVM", "")
	const before = "-accel tcg,thread=multi "
	const middle = "-smp 2 -m 1024 -nodefaults -no-user-config -display none -no-reboot " +
		"-chardev file,id=c0,path=/dev/fd/3 -chardev file,id=c1,path=/dev/fd/4 "
	const serial, onPCI = "-serial chardev:c0 -serial chardev:c1 ", "-serial chardev:c0 -device pci-serial,chardev=c1 "
	for arch, want := range map[string]struct{ machine, ports, cmdline, result string }{
		"amd64":   {"", serial, "console=ttyS0 no_timer_check", "/dev/ttyS1"},
		"386":     {"-M pc -cpu qemu32 ", serial, "console=ttyS0 no_timer_check", "/dev/ttyS1"},
		"arm64":   {"-M virt -cpu cortex-a76 ", onPCI, "console=ttyAMA0", "/dev/ttyS0"},
		"arm":     {"-M virt,highmem=off -cpu cortex-a15 ", onPCI, "console=ttyAMA0", "/dev/ttyS0"},
		"riscv64": {"-M virt ", onPCI, "console=ttyS0", "/dev/ttyS1"},
		"ppc64le": {
			"-M pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off -cpu power9 ",
			"-device spapr-vty,chardev=c0 -device spapr-vty,chardev=c1 ", "console=hvc0", "/dev/hvc1",
		},
		"s390x": {
			"-M s390-ccw-virtio ", "-device sclplmconsole,chardev=c0 -device sclpconsole,chardev=c1 ",
			"console=ttyS0", "/dev/ttysclp0",
		},
	} {
		p, err := platformOf(arch)
		if err != nil {
			t.Fatal(err)
		}
		cfg := (&Config{Cmdline: []string{"own=1"}, QEMUArgs: []string{"-more"}}).withDefaults()
		v := &machine{platform: p, kernel: &Kernel{Arch: arch, Image: "IMAGE"}, cfg: &cfg, initrd: "INITRD"}
		got := strings.Join(v.args(), " ")
		all := before + want.machine + middle + want.ports +
			"-kernel IMAGE -initrd INITRD -append " + want.cmdline + " panic=-1 own=1 -more"
		if got != all {
			t.Errorf("%s:\n%s\nwant:\n%s", arch, got, all)
		}
		if p.result != want.result {
			t.Errorf("%s: the result comes by %s", arch, p.result)
		}
	}
}

// TestAccelerator: KVM is for this machine's architecture only.
func TestAccelerator(t *testing.T) {
	t.Setenv("GOKMOD_KVM", "1")
	for i := range platforms {
		p := &platforms[i]
		kvm := slices.Contains(p.accelerator(), "kvm")
		if kvm != (p.arch == runtime.GOARCH) {
			t.Errorf("%s by KVM: %v", p.arch, kvm)
		}
	}
}

func TestNoPlatform(t *testing.T) {
	_, err := platformOf("sparc64")
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "sparc64") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Run(t.Context(), &Kernel{Arch: "sparc64", Release: "6.1"}, &Config{Program: "p"}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a run: %v", err)
	}
	_, err = Run(t.Context(), &Kernel{Arch: "sparc64", Release: "6.1"}, nil)
	if err == nil || !strings.Contains(err.Error(), "Config.Program") {
		t.Errorf("a run of this program: %v", err)
	}
}

func TestPackageArch(t *testing.T) {
	for pkg, want := range map[string]string{
		"linux-image-amd64":                  runtime.GOARCH,
		"linux-image-armmp:armhf/trixie":     "arm",
		"linux-image-686:i386/bookworm":      "386",
		"linux-image-powerpc64le:ppc64el/a":  "ppc64le",
		"linux-image-arm64-16k:arm64/trixie": "arm64",
		"linux-image-loong64:loong64/sid":    "loong64",
	} {
		if got := packageArch(pkg); got != want {
			t.Errorf("%s is for %q, want %q", pkg, got, want)
		}
	}
}
