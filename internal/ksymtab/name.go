package ksymtab

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// maxName bounds the names of symbols and namespaces in bytes. The kernel's own bound
// for symbols is 512 (KSYM_NAME_LEN); there is none for namespaces.
const maxName = 1024

// symbolAt returns the name of a symbol at an address, nil if there is none.
func symbolAt(m *kernelimage.Memory, addr uint64) []byte {
	if name := m.String(addr, maxName); isSymbol(name) {
		return name
	}
	return nil
}

// isSymbol reports whether a string can be the name of an exported symbol.
func isSymbol(name []byte) bool {
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.' || c == '$'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(name) > 0
}

// isNamespace reports whether a string, which is nil if there is none, can be the name
// of a namespace. That may list modules: "module:kvm-intel,kvm*".
func isNamespace(text []byte) bool {
	return text != nil && bytes.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
