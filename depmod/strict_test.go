package depmod

import (
	"errors"
	"testing"
)

// TestStrictKinds: each kind of finding that counts is an error by itself, worded in
// the singular and the plural; the others are not errors.
func TestStrictKinds(t *testing.T) {
	for _, test := range []struct {
		one, many Report
		want      [2]string
	}{
		{Report{Unreadable: make([]FileError, 1)}, Report{Unreadable: make([]FileError, 2), Unlisted: Unlisted{Unreadable: 3}},
			[2]string{"1 unreadable file", "5 unreadable files"}},
		{Report{BadVersions: make([]FileError, 1)}, Report{BadVersions: make([]FileError, 2), Unlisted: Unlisted{BadVersions: 3}},
			[2]string{"1 module with unreadable symbol versions", "5 modules with unreadable symbol versions"}},
		{Report{Missing: make([]FileError, 1)}, Report{Missing: make([]FileError, 5)},
			[2]string{"1 missing file of the kernel's build", "5 missing files of the kernel's build"}},
		{Report{Unresolved: make([]Unresolved, 1)}, Report{Unresolved: make([]Unresolved, 2), Unlisted: Unlisted{Unresolved: 3}},
			[2]string{"1 symbol without an exporter", "5 symbols without an exporter"}},
		{Report{Mismatched: make([]Mismatch, 1)}, Report{Mismatched: make([]Mismatch, 2), Unlisted: Unlisted{Mismatched: 3}},
			[2]string{"1 symbol with a different version", "5 symbols with a different version"}},
		{Report{Duplicates: make([]Duplicate, 1)}, Report{Duplicates: make([]Duplicate, 2), Unlisted: Unlisted{Duplicates: 3}},
			[2]string{"1 symbol with several exporters", "5 symbols with several exporters"}},
		{Report{Devnames: make([]Devname, 1)}, Report{Devnames: make([]Devname, 2), Unlisted: Unlisted{Devnames: 3}},
			[2]string{"1 device node without numbers", "5 device nodes without numbers"}},
		{Report{BadFields: make([]BadField, 1)}, Report{BadFields: make([]BadField, 2), Unlisted: Unlisted{BadFields: 3}},
			[2]string{"1 alias, dependency or symbol that no index can hold", "5 aliases, dependencies or symbols that no index can hold"}},
	} {
		for i, r := range []Report{test.one, test.many} {
			report := (*ReportError)(nil)
			err := r.strict()
			if !errors.As(err, &report) || err.Error() != "the tree of modules has "+test.want[i] {
				t.Errorf("%v, want %q", err, test.want[i])
			}
		}
	}
	good := Report{Externals: make([]FileError, 1), HostFiles: make([]HostFile, 1), Config: make([]ConfigWarning, 1),
		Replaced: make([]Replaced, 1), Cycles: make([][]string, 1)}
	if err := good.strict(); err != nil {
		t.Error(err)
	}
	good.Unreadable, good.Missing, good.Devnames = make([]FileError, 1), make([]FileError, 1), make([]Devname, 1)
	const all = "the tree of modules has 1 unreadable file, 1 missing file of the kernel's build, 1 device node without numbers"
	if err := good.strict(); err == nil || err.Error() != all {
		t.Errorf("%v", err)
	}
}

// TestStrictPairs: no two kinds of findings cancel each other out.
func TestStrictPairs(t *testing.T) {
	set := []func(*Report){
		func(r *Report) { r.Unreadable = make([]FileError, 1) }, func(r *Report) { r.BadVersions = make([]FileError, 1) },
		func(r *Report) { r.Missing = make([]FileError, 1) }, func(r *Report) { r.Unresolved = make([]Unresolved, 1) },
		func(r *Report) { r.Mismatched = make([]Mismatch, 1) }, func(r *Report) { r.Duplicates = make([]Duplicate, 1) },
		func(r *Report) { r.Devnames = make([]Devname, 1) }, func(r *Report) { r.BadFields = make([]BadField, 1) },
	}
	for i := range set {
		for k := range i {
			var r Report
			set[i](&r)
			set[k](&r)
			if r.strict() == nil {
				t.Errorf("%d and %d are not an error", i, k)
			}
		}
	}
}
