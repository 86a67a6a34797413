package main

import (
	"bufio"
	"bytes"
	"os"
	"strings"
)

// compiler returns the C compiler that the kernel of a release was built with,
// according to the configuration among its headers. A module needs the same
// one.
func (m *machine) compiler(release string) string {
	data, err := os.ReadFile(m.path(buildDir(release) + "/.config"))
	if err != nil {
		return "gcc"
	}
	return parseCompiler(data)
}

// parseCompiler finds the compiler's name in a kernel configuration, "gcc" if
// it has none: CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0) 12.2.0".
func parseCompiler(config []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(config))
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), `CONFIG_CC_VERSION_TEXT="`)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(text, " ")
		if compilerPackage(name) != "" {
			return name
		}
	}
	return "gcc"
}

// compilerPackage returns the package of a compiler: gcc-13 for
// x86_64-linux-gnu-gcc-13. "" means that the name is not a gcc's.
func compilerPackage(name string) string {
	at := strings.LastIndex(name, "gcc")
	if at < 0 || at > 0 && name[at-1] != '-' {
		return ""
	}
	version := strings.TrimPrefix(name[at:], "gcc")
	if strings.Trim(version, "-.0123456789") != "" {
		return ""
	}
	return name[at:]
}
