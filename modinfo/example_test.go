package modinfo_test

import (
	"fmt"
	"log"
	"os"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// golden is the directory of the modules that the examples read.
func golden() string {
	dir, err := os.MkdirTemp("", "modinfo")
	if err == nil {
		err = os.CopyFS(dir, modtest.Golden())
	}
	if err != nil {
		log.Fatal(err)
	}
	return dir
}

func ExampleReadFile() {
	dir := golden()
	defer os.RemoveAll(dir)

	info, err := modinfo.ReadFile(dir + "/tree/lib/modules/6.1.0-56-amd64/kernel/gm/gm_param.ko.xz")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Name(), info.License(), info.Machine)
	fmt.Println("signed by", info.Signature.Signer)
	for _, p := range info.Params() {
		fmt.Printf("%s is of type %s\n", p.Name, p.Type)
	}
	// Output:
	// gm_param GPL x86_64
	// signed by Golden module signing key
	// loud is of type bool
	// lanes is of type array of int
	// who is of type charp
	// count is of type int
}

func ExampleFile_Exports() {
	dir := golden()
	defer os.RemoveAll(dir)

	f, err := modinfo.Open(dir+"/tree/lib/modules/6.1.0-56-amd64/kernel/gm/gm_mid.ko.xz", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	exports, err := f.Exports()
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range exports {
		fmt.Printf("%s, version %#08x, GPL only: %v, namespace %s\n", e.Name, e.CRC, e.GPLOnly, e.Namespace)
	}
	// Output:
	// gm_mid_fn, version 0xd49cb85f, GPL only: true, namespace GM_NS
}

func ExampleInfo_Devices() {
	dir := golden()
	defer os.RemoveAll(dir)

	info, err := modinfo.ReadFile(dir + "/tree/lib/modules/6.1.0-56-amd64/kernel/gm/gm_dev.ko.gz")
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range info.Devices() {
		fmt.Printf("%s: %v\n", d.Alias, d.Kind)
	}
	// Output:
	// net-pf-44: network protocol
	// fs-gmfs: file system
	// char-major-10-250: char device
	// devname:gm/dev0: device node
	// pci:v*d*sv*sd*bc02sc00i*: bus device
	// pci:v00001AF4d000010FFsv*sd*bc*sc*i*: bus device
	// usb:v1D6Bp0105d01*dc*dsc*dp*ic*isc*ip*in*: bus device
	// usb:v1D6Bp0105d02[0-1]*dc*dsc*dp*ic*isc*ip*in*: bus device
	// usb:v1D6Bp0104d*dc*dsc*dp*ic*isc*ip*in*: bus device
}

func ExampleMatch() {
	pattern, err := modinfo.NormalizeAlias("char-major-10-[0-9]*")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pattern, modinfo.Match(pattern, "char_major_10_250"))
	fmt.Println(modinfo.NormalizeName("snd-hda-intel"), modinfo.NameFromPath("kernel/fs/ext4.ko.xz"))
	// Output:
	// char_major_10_[0-9]* true
	// snd_hda_intel ext4
}
