package vmtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/internal/decompress"
)

// A bzImage unpacks itself, which under emulation takes as long as the rest
// of the boot. QEMU also boots the ELF file within, through its PVH note, so
// that is unpacked once on the host. The fields of the header are those of
// the kernel's Documentation/arch/x86/boot.rst.
const (
	offSetupSects    = 0x1f1 // sectors of real-mode code, less the first
	offMagic         = 0x202
	offVersion       = 0x206
	offPayloadOffset = 0x248 // from the start of the protected-mode code
	offPayloadLength = 0x24c
	headerEnd        = 0x250

	payloadVersion = 0x208 // the first with the payload fields
	sectorSize     = 512
	sizeLen        = 4 // the unpacked size that follows the payload
)

// maxVmlinux bounds the size of an unpacked kernel in bytes.
const maxVmlinux = 512 << 20

// bootable returns the kernel with Image set to its unpacked form, which is
// made if need be, or as it is when that cannot be made.
func bootable(k *Kernel) *Kernel {
	name := filepath.Join(k.Dir, "boot", "vmlinux-"+k.Release)
	if _, err := os.Stat(name); err != nil {
		if unpackImage(k.Image, name) != nil {
			return k
		}
	}
	fast := *k
	fast.Image = name
	return &fast
}

// unpackImage writes the ELF kernel within a bzImage to a file, in one step.
func unpackImage(image, name string) error {
	data, err := os.ReadFile(image)
	if err != nil {
		return err
	}
	payload, err := imagePayload(data)
	if err != nil {
		return err
	}
	if decompress.Detect(payload) == decompress.None {
		return errors.New("vmtest: the kernel image is packed in an unknown way")
	}
	kernel, err := decompress.Bytes(nil, payload, maxVmlinux)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(kernel)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// imagePayload returns the packed kernel within a bzImage.
func imagePayload(data []byte) ([]byte, error) {
	if len(data) < headerEnd || string(data[offMagic:offMagic+4]) != "HdrS" {
		return nil, errors.New("vmtest: the kernel image is not a bzImage")
	}
	if v := binary.LittleEndian.Uint16(data[offVersion:]); v < payloadVersion {
		return nil, fmt.Errorf("vmtest: boot protocol %#x names no payload", v)
	}
	sects := uint64(data[offSetupSects])
	if sects == 0 {
		sects = 4
	}
	start := (sects+1)*sectorSize + uint64(binary.LittleEndian.Uint32(data[offPayloadOffset:]))
	size := uint64(binary.LittleEndian.Uint32(data[offPayloadLength:]))
	if size < sizeLen || start+size > uint64(len(data)) {
		return nil, errors.New("vmtest: the kernel image ends within its payload")
	}
	return data[start : start+size-sizeLen], nil
}
