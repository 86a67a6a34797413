package depmod

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestUnlisted: the first thousand findings of each kind are listed, the others
// counted, and Strict counts all.
func TestUnlisted(t *testing.T) {
	const many = MaxFindings + 5
	m, other := modtest.Named("m", nil, nil), modtest.Named("n", nil, nil)
	kernel := strings.Builder{}
	kernel.WriteString("0x1\tx\tvmlinux\n")
	files := map[string][]byte{}
	var config strings.Builder
	for i := range many {
		m.Modinfo = append(m.Modinfo, fmt.Sprintf("alias=b[%d", i))
		m.Needed = append(m.Needed,
			modtest.Needed{Name: fmt.Sprint("unknown", i)}, modtest.Needed{Name: fmt.Sprint("old", i)})
		m.Exports = append(m.Exports, modtest.Export{Name: fmt.Sprint("twice", i), CRC: 1})
		m.Versions = append(m.Versions, modtest.Version{Name: fmt.Sprint("old", i), CRC: 2})
		fmt.Fprintf(&kernel, "0x1\told%d\tvmlinux\n", i)
		files[fmt.Sprintf("k/bad%d.ko", i)] = []byte("bad")
		files[fmt.Sprintf("k/d%d.ko", i)] = stating(fmt.Sprintf("alias=devname:d%d\x00", i))
		files[fmt.Sprintf("l/d%d.ko", i)] = files[fmt.Sprintf("k/d%d.ko", i)]
		fmt.Fprintf(&config, "external * /none%d\n", i)
	}
	other.Exports = m.Exports
	files["k/m.ko"], files["k/n.ko"] = m.Build(), other.Build()
	symbols, err := ReadSymvers(strings.NewReader(kernel.String()), 0)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &Config{FS: treeOf(files), Release: modtest.Release, Kernel: symbols,
		ConfigFiles: []ConfigFile{{"a.conf", config.String()}}}
	x, err := Scan(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := &x.Report
	for kind, got := range map[string][2]int{
		"unreadable": {len(r.Unreadable), r.Unlisted.Unreadable}, "externals": {len(r.Externals), r.Unlisted.Externals},
		"replaced":   {len(r.Replaced), r.Unlisted.Replaced},
		"unresolved": {len(r.Unresolved), r.Unlisted.Unresolved}, "mismatched": {len(r.Mismatched), r.Unlisted.Mismatched},
		"duplicates": {len(r.Duplicates), r.Unlisted.Duplicates}, "devnames": {len(r.Devnames), r.Unlisted.Devnames},
		"bad fields": {len(r.BadFields), r.Unlisted.BadFields},
	} {
		if got != [2]int{MaxFindings, many - MaxFindings} {
			t.Errorf("%s: %d and %d more", kind, got[0], got[1])
		}
	}
	if r.BadFields[0].Value != "b[0" || r.BadFields[MaxFindings-1].Value != fmt.Sprint("b[", MaxFindings-1) {
		t.Errorf("the first listed are not the first: %v", r.BadFields[0])
	}
	cfg.Strict = true
	_, err = Scan(context.Background(), cfg)
	if !errors.As(err, new(*ReportError)) || strings.Count(err.Error(), fmt.Sprint(many)) != 6 {
		t.Errorf("strict: %v", err)
	}
}

// TestBadVersionsUnlisted: the same for modules whose versions cannot be read.
func TestBadVersionsUnlisted(t *testing.T) {
	s := &scanner{index: &Index{}}
	for range MaxFindings + 2 {
		s.index.modules = append(s.index.modules, Module{record: &record{badVersions: errors.New("bad")}})
	}
	fsys := treeOf(map[string][]byte{"k/m.ko": {}})
	tree, err := newScanner(context.Background(), &Config{FS: fsys, Release: modtest.Release})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.tree.Close()
	s.tree = tree.tree
	s.keepReadable(make([]error, len(s.index.modules)))
	if r := &s.index.Report; len(r.BadVersions) != MaxFindings || r.Unlisted.BadVersions != 2 {
		t.Errorf("%d and %d more", len(r.BadVersions), r.Unlisted.BadVersions)
	}
}

// TestNoModulesCounts: the error that no module can be read counts all of them.
func TestNoModulesCounts(t *testing.T) {
	files := map[string][]byte{}
	for i := range MaxFindings + 7 {
		files[fmt.Sprintf("k/bad%d.ko", i)] = []byte("bad")
	}
	_, err := Scan(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release})
	none, more := (*NoModulesError)(nil), fmt.Sprint("and ", MaxFindings+6, " more")
	if !errors.As(err, &none) || !strings.Contains(err.Error(), more) {
		t.Errorf("%v", err)
	}
}

// TestLongNames: names in a report are cut to a readable length, and so is what is
// kept of them.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("n", maxSymbol) + "é"
	m, other := modtest.Named("m", nil, nil), modtest.Named("n", nil, nil)
	m.Needed = []modtest.Needed{{Name: "needed" + long}, {Name: "old" + long}}
	m.Versions = []modtest.Version{{Name: "short", CRC: 1}} // not the kernel's
	m.Exports = []modtest.Export{{Name: "twice" + long, CRC: 1}}
	other.Exports = m.Exports
	symbols, err := ReadSymvers(strings.NewReader("0x1\told"+long+"\tvmlinux\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Scan(context.Background(), &Config{Release: modtest.Release, Kernel: symbols, FS: treeOf(map[string][]byte{
		"k/m.ko": m.Build(), "k/n.ko": other.Build(), "modules.builtin": []byte("k/bad " + long + ".ko\n")})})
	if err != nil {
		t.Fatal(err)
	}
	r := &x.Report
	cut := map[string]string{}
	for _, f := range r.Unresolved {
		cut["unresolved"] += f.Symbol
	}
	for _, f := range r.Mismatched {
		cut["mismatched"] += f.Symbol
	}
	for _, f := range r.Duplicates {
		cut["duplicate"] += f.Symbol
	}
	for _, f := range r.BadFields {
		cut[f.Field] += f.Module + f.Value
	}
	for _, kind := range []string{"unresolved", "mismatched", "duplicate", "name"} {
		names := cut[kind]
		if !strings.Contains(names, "nnn…") || strings.Contains(names, long) {
			t.Errorf("%s: %q", kind, names)
		}
	}
	if got := shown(strings.Repeat("é", maxValue/2-1)+"née", maxValue); !strings.HasSuffix(got, "én…") {
		t.Errorf("cut within a character: %q", got)
	}
}
