package depmod_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestBadFields: values of a module that no index can hold are left out and
// reported; the rest is not affected.
func TestBadFields(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, test := range []struct {
		name, field, value, want string // the end of the message
	}{
		{"an alias with a byte above 127", "alias", "caf\xe9", "not 7-bit ASCII"},
		{"an alias with a newline", "alias", "a\nalias b c", "cannot hold"},
		{"an alias with a tab", "alias", "a\tb", "cannot hold"},
		{"an alias without end", "alias", "a[0-9", "unmatched bracket"},
		{"an alias without beginning", "alias", "a]", "unmatched bracket"},
		{"an empty alias", "alias", "", "it is empty"},
		{"an alias that is too long", "alias", long, "more than 4096 bytes"},
		{"a softdep with a newline", "softdep", "pre: a\nsoftdep b", "cannot hold"},
		{"a weakdep with a backslash at the end", "weakdep", `a \`, "join its line with the next one"},
		{"a symbol with a byte above 127", "symbol", "caf\xe9", "not 7-bit ASCII"},
		{"a symbol with a newline", "symbol", "a\nalias b c", "cannot hold"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", []string{"fine"}, nil)
			m.Modinfo = append(m.Modinfo, "alias=good", "softdep=pre: good", "weakdep=good")
			user := modtest.Named("u", nil, []string{"fine"})
			if test.field == "symbol" {
				m.Exports = append(m.Exports, modtest.Export{Name: test.value, CRC: 1})
				user.Needed = []modtest.Needed{{Name: test.value}}
			} else {
				m.Modinfo = append(m.Modinfo, test.field+"="+test.value)
			}
			files := needTree("m:", "u:")
			files[moduleDir+"/kernel/m.ko"].Data = m.Build()
			files[moduleDir+"/kernel/u.ko"].Data = user.Build()
			index, err := scanFS(t, files, depmod.Config{})
			if err != nil {
				t.Fatal(err)
			}
			bad, shown := index.Report.BadFields, test.value
			if len(shown) > 256 {
				shown = shown[:256] + "…"
			}
			if len(bad) != 1 || bad[0].Field != test.field || bad[0].Value != shown ||
				bad[0].Path != "kernel/m.ko" || !strings.HasSuffix(bad[0].Err.Error(), test.want) {
				t.Errorf("reported are %q", bad)
			}
			checkRest(t, index)
		})
	}
}

// TestBadNames: a module whose name the index files cannot hold is left out, with
// the reason.
func TestBadNames(t *testing.T) {
	for path, want := range map[string]string{
		"kernel/.hidden.ko":    "begins with a dot",
		"kernel/..ko":          "begins with a dot",
		"kernel/a b.ko":        "white space",
		"kernel/a:b/c.ko":      "colon",
		"kernel/caf\xe9.ko.xz": "not 7-bit ASCII",
	} {
		files := needTree("good:")
		files[moduleDir+"/"+path] = &fstest.MapFile{Data: modtest.Named("bad", nil, nil).Build()}
		index, err := scanFS(t, files, depmod.Config{})
		if err != nil {
			t.Fatal(err)
		}
		bad := index.Report.Unreadable
		if len(bad) != 1 || !errors.Is(bad[0].Err, depmod.ErrName) || !strings.Contains(bad[0].Err.Error(), want) {
			t.Errorf("%q: reported are %q", path, bad)
		}
		if len(index.Modules()) != 1 {
			t.Errorf("%q: modules are %v", path, index.Modules())
		}
	}
}

// checkRest checks what remains of the module.
func checkRest(t *testing.T, index *depmod.Index) {
	t.Helper()
	made, err := index.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		want, ok := map[string]string{
			"modules.dep":     "kernel/m.ko:\nkernel/u.ko: kernel/m.ko\n",
			"modules.alias":   "# Aliases extracted from modules themselves.\nalias good m\n",
			"modules.softdep": "# Soft dependencies extracted from modules themselves.\nsoftdep m pre: good\n",
			"modules.weakdep": "# Weak dependencies extracted from modules themselves.\nweakdep m good\n",
			"modules.symbols": "# Aliases for symbols, used by symbol_request().\nalias symbol:fine m\n",
		}[f.Name]
		if ok && string(f.Data) != want {
			t.Errorf("%s is %q", f.Name, f.Data)
		}
	}
}
