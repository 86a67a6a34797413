package main

import "github.com/gokmod/gokmod/depmod"

// indexJSON is the line of "depmod --json".
type indexJSON struct {
	Release     string          `json:"release"`
	Dir         string          `json:"dir"`
	Modules     int             `json:"modules"`
	Unreadable  []fileErrorJSON `json:"unreadable"`
	BadVersions []fileErrorJSON `json:"bad_versions"`
	Missing     []string        `json:"missing"`    // files of the kernel's build
	Externals   []string        `json:"externals"`  // directories that do not exist
	HostFiles   []hostFileJSON  `json:"host_files"` // reached by links out of the root
	Replaced    []replacedJSON  `json:"replaced"`
	Unresolved  []symbolJSON    `json:"unresolved"`
	Mismatched  []symbolJSON    `json:"mismatched"`
	Duplicates  []duplicateJSON `json:"duplicates"`
	Cycles      [][]string      `json:"cycles"`
	Devnames    []devnameJSON   `json:"devnames"` // without numbers
	BadFields   []badFieldJSON  `json:"bad_fields"`
	Unlisted    *unlistedJSON   `json:"unlisted,omitempty"` // how many more there are, where there are
}

type unlistedJSON struct {
	Unreadable  int `json:"unreadable,omitempty"`
	BadVersions int `json:"bad_versions,omitempty"`
	Externals   int `json:"externals,omitempty"`
	Config      int `json:"config,omitempty"`
	Replaced    int `json:"replaced,omitempty"`
	Unresolved  int `json:"unresolved,omitempty"`
	Mismatched  int `json:"mismatched,omitempty"`
	Duplicates  int `json:"duplicates,omitempty"`
	Devnames    int `json:"devnames,omitempty"`
	BadFields   int `json:"bad_fields,omitempty"`
}

type fileErrorJSON struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

func newFileErrorJSON(e depmod.FileError) fileErrorJSON { return fileErrorJSON{e.Path, e.Err.Error()} }

type hostFileJSON struct {
	Path   string `json:"path"`
	Target string `json:"target"`
}

type replacedJSON struct {
	Module string `json:"module"`
	Path   string `json:"path"`
	By     string `json:"by"`
}

type symbolJSON struct {
	Module string `json:"module"`
	Path   string `json:"path"`
	Symbol string `json:"symbol"`
	By     string `json:"by,omitempty"`
	Want   uint32 `json:"want,omitempty"`
	Have   uint32 `json:"have,omitempty"`
}

type duplicateJSON struct {
	Symbol  string   `json:"symbol"`
	Modules []string `json:"modules"`
}

type devnameJSON struct {
	Module string `json:"module"`
	Name   string `json:"name"`
}

type badFieldJSON struct {
	Module string `json:"module"`
	Path   string `json:"path,omitempty"`
	Field  string `json:"field"`
	Value  string `json:"value"`
	Error  string `json:"error"`
}

func newUnlistedJSON(u depmod.Unlisted) *unlistedJSON {
	if u == (depmod.Unlisted{}) {
		return nil
	}
	j := unlistedJSON(u)
	return &j
}

func newIndexJSON(index *depmod.Index) *indexJSON {
	r := &index.Report
	return &indexJSON{
		Release: index.Release(), Dir: index.Dir(), Modules: len(index.Modules()),
		Unreadable:  list(r.Unreadable, newFileErrorJSON),
		BadVersions: list(r.BadVersions, newFileErrorJSON),
		Missing:     list(r.Missing, func(e depmod.FileError) string { return e.Path }),
		Externals:   list(r.Externals, func(e depmod.FileError) string { return e.Path }),
		HostFiles:   list(r.HostFiles, func(e depmod.HostFile) hostFileJSON { return hostFileJSON(e) }),
		Replaced:    list(r.Replaced, func(e depmod.Replaced) replacedJSON { return replacedJSON(e) }),
		Unresolved: list(r.Unresolved, func(e depmod.Unresolved) symbolJSON {
			return symbolJSON{Module: e.Module, Path: e.Path, Symbol: e.Symbol}
		}),
		Mismatched: list(r.Mismatched, func(e depmod.Mismatch) symbolJSON {
			return symbolJSON{e.Module, e.Path, e.Symbol, e.By, e.Want, e.Have}
		}),
		Duplicates: list(r.Duplicates, func(e depmod.Duplicate) duplicateJSON { return duplicateJSON(e) }),
		Cycles:     append([][]string{}, r.Cycles...),
		Devnames:   list(r.Devnames, func(e depmod.Devname) devnameJSON { return devnameJSON(e) }),
		BadFields: list(r.BadFields, func(e depmod.BadField) badFieldJSON {
			return badFieldJSON{e.Module, e.Path, e.Field, e.Value, e.Err.Error()}
		}),
		Unlisted: newUnlistedJSON(r.Unlisted),
	}
}

// list converts each element into its JSON form. The list is never null.
func list[A, B any](all []A, turn func(A) B) []B {
	turned := make([]B, len(all))
	for i, a := range all {
		turned[i] = turn(a)
	}
	return turned
}
