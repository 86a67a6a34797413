package depmod

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// statement is a module in a few words: "name +export=crc need=crc ?weak=crc", where
// "=crc" is optional.
func statement(text string) (name string, m *modtest.Module) {
	m = &modtest.Module{}
	for i, word := range strings.Fields(text) {
		if i == 0 {
			name = word
			continue
		}
		symbol, crc, versioned := strings.Cut(strings.TrimLeft(word, "+?"), "=")
		var number uint32
		fmt.Sscan(crc, &number)
		if word[0] == '+' {
			m.Exports = append(m.Exports, modtest.Export{Name: symbol, CRC: number})
			continue
		}
		m.Needed = append(m.Needed, modtest.Needed{Name: symbol, Weak: word[0] == '?'})
		if versioned {
			m.Versions = append(m.Versions, modtest.Version{Name: symbol, CRC: number})
		}
	}
	return name, m
}

// TestResolve: dependencies, and the report about symbols, without knowledge of the
// kernel, with the names of its exports, and with their versions.
func TestResolve(t *testing.T) {
	for _, test := range []struct {
		modules               string
		deps                  string // of modules in the order of their names, with any kernel
		plain, names, version string // what is reported
	}{
		{"a p=1; b +p=1", "a:b b:", "", "", ""},
		{"a p=2; b +p=1", "a:b b:", "mismatch a p by b 2 1 0", "mismatch a p by b 2 1 0", "mismatch a p by b 2 1 0"},
		{"a p; b +p=1", "a:b b:", "", "", "mismatch a p by b 0 1 0"},
		{"a ?p=2; b +p=1", "a:b b:", "", "", ""},
		{"a q=1 p=1 q=1; b +p=1; c +q=1", "a:c,b b: c:", "", "", ""},
		{"a p=1 a; b +p=1 r=1; c +r=1 +a=3", "a:b,c b:c c:", "", "", "mismatch a a by c 0 3 1"},
		{"a +p=1 p=1 ; b p=1", "a: b:a", "", "", ""},
		{"a +p=1; b +p=2; c p=2", "a: b: c:b", "duplicate p a,b", "duplicate p a,b", "duplicate p a,b"},
		{"a +p=1; b +p=2; c +p=1 p=2", "a: b: c:", "duplicate p a,b,c; mismatch c p by c 2 1 0",
			"duplicate p a,b,c; mismatch c p by c 2 1 0", "duplicate p a,b,c; mismatch c p by c 2 1 0"},
		{"a +p=1 +p=1; b p=1", "a: b:a", "", "", ""},
		{"a k=5 none=1", "a:", "", "unresolved a none 1", "unresolved a none 1"},
		{"a k=6 ?none=1 ?k=7", "a:", "", "", "mismatch a k by  6 5 0"},
		{"a k", "a:", "", "", "mismatch a k by  0 5 0"},
		{"a ?k=1 ?none", "a:", "", "", ""},
		{"a k=5 __this_module none2", "a:", "", "unresolved a none2 2", "unresolved a none2 2"},
		{"a k=5; b +k=6", "a:b b:", "mismatch a k by b 5 6 0", "mismatch a k by b 5 6 0", "mismatch a k by b 5 6 0"},
	} {
		files := map[string][]byte{}
		for _, text := range strings.Split(test.modules, ";") {
			name, m := statement(text)
			files["k/"+name+".ko"] = m.Build()
		}
		names, err := ReadSystemMap(strings.NewReader("0 r __ksymtab_k\n0 T none\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		versions, err := ReadSymvers(strings.NewReader("0x5\tk\tvmlinux\tEXPORT_SYMBOL\t\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, kernel := range []*KernelSymbols{nil, names, versions} {
			x, err := Scan(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release, Kernel: kernel})
			if err != nil {
				t.Fatal(err)
			}
			if got := depsText(x); got != test.deps {
				t.Errorf("%s: dependencies are %s, not %s", test.modules, got, test.deps)
			}
			want := []string{test.plain, test.names, test.version}[i]
			if got := symbolReport(&x.Report); got != want {
				t.Errorf("%s, kernel %d: %q, not %q", test.modules, i, got, want)
			}
		}
	}
}

// depsText is the direct dependencies, from Dependencies.
func depsText(x *Index) string {
	var all []string
	for i := range x.modules {
		var deps []string
		for d := range x.Dependencies() {
			if d.Module == &x.modules[i] {
				deps = append(deps, d.By.Name)
			}
		}
		all = append(all, x.modules[i].Name+":"+strings.Join(deps, ","))
	}
	return strings.Join(all, " ")
}

// symbolReport is the part of a report about symbols.
func symbolReport(r *Report) string {
	var all []string
	for _, d := range r.Duplicates {
		all = append(all, fmt.Sprint("duplicate ", d.Symbol, " ", strings.Join(d.Modules, ",")))
	}
	for _, u := range r.Unresolved {
		all = append(all, fmt.Sprint("unresolved ", u.Module, " ", u.Symbol, " ", u.At))
	}
	for _, m := range r.Mismatched {
		all = append(all, fmt.Sprint("mismatch ", m.Module, " ", m.Symbol, " by ", m.By, " ", m.Want, " ", m.Have, " ", m.At))
	}
	return strings.Join(all, "; ")
}

// TestSymbolLines: each exported symbol has a line, in the order of the names, with
// the exporter that counts.
func TestSymbolLines(t *testing.T) {
	files := map[string][]byte{}
	for _, text := range []string{"a +z=1 +b=1 +twice=1", "b +twice=1 +a=1 x", "c b"} {
		name, m := statement(text)
		files["k/"+name+".ko"] = m.Build()
	}
	x, err := scanTree(t, files)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x.Files()
	if err != nil {
		t.Fatal(err)
	}
	const want = "# Aliases for symbols, used by symbol_request().\n" +
		"alias symbol:a b\nalias symbol:b a\nalias symbol:twice b\nalias symbol:z a\n"
	if got := string(made[6].Data); made[6].Name != "modules.symbols" || got != want {
		t.Errorf("%s is %q", made[6].Name, got)
	}
	if got := fmt.Sprint(x.modules[0].Exports, x.modules[1].Exports, x.modules[2].Exports); got != "[z b twice] [twice a] []" {
		t.Errorf("exports are %s", got)
	}
	for i, e := range x.symbolEntries() {
		if want := []string{"symbol:a b 1", "symbol:b a 0", "symbol:twice b 1", "symbol:z a 0"}[i]; fmt.Sprint(e.Key, " ", e.Value, " ", e.Priority) != want {
			t.Errorf("%+v, want %s", e, want)
		}
	}
}

// TestIteratorsStop: a loop that breaks gets no more.
func TestIteratorsStop(t *testing.T) {
	files := map[string][]byte{"k/d.ko": stating("alias=x\x00alias=x\x00alias=x\x00")}
	for _, text := range []string{"a p q", "b +p=1", "c +q=1 p"} {
		name, m := statement(text)
		files["k/"+name+".ko"] = m.Build()
	}
	x, err := scanTree(t, files)
	if err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3} {
		n := 0
		for range x.Dependencies() {
			if n++; n == most {
				break
			}
		}
		if n != want {
			t.Errorf("%d dependencies instead of %d", n, want)
		}
	}
	for most, want := range map[int]int{1: 1, 2: 2, 3: 2} {
		n := 0
		for range x.DuplicateAliases() {
			if n++; n == most {
				break
			}
		}
		if n != want {
			t.Errorf("%d duplicates instead of %d", n, want)
		}
	}
}
