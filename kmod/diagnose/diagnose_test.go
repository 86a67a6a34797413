package diagnose_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// diagnosed is a case: a valid module "m" that needs "base" and the kernel, what is
// done to break it, and what has to be found.
type diagnosed struct {
	name    string
	module  func(m *modtest.Module)
	base    func(m *modtest.Module)
	config  string // of modprobe.d
	options func(o *diagnose.Options, k *kmodtest.Kernel)
	live    bool // with a running kernel
	params  string
	alias   bool   // ask by alias
	signed  string // who signed the kernel's own modules
	codec   string // of the file

	structure int // the size of the kernel's struct module
	want      []string
}

// goodModules are base, m and other modules of the same kernel.
func goodModules() (base, m, peer *modtest.Module) {
	layout := func(m *modtest.Module) {
		m.Versions = append(m.Versions, modtest.Version{Name: "module_layout", CRC: modtest.CRC("module_layout")})
		m.Modinfo = append(m.Modinfo, "intree=Y")
	}
	base = modtest.Named("base", []string{"base_fn"}, []string{"printk"})
	base.Exports = append(base.Exports,
		modtest.Export{Name: "base_gpl", CRC: modtest.CRC("base_gpl"), GPL: true},
		modtest.Export{Name: "base_ns", CRC: modtest.CRC("base_ns"), Namespace: "BASE"},
		modtest.Export{Name: "base_for", CRC: modtest.CRC("base_for"), Namespace: "module:other,m-x*"})
	m = modtest.Named("m", []string{"m_fn"}, []string{"printk", "base_fn", "__this_module"})
	m.Needed = append(m.Needed, modtest.Needed{Name: "perhaps", Weak: true})
	m.Modinfo = append(m.Modinfo, "parmtype=n:int", "parm=n:how many", "parmtype=flag:bool", "parmtype=small:byte", "parmtype=list:array of ushort", "parm=odd:text")
	peer = modtest.Named("aaa", nil, []string{"printk"})
	layout(base)
	layout(m)
	layout(peer)
	return base, m, peer
}

// symversText is the Module.symvers of their kernel.
func symversText() string {
	var b strings.Builder
	for _, line := range []string{"printk vmlinux EXPORT_SYMBOL ", "module_layout vmlinux EXPORT_SYMBOL ", "gpl_only vmlinux EXPORT_SYMBOL_GPL ",
		"spaced vmlinux EXPORT_SYMBOL SPACE", "elsewhere drivers/else-where EXPORT_SYMBOL ", "base_fn drivers/base EXPORT_SYMBOL "} {
		f := strings.SplitN(line, " ", 4)
		fmt.Fprintf(&b, "0x%08x\t%s\t%s\t%s\t%s\n", modtest.CRC(f[0]), f[0], f[1], f[2], f[3])
	}
	return b.String()
}

// summary is the short form of a finding.
func summary(f diagnose.Finding) string {
	s := f.Severity.String() + " " + f.Kind.String() + " " + f.Module
	for _, part := range []string{f.Symbol, f.Provider, f.Parameter, f.Want + "/" + f.Got} {
		if part != "" && part != "/" {
			s += " " + part
		}
	}
	if f.Origin != nil {
		s += " (" + f.Origin.String() + ")"
	}
	return s
}

func (test *diagnosed) tree(t testing.TB) fstest.MapFS {
	t.Helper()
	base, m, peer := goodModules()
	if test.signed != "" {
		peer.Signature = pkcs7Signature(t, test.signed, 2)
	}
	if test.structure != 0 {
		setStructure(peer, test.structure)
		setStructure(base, test.structure)
	}
	if test.module != nil {
		test.module(m)
	}
	if test.base != nil {
		test.base(base)
	}
	file := m.Build()
	if test.codec != "" {
		file = dbtest.Compress(t, test.codec, file)
	}
	files := modtest.Tree([]string{"inside"},
		modtest.TreeModule{Path: "kernel/aaa.ko", File: peer.Build()},
		modtest.TreeModule{Path: "kernel/base.ko", File: base.Build()},
		modtest.TreeModule{Path: "kernel/m.ko", File: file, Deps: []string{"kernel/base.ko"}, Aliases: []string{"x:*"}})
	if test.config != "" {
		files["etc/modprobe.d/t.conf"] = &fstest.MapFile{Data: []byte(test.config), Mode: 0o644}
	}
	return files
}

func (test *diagnosed) run(t *testing.T) *diagnose.Diagnosis {
	t.Helper()
	db := dbtest.Open(t, &kmod.Config{FS: test.tree(t), Release: modtest.Release})
	k := kmodtest.New(modtest.Release)
	k.Symbols = []string{"printk"}
	opts := &diagnose.Options{Symvers: strings.NewReader(symversText())}
	if test.live {
		opts.Kernel = k
	}
	if test.options != nil {
		test.options(opts, k)
	}
	request := kmod.Request{Name: "m", Params: test.params}
	if test.alias {
		request.Name = "x:1"
	}
	d, err := diagnose.Module(db, opts, request)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// setField replaces a field of a module.
func setField(m *modtest.Module, key, value string) {
	m.Modinfo = slices.DeleteFunc(m.Modinfo, func(f string) bool { return strings.HasPrefix(f, key+"=") })
	if value != "" {
		m.Modinfo = append(m.Modinfo, key+"="+value)
	}
}

// setStructure gives a module a struct module of that size.
func setStructure(m *modtest.Module, size int) {
	m.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module", Data: make([]byte, size)}}
}

// needs makes a module need one more symbol, of the version that all have.
func needs(m *modtest.Module, symbol string) {
	m.Needed = append(m.Needed, modtest.Needed{Name: symbol})
	m.Versions = append(m.Versions, modtest.Version{Name: symbol, CRC: modtest.CRC(symbol)})
}

// damageVersions gives a module versions that cannot be read.
func damageVersions(m *modtest.Module) {
	m.Versions = nil
	m.Sections = append(m.Sections, modtest.Section{Name: "__versions", Data: []byte("of no form")})
}

// plainSignature is one of the old kind, which needs no DER.
func plainSignature(signer, key string, kind byte) []byte {
	return []byte(signer + key + "SIG" + string([]byte{0, 4, kind, byte(len(signer)), byte(len(key)), 0, 0, 0, 0, 0, 0, 3}) + "~Module signature appended~\n")
}

// pkcs7Signature is a signature without a valid digest, but with everything that
// describes one.
func pkcs7Signature(t testing.TB, signer string, serial int) []byte {
	t.Helper()
	type algorithm struct{ OID asn1.ObjectIdentifier }
	type issuerAndSerial struct {
		Issuer pkix.RDNSequence
		Serial int
	}
	type signerInfo struct {
		Version   int
		ID        issuerAndSerial
		Digest    algorithm
		Algorithm algorithm
		Value     []byte
	}
	type signedData struct {
		Version int
		Digests []algorithm `asn1:"set"`
		Content algorithm
		Signers []signerInfo `asn1:"set"`
	}
	type contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	sha256 := algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	der, err := asn1.Marshal(contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, signedData{1, []algorithm{sha256},
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}},
		[]signerInfo{{1, issuerAndSerial{pkix.Name{CommonName: signer}.ToRDNSequence(), serial}, sha256, sha256, []byte("none")}}}})
	if err != nil {
		t.Fatal(err)
	}
	info := append([]byte{0, 0, 2, 0, 0, 0, 0, 0}, byte(len(der)>>24), byte(len(der)>>16), byte(len(der)>>8), byte(len(der)))
	return append(append(der, info...), "~Module signature appended~\n"...)
}

// TestDiagnoseDamagedVersions: versions that cannot be read are reported.
func TestDiagnoseDamagedVersions(t *testing.T) {
	_, m, _ := goodModules()
	damageVersions(m)
	files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	for _, test := range []struct {
		flags live.InsertFlags
		want  int
	}{{0, 1}, {live.IgnoreModversions, 0}} {
		opts := &diagnose.Options{Symvers: strings.NewReader(symversText()), Flags: test.flags}
		d, err := diagnose.Module(db, opts, kmod.Request{Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		skipped := slices.DeleteFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return u.Kind != diagnose.FindingVersion })
		if len(skipped) != test.want {
			t.Errorf("flags %d: unchecked are %v", test.flags, d.Unchecked)
		}
		for _, u := range skipped {
			if u.What != "the versions of the symbols that m needs" ||
				!strings.Contains(u.Why, "its symbol versions are records neither of") {
				t.Errorf("unchecked is %+v", u)
			}
		}
	}
}

func TestDiagnose(t *testing.T) {
	crc := func(name string) string { return fmt.Sprintf("0x%08x", modtest.CRC(name)) }
	version := func(name string, crc uint32) func(*modtest.Module) {
		return func(m *modtest.Module) {
			for i := range m.Versions {
				if m.Versions[i].Name == name {
					m.Versions[i].CRC = crc
				}
			}
		}
	}
	field := func(key, value string) func(*modtest.Module) {
		return func(m *modtest.Module) { setField(m, key, value) }
	}
	symbol := func(name string) func(*modtest.Module) { return func(m *modtest.Module) { needs(m, name) } }
	sysMap := func(o *diagnose.Options, _ *kmodtest.Kernel) {
		o.Symvers, o.SystemMap = nil, strings.NewReader("1 r __start___ksymtab_gpl\n1 r __ksymtab_gpl_only\n2 r __stop___ksymtab_gpl\n3 r __ksymtab_printk\n")
	}
	for _, test := range []diagnosed{
		{name: "nothing"},
		{name: "nothing, live", live: true},
		{name: "nothing, no symvers", live: true, options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Symvers = nil }},
		{name: "machine", module: func(m *modtest.Module) { m.Machine = 183 },
			want: []string{"would_fail architecture m x86_64 (64-bit, little-endian)/aarch64 (64-bit, little-endian)"}},
		{name: "machine, and all that goes with it", module: func(m *modtest.Module) {
			m.Machine = 183
			needs(m, "nowhere")
			setField(m, "vermagic", "5.0.0 aarch64 ")
		}, want: []string{"would_fail architecture m x86_64 (64-bit, little-endian)/aarch64 (64-bit, little-endian)"}},
		{name: "no module", module: func(m *modtest.Module) { *m = modtest.Module{} }, want: []string{"would_fail file m"}},
		{name: "release with versions", module: field("vermagic", "5.0.0 SMP preempt mod_unload modversions "),
			want: []string{"note vermagic m 6.1.0-test/5.0.0"}},
		{name: "release without versions", module: func(m *modtest.Module) {
			m.Versions = nil
			setField(m, "vermagic", "5.0.0 SMP preempt mod_unload modversions ")
		},
			want: []string{"would_fail vermagic m 6.1.0-test/5.0.0", "might_fail version m"}},
		{name: "no versions", module: func(m *modtest.Module) { m.Versions = nil }, want: []string{"might_fail version m"}},
		{name: "no versions, ignored", module: func(m *modtest.Module) { m.Versions = nil },
			options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Flags = live.IgnoreModversions }},
		{name: "fields", module: field("vermagic", "6.1.0-test SMP preempt_rt mod_unload modversions RANDSTRUCT_1 "),
			want: []string{"would_fail vermagic m preempt/", "would_fail vermagic m /preempt_rt", "would_fail vermagic m /RANDSTRUCT_1"}},
		{name: "order of fields", module: field("vermagic", "6.1.0-test preempt SMP mod_unload modversions "),
			want: []string{"would_fail vermagic m 6.1.0-test SMP preempt mod_unload modversions/6.1.0-test preempt SMP mod_unload modversions "}},
		{name: "no vermagic", module: field("vermagic", ""), want: []string{"might_fail vermagic m 6.1.0-test SMP preempt mod_unload modversions/"}},
		{name: "empty vermagic", module: func(m *modtest.Module) {
			setField(m, "vermagic", "")
			m.Modinfo = append(m.Modinfo, "vermagic=")
		}, want: []string{"would_fail vermagic m 6.1.0-test SMP preempt mod_unload modversions/"}},
		{name: "vermagic given", options: func(o *diagnose.Options, _ *kmodtest.Kernel) {
			o.Vermagic = "6.1.0-test SMP mod_unload modversions"
		},
			want: []string{"would_fail vermagic base /preempt", "would_fail vermagic m /preempt", "would_fail dependency m base"}},
		{name: "vermagic ignored", module: field("vermagic", "x y "), options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Flags = live.IgnoreVermagic }},
		{name: "structure", module: func(m *modtest.Module) { setStructure(m, 896) }, structure: 1280,
			want: []string{"might_fail structure m 1280/896"}},
		{name: "no structure", structure: 896, want: []string{"would_fail file m"}},
		{name: "stripped", module: func(m *modtest.Module) { m.NoSymtab = true }, want: []string{"would_fail file m"}},
		{name: "the same structure", module: func(m *modtest.Module) { setStructure(m, 896) }, structure: 896},
		{name: "unknown symbol", module: symbol("nowhere"), want: []string{"would_fail symbol m nowhere"}},
		{name: "unknown symbol, System.map", module: symbol("nowhere"), options: sysMap, want: []string{"would_fail symbol m nowhere"}},
		{name: "unknown symbol, live", module: symbol("nowhere"), live: true,
			options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Symvers = nil }, want: []string{"would_fail symbol m nowhere"}},
		{name: "symbol with a dot", module: func(m *modtest.Module) { m.Needed = append(m.Needed, modtest.Needed{Name: ".printk"}) }},
		{name: "version of the kernel's", module: version("printk", 1), want: []string{"would_fail version m printk vmlinux " + crc("printk") + "/0x00000001"}},
		{name: "version of a module's", module: version("base_fn", 1), want: []string{"would_fail version m base_fn base " + crc("base_fn") + "/0x00000001"}},
		{name: "version of the layout", module: version("module_layout", 1),
			want: []string{"would_fail version m module_layout vmlinux " + crc("module_layout") + "/0x00000001"}},
		{name: "version of the layout, by a peer", module: version("module_layout", 1), options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Symvers = nil },
			want: []string{"would_fail version m module_layout vmlinux " + crc("module_layout") + "/0x00000001"}},
		{name: "versions of variable length", module: func(m *modtest.Module) {
			m.Versions, m.VarVersions = nil, m.Versions
		}},
		{name: "versions of variable length that differ", module: func(m *modtest.Module) {
			version("base_fn", 1)(m)
			m.Versions, m.VarVersions = nil, m.Versions
		}, want: []string{"would_fail version m base_fn base " + crc("base_fn") + "/0x00000001"}},
		{name: "damaged versions", module: damageVersions},
		{name: "damaged versions, unknown symbol", module: func(m *modtest.Module) { needs(m, "nowhere"); damageVersions(m) },
			want: []string{"would_fail symbol m nowhere"}},
		{name: "versions ignored", module: version("printk", 1), options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.Flags = live.IgnoreModversions }},
		{name: "a kernel without versions", module: version("printk", 1), options: func(o *diagnose.Options, _ *kmodtest.Kernel) {
			o.Symvers = strings.NewReader("0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n")
		}},
		{name: "GPL of the kernel's", module: func(m *modtest.Module) { needs(m, "gpl_only"); setField(m, "license", "Proprietary") },
			want: []string{"would_fail license m gpl_only vmlinux GPL/Proprietary"}},
		{name: "GPL, System.map", module: func(m *modtest.Module) { needs(m, "gpl_only"); setField(m, "license", "GPLv7") }, options: sysMap,
			want: []string{"would_fail license m gpl_only vmlinux GPL/GPLv7"}},
		{name: "GPL of a module's", module: func(m *modtest.Module) { needs(m, "base_gpl"); setField(m, "license", "") },
			want: []string{"would_fail license m base_gpl base GPL/"}},
		{name: "GPL of a weak symbol", module: func(m *modtest.Module) {
			m.Needed = append(m.Needed, modtest.Needed{Name: "gpl_only", Weak: true})
			setField(m, "license", "Proprietary")
		}},
		{name: "dual license", module: func(m *modtest.Module) { needs(m, "base_gpl"); setField(m, "license", "Dual BSD/GPL") }},
		{name: "namespace of the kernel's", module: symbol("spaced"), want: []string{"would_fail namespace m spaced vmlinux SPACE/"}},
		{name: "namespace of a module's", module: func(m *modtest.Module) { needs(m, "base_ns"); setField(m, "import_ns", "OTHER") },
			want: []string{"would_fail namespace m base_ns base BASE/OTHER"}},
		{name: "namespace imported", module: func(m *modtest.Module) { needs(m, "base_ns"); setField(m, "import_ns", "BASE") }},
		{name: "for other modules", module: symbol("base_for"), want: []string{"would_fail namespace m base_for base module:other,m-x*/m"}},
		{name: "for this module", module: func(m *modtest.Module) { needs(m, "base_for"); setField(m, "name", "m_x2") },
			want: []string{"note name m m/m_x2"}},
		{name: "duplicate export", module: func(m *modtest.Module) { m.Exports = append(m.Exports, modtest.Export{Name: "printk"}) },
			want: []string{"would_fail duplicate m printk vmlinux"}},
		{name: "dependency", base: symbol("nowhere"), want: []string{"would_fail symbol base nowhere", "would_fail dependency m base"}},
		{name: "dependency gone", base: func(m *modtest.Module) { *m = modtest.Module{} }, want: []string{"would_fail file base", "would_fail dependency m base"}},
		{name: "parameters", params: "n=five flag=maybe small=300 list=1,-2 other=1 dyndbg=+p odd=x n", want: []string{
			"would_fail parameter m n int/five", "would_fail parameter m flag bool/maybe", "would_fail parameter m small byte/300",
			"would_fail parameter m list array of ushort/1,-2", "note parameter m other /1", "would_fail parameter m n int/"}},
		{name: "good parameters", params: `n=0x10 flag small=255 list=1,2 -- nonsense`},
		{name: "configured parameters", config: "options m n=1\noptions base what=1\noptions m n=x\n", want: []string{
			"note parameter base what /1 (etc/modprobe.d/t.conf line 2)", "would_fail parameter m n int/x (etc/modprobe.d/t.conf line 3)"}},
		{name: "unsigned", options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.RequireSignature = true },
			want: []string{"would_fail signature base", "would_fail signature m", "would_fail dependency m base"}},
		{name: "unsigned, enforced", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.SigEnforce = true },
			want: []string{"would_fail signature base", "would_fail signature m", "would_fail dependency m base"}},
		{name: "unsigned, locked down", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Lockdown = "integrity" },
			want: []string{"would_fail signature base", "would_fail signature m", "would_fail dependency m base"}},
		{name: "unsigned, not locked down", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Lockdown = "none" }},
		{name: "other kind of signature", module: func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 1) }, base: func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 1) },
			options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.RequireSignature = true },
			want:    []string{"would_fail signature base", "would_fail signature m", "would_fail dependency m base"}},
		{name: "other kind of signature, not enforced", module: func(m *modtest.Module) {
			m.Signature = plainSignature("me", "k1", 1)
		}, want: []string{"note signature m"}},
		{name: "damaged signature", module: func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 2) }, want: []string{"might_fail signature m"}},
		{name: "damaged signature, enforced", live: true,
			module:  func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 2) },
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.SigEnforce = true },
			base:    func(m *modtest.Module) { m.Signature = pkcs7Signature(t, "kernel", 2) }, signed: "kernel",
			want: []string{"would_fail signature m"}},
		{name: "damaged signature, checked", live: true,
			module:  func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 2) },
			options: func(o *diagnose.Options, k *kmodtest.Kernel) { o.Kernel = signatureKernel{k, "N"} },
			want:    []string{"would_fail signature m"}},
		{name: "damaged signature, never checked", live: true,
			module: func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 2) },
			want:   []string{"note signature m"}},
		{name: "force and signatures", live: true, base: func(m *modtest.Module) { m.Signature = plainSignature("me", "k1", 1) },
			options: func(o *diagnose.Options, k *kmodtest.Kernel) { k.SigEnforce, o.Flags = true, live.ForceInsert },
			want:    []string{"would_fail signature base", "would_fail signature m", "would_fail dependency m base"}},
		{name: "another key", live: true, module: func(m *modtest.Module) { m.Signature = pkcs7Signature(t, "me", 1) }, base: func(m *modtest.Module) { m.Signature = pkcs7Signature(t, "kernel", 2) },
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.SigEnforce = true }, signed: "kernel",
			want: []string{"might_fail signature m 02/01"}},
		{name: "the same key", live: true, module: func(m *modtest.Module) { m.Signature = pkcs7Signature(t, "kernel", 2) }, base: func(m *modtest.Module) { m.Signature = pkcs7Signature(t, "kernel", 2) },
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Lockdown = "confidentiality" }, signed: "kernel"},
		{name: "codec", live: true, codec: "gz", want: []string{"note codec m xz/gzip"},
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Compression = "xz" }},
		{name: "codec of the kernel's", live: true, codec: "gz", options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Compression = "gzip" }},
		{name: "disabled", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.ModulesDisabled = true }, want: []string{"would_fail disabled m"}},
		{name: "no capability", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.NoCapability = true }, want: []string{"note capability m"}},
		{name: "blacklisted, by name", config: "# first\nblacklist m\nblacklist base\n", want: []string{"note blacklisted m (etc/modprobe.d/t.conf line 2)"}},
		{name: "blacklisted, by alias", config: "blacklist m\n", alias: true, want: []string{"would_fail blacklisted m (etc/modprobe.d/t.conf line 1)"}},
		{name: "blacklisted, by the option", config: "blacklist m\n", options: func(o *diagnose.Options, _ *kmodtest.Kernel) { o.UseBlacklist = true },
			want: []string{"would_fail blacklisted m (etc/modprobe.d/t.conf line 1)"}},
		{name: "by alias", alias: true},
		{name: "blacklisted by the kernel", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Cmdline = "quiet module_blacklist=a,m" },
			want: []string{"would_fail blacklisted m (/proc/cmdline)"}},
		{name: "what it needs is blacklisted by the kernel", live: true,
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Cmdline = "module_blacklist=base" },
			want:    []string{"would_fail blacklisted base (/proc/cmdline)", "would_fail dependency m base"}},
		{name: "blacklisted by the kernel, but not at last", live: true,
			options: func(_ *diagnose.Options, k *kmodtest.Kernel) { k.Cmdline = "module_blacklist=m module_blacklist=a" }},
		{name: "blacklisted by the kernel at last", live: true, options: func(_ *diagnose.Options, k *kmodtest.Kernel) {
			k.Cmdline = `module_blacklist=a module-blacklist="b,m"`
		}, want: []string{"would_fail blacklisted m (/proc/cmdline)"}},
		{name: "command", config: "install m /bin/false\n", want: []string{"might_fail command m /bin/false/ (etc/modprobe.d/t.conf line 1)"}},
		{name: "command of what it needs", config: "install base /bin/false\n",
			want: []string{"might_fail command base /bin/false/ (etc/modprobe.d/t.conf line 1)",
				"might_fail dependency m base"}},
		{name: "a doubt about what it needs", base: func(m *modtest.Module) { m.Versions = nil },
			want: []string{"might_fail version base", "might_fail dependency m base"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := test.run(t)
			var got []string
			for _, f := range d.Findings {
				got = append(got, summary(f))
				if !strings.HasSuffix(f.Text, ".") || strings.Contains(f.Text, "\n") || strings.Contains(f.Text, "%!") {
					t.Errorf("no plain sentence: %q", f.Text)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s\n%s", strings.Join(got, "\n\t"), strings.Join(test.want, "\n\t"), d)
			}
			if d.Loads() == strings.Contains(strings.Join(test.want, " "), "would_fail") {
				t.Errorf("it says that the module loads: %v", d.Loads())
			}
			if len(d.Modules) != 1 || d.Modules[0].Name != "m" {
				t.Errorf("modules are %v", d.Modules)
			}
		})
	}
}

// TestDiagnoseUnchecked: a diagnosis says what could not be checked.
func TestDiagnoseUnchecked(t *testing.T) {
	files := (&diagnosed{}).tree(t)
	for name := range files {
		if strings.HasSuffix(name, "aaa.ko") || strings.HasSuffix(name, "base.ko") {
			delete(files, name)
		}
	}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	d, err := diagnose.Module(db, nil, kmod.Request{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range d.Unchecked {
		got = append(got, u.Kind.String()+": "+u.String())
	}
	const none = "no kernel image of 6.1.0-test in boot or lib/modules/6.1.0-test"
	want := []string{
		"signature: not checked: whether the kernel takes unsigned modules; no running kernel was asked",
		"architecture: not checked: the architecture; no module that was built with the kernel is at hand, and " + none,
		"vermagic: not checked: the vermagic beyond the release; only the release of the kernel is known",
		"symbol: not checked: whether the kernel exports 2 symbols that m needs; there is no Module.symvers or System.map, " + none + ", and no running kernel to ask",
		"version: not checked: versions and namespaces of 1 symbol that m needs of the kernel; there is no Module.symvers, and " + none,
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if len(d.Findings) != 2 || d.Findings[0].Kind != diagnose.FindingFile || d.Findings[1].Kind != diagnose.FindingDependency {
		t.Errorf("findings are\n%s", d)
	}
}

// TestDiagnoseLive: what is in the kernel already matters.
func TestDiagnoseLive(t *testing.T) {
	broken := &diagnosed{live: true, base: func(m *modtest.Module) { needs(m, "nowhere") }}
	files := broken.tree(t)
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	k := kmodtest.New(modtest.Release)
	opts := &diagnose.Options{Kernel: k, Symvers: strings.NewReader(symversText())}
	d, err := diagnose.New(db, opts)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() []string {
		found, err := d.Diagnose(kmod.Request{Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found.Findings {
			got = append(got, summary(f))
		}
		return got
	}
	if got := ask(); len(got) != 2 {
		t.Errorf("before: %q", got)
	}
	if err := k.InitModule(modtest.Named("base", nil, nil).Build(), ""); err != nil {
		t.Fatal(err)
	}
	if got := ask(); len(got) != 0 {
		t.Errorf("the dependency is live: %q", got)
	}
	if err := k.InitModule(modtest.Named("m", nil, nil).Build(), ""); err != nil {
		t.Fatal(err)
	}
	if got := ask(); !slices.Equal(got, []string{"note loaded m"}) {
		t.Errorf("the module is live: %q", got)
	}
}

// TestDiagnosePath: files that no index knows, alone and together.
func TestDiagnosePath(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, m *modtest.Module) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, m.Build(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lower := write("lower.ko", modtest.Named("lower", []string{"lower_fn"}, []string{"printk"}))
	upper := write("upper.ko", modtest.Named("upper", nil, []string{"lower_fn", "elsewhere"}))
	bad := write("bad.ko", modtest.Named("bad", []string{"bad_fn"}, []string{"nowhere"}))
	onBad := write("on_bad.ko", modtest.Named("on_bad", nil, []string{"bad_fn"}))
	doubt := modtest.Named("doubt", []string{"doubt_fn"}, nil)
	setField(doubt, "vermagic", "")
	doubtful := write("doubt.ko", doubt)
	onDoubt := write("on_doubt.ko", modtest.Named("on_doubt", []string{"on_fn"}, []string{"doubt_fn"}))
	above := write("above.ko", modtest.Named("above", nil, []string{"on_fn", "bad_fn"}))
	inside := write("inside.ko", modtest.Named("inside", nil, nil))
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	for _, test := range []struct {
		name     string
		path     string
		together []string
		live     bool
		want     []string
		needs    string
	}{
		{"alone", lower, nil, false, nil, ""},
		{"without the other", upper, nil, false, []string{"would_fail symbol upper lower_fn"}, "else_where"},
		{"together", upper, []string{lower, upper}, false, nil, "else_where lower"},
		{"not loaded", upper, []string{lower}, true, []string{"might_fail dependency upper elsewhere else_where"}, "else_where lower"},
		{"the other fails", onBad, []string{onBad, bad}, false, []string{"would_fail symbol bad nowhere", "would_fail dependency on_bad bad"}, "bad"},
		{"the other might fail", onDoubt, []string{onDoubt, doubtful}, false, []string{
			"might_fail vermagic doubt 6.1.0-test SMP preempt mod_unload modversions/",
			"might_fail dependency on_doubt doubt"}, "doubt"},
		{"one might and another would fail", above, []string{above, onDoubt, doubtful, bad}, false, []string{
			"might_fail vermagic doubt 6.1.0-test SMP preempt mod_unload modversions/", "might_fail dependency on_doubt doubt",
			"might_fail dependency above on_doubt", "would_fail symbol bad nowhere",
			"would_fail dependency above bad"}, "bad on_doubt"},
		{"built in", inside, nil, false, []string{"might_fail builtin inside"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := &diagnose.Options{Symvers: strings.NewReader(symversText()), Together: test.together}
			if test.live {
				opts.Kernel = kmodtest.New(modtest.Release)
			}
			d, err := diagnose.Module(db, opts, kmod.Request{Path: test.path})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range d.Findings {
				got = append(got, summary(f))
			}
			if !slices.Equal(got, test.want) || strings.Join(d.Needs, " ") != test.needs {
				t.Errorf("got %q, needs %v", got, d.Needs)
			}
		})
	}
}

// TestDiagnoseTogetherUnreadable: a file that cannot be read may export the symbols
// that others lack.
func TestDiagnoseTogetherUnreadable(t *testing.T) {
	dir := t.TempDir()
	needs, absent := filepath.Join(dir, "needs.ko"), filepath.Join(dir, "absent.ko")
	if err := os.WriteFile(needs, modtest.Named("needs", nil, []string{"lower_fn"}).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	opts := &diagnose.Options{Symvers: strings.NewReader(symversText()), Together: []string{needs, absent}}
	d, err := diagnose.Module((*kmod.DB)(nil), opts, kmod.Request{Path: needs})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 1 || d.Findings[0].Symbol != "lower_fn" {
		t.Errorf("findings: %v", d.Findings)
	}
	if !slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return strings.Contains(u.String(), "what "+absent+" exports") }) {
		t.Errorf("it is not said what could not be read: %v", d.Unchecked)
	}
}

// TestDiagnoseErrors: a request for something that is not a module is an error, not
// a finding.
func TestDiagnoseErrors(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	if d, err := diagnose.Module(db, nil, kmod.Request{Name: "nobody"}); d != nil || !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("an unknown name: %v, %v", d, err)
	}
	if d, err := diagnose.Module(db, nil, kmod.Request{Path: filepath.Join(t.TempDir(), "x.ko")}); d != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v, %v", d, err)
	}
	d, err := diagnose.Module(db, nil, kmod.Request{Name: "inside"})
	if err != nil || len(d.Findings) != 1 || summary(d.Findings[0]) != "note builtin inside" {
		t.Errorf("a built-in: %v, %v", d, err)
	}
	stub := &diagnose.Options{SystemMap: strings.NewReader("ffff B The real System.map is elsewhere\n")}
	if d, err := diagnose.Module(db, stub, kmod.Request{Name: "m"}); err != nil || len(d.Findings) != 0 ||
		!slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return strings.Contains(u.Why, "that is at hand lists no symbols") }) {
		t.Errorf("a System.map without symbols: %v, %v", d, err)
	}
}

// TestDiagnoseWithoutDB: all that is known about the kernel is its Module.symvers.
func TestDiagnoseWithoutDB(t *testing.T) {
	_, m, _ := goodModules()
	needs(m, "nowhere")
	path := filepath.Join(t.TempDir(), "m.ko")
	if err := os.WriteFile(path, m.Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	var db *kmod.DB
	d, err := diagnose.Module(db, &diagnose.Options{Symvers: strings.NewReader(symversText())}, kmod.Request{Path: path, Params: "n=x"})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 2 || summary(d.Findings[0]) != "would_fail symbol m nowhere" || summary(d.Findings[1]) != "would_fail parameter m n int/x" {
		t.Errorf("findings are\n%s", d)
	}
	if len(d.Unchecked) != 3 {
		t.Errorf("unchecked: %v", d.Unchecked)
	}
	if _, err := diagnose.Module(db, nil, kmod.Request{Name: "m"}); err == nil || !strings.Contains(err.Error(), "there is no DB") {
		t.Errorf("by name: %v", err)
	}
	if _, err := diagnose.Module(db, nil, kmod.Request{Path: path + "x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestDiagnoseKernelName: the kernel knows a module by a name other than that of its
// file.
func TestDiagnoseKernelName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new-1.2.ko")
	if err := os.WriteFile(path, modtest.Named("my_base", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	for cmdline, want := range map[string]string{
		"":                                    "",
		"module_blacklist=other,my_base":      "|would_fail blacklisted new_1 (/proc/cmdline)",
		"module_blacklist=my-base,new_1":      "",
		"modprobe.blacklist=my_base nosplash": "",
	} {
		k := kmodtest.New(modtest.Release)
		if err := k.InitModule(modtest.Named("my_base", nil, nil).Build(), ""); err != nil {
			t.Fatal(err)
		}
		k.Cmdline = cmdline
		d, err := diagnose.Module(db, &diagnose.Options{Kernel: k, Symvers: strings.NewReader(symversText())}, kmod.Request{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range d.Findings {
			got = append(got, summary(f))
		}
		want = "note loaded new_1" + want + "|note name new_1 new_1/my_base"
		if strings.Join(got, "|") != want || !strings.Contains(d.String(), "in the kernel already, as my_base.") {
			t.Errorf("%s: got %q\n%s", cmdline, got, d)
		}
	}
}

// TestDiagnoserState: what is loaded is asked for every time.
func TestDiagnoserState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upper.ko")
	if err := os.WriteFile(path, modtest.Named("upper", nil, []string{"elsewhere"}).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	k := kmodtest.New(modtest.Release)
	diagnoser, err := diagnose.New(db, &diagnose.Options{Kernel: k, Symvers: strings.NewReader(symversText())})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		d, err := diagnoser.Diagnose(kmod.Request{Path: path})
		if err != nil || len(d.Findings) != want {
			t.Errorf("got %v, %v, want %d findings", d, err, want)
		}
		if err := k.InitModule(modtest.Named("else_where", []string{"elsewhere"}, nil).Build(), ""); want == 1 && err != nil {
			t.Fatal(err)
		}
	}
}
