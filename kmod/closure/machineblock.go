package closure

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/kmod"
)

// maxBlocks bounds the block devices that one file system may lie on.
const maxBlocks = 512

// classBlock is the directory of sysfs with a link for each block device.
const classBlock = "class/block/"

// askDisks asks for what drives the block devices below a file system. Some file
// systems have none.
func (r *machineReader) askDisks(m *mount, of string) {
	queue := r.disksOf(m)
	if len(queue) == 0 && strings.HasPrefix(m.source, "/dev/") {
		r.warnMachine(of, "no block device is known for it")
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if r.blocks[name] || !kernfs.IsElement(name) {
			continue
		}
		if len(r.blocks) == maxBlocks {
			r.warnMachine(of, "it lies on too many block devices")
			return
		}
		r.blocks[name] = true
		queue = append(queue, r.askBlock(name)...)
	}
}

// disksOf returns the names in sysfs of the block devices that a file system is on.
// btrfs has a device number of its own, and may be on several.
func (r *machineReader) disksOf(m *mount) []string {
	if name := r.devname("dev/block/" + m.dev); name != "" {
		return []string{name}
	}
	source, ok := strings.CutPrefix(m.source, "/dev/")
	if !ok {
		return nil
	}
	name := strings.ReplaceAll(source, "/", "!")
	if mapped, ok := strings.CutPrefix(source, "mapper/"); ok {
		name = r.mapped(mapped)
	}
	if !kernfs.IsElement(name) || !kernfs.Exists(r.sys, classBlock+name) {
		return nil
	}
	for _, uuid := range r.names("fs/btrfs") {
		devices := r.names("fs/btrfs/" + uuid + "/devices")
		if slices.Contains(devices, name) {
			return devices
		}
	}
	return []string{name}
}

// devname returns the name of the device in a directory of sysfs, "" if there is none.
// In sysfs a "!" stands for a slash in it.
func (r *machineReader) devname(dir string) string {
	if !fs.ValidPath(dir) {
		return ""
	}
	text, _ := kernfs.ReadText(r.sys, dir+"/uevent")
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "DEVNAME="); ok {
			return strings.ReplaceAll(strings.TrimSpace(name), "/", "!")
		}
	}
	return ""
}

// mapped returns the name of the device that device-mapper calls so.
func (r *machineReader) mapped(name string) string {
	for _, dev := range r.names("class/block") {
		if !strings.HasPrefix(dev, "dm-") {
			continue
		}
		if is, err := kernfs.Read(r.sys, classBlock+dev+"/dm/name"); err == nil && is == name {
			return dev
		}
	}
	return ""
}

// names returns the names in a directory of sysfs, in order.
func (r *machineReader) names(dir string) []string {
	var names []string
	for _, e := range r.list(dir) {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// maxSysEntries bounds how many entries of directories in sysfs are looked at.
const maxSysEntries = 1 << 20

// list returns what is in a directory of sysfs, nothing once that was too much.
func (r *machineReader) list(dir string) []fs.DirEntry {
	if r.entries >= maxSysEntries {
		return nil
	}
	entries, _ := kernfs.ReadDir(r.sys, dir)
	r.entries += len(entries) + 1
	return entries
}

// askBlock asks for what drives a block device, and returns the devices that it is
// made of.
func (r *machineReader) askBlock(name string) []string {
	of, dir := "machine:block:"+name, classBlock+name
	read := func(file string) string {
		text, _ := kernfs.Read(r.sys, path.Join(dir, file))
		return text
	}
	number := read("dev")
	if number == "" {
		r.warnMachine(of, "the kernel does not show this block device")
		return nil
	}
	// By this name the kernel asks for what drives the number.
	r.want("block-major-"+strings.ReplaceAll(number, ":", "-"), of)
	if kernfs.Exists(r.sys, dir+"/dm") {
		r.askMapper(read("dm/uuid"), name)
	}
	if level := read("md/level"); level != "" {
		r.want("md-"+level, of)
	}
	if kernfs.Exists(r.sys, dir+"/bcache") {
		r.want("bcache", of)
	}
	if read("loop/backing_file") != "" {
		r.warnMachine(of, "what the file lies on that it is made of is not collected")
	}
	if kernfs.Exists(r.sys, dir+"/partition") {
		return r.diskOf(name)
	}
	return r.names(dir + "/slaves")
}

// diskOf returns the disk that has a partition.
func (r *machineReader) diskOf(partition string) []string {
	for _, disk := range r.names("block") {
		if kernfs.Exists(r.sys, "block/"+disk+"/"+partition) {
			return []string{disk}
		}
	}
	return nil
}

// askMapper asks for the modules of a device of device-mapper. Its UUID tells who made
// it, and so what it does: the tables of targets are not in sysfs.
func (r *machineReader) askMapper(uuid, name string) {
	of := "machine:block:" + name
	r.want("dm_mod", of)
	kind, rest, _ := strings.Cut(uuid, "-")
	kind2, _, _ := strings.Cut(rest, "-")
	switch {
	case kind == "CRYPT" && kind2 == "VERITY":
		r.want("dm_verity", of)
		r.askCrypto(of, "sha256", "sha512")
	case kind == "INTEGRITY" || kind == "CRYPT" && (kind2 == "INTEGRITY" || kind2 == "SUBDEV"):
		r.want("dm_integrity", of)
		r.askCrypto(of, "crc32c", "sha256")
	case kind == "CRYPT":
		r.want("dm_crypt", of)
		r.want("algif_skcipher", of) // by which cryptsetup(8) reads the keys
		r.askCrypto(of, "aes", "cbc", "essiv", "sha256", "sha512", "xts")
	default: // such as LVM, which has volumes of all kinds
		for _, target := range r.targets {
			r.want(target, of)
		}
	}
}

// askCrypto asks for the modules with algorithms, and for those that the kernel has
// algorithms from. Of the modules for one algorithm those count that the kernel has,
// or all if it has none.
func (r *machineReader) askCrypto(of string, algorithms ...string) {
	for _, algorithm := range algorithms {
		found, err := r.db.Lookup("crypto-" + algorithm)
		if err != nil {
			continue // it is a part of the kernel, or not there
		}
		used := slices.DeleteFunc(slices.Clone(found), func(m kmod.Module) bool { return !r.inKernel(m) })
		if len(used) == 0 {
			used = found
		}
		for _, m := range used {
			r.requests = append(r.requests, kmod.Request{Module: &m, For: of, Optional: true})
		}
	}
	text, _ := readLong(r.proc, "crypto")
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		name := modname.Normalize(strings.TrimSpace(value))
		if strings.TrimSpace(key) == "module" && r.loaded[name] {
			r.want(name, of)
		}
	}
}
