package modconf

import (
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// readCmdline takes what the kernel command line says about modules.
func (r *reader) readCmdline() {
	at := Origin{File: r.src.CmdlineName}
	if at.File == "" {
		at.File = "/proc/cmdline"
	}
	text, _, _ := strings.Cut(r.src.Cmdline, "\x00")
	if !r.take(at, int64(len(text))) {
		return
	}
	for {
		var arg string
		if arg, text = cutArgument(text); arg == "" {
			return
		}
		r.argument(arg, at)
	}
}

// cutArgument takes the first argument, which may have white space between
// quotes. An argument whose quotes are not closed is ignored, and so is
// everything after it.
func cutArgument(s string) (arg, rest string) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && isSpace(s[i]):
			return s[:i], s[i:]
		}
	}
	if quoted {
		return "", ""
	}
	return s, ""
}

// cutValue separates an argument from its value, as if only that were quoted.
func cutValue(arg string) (key, value string, assigned bool) {
	key, value, assigned = strings.Cut(arg, "=")
	if assigned && key != "" && key[0] == '"' {
		key, value = key[1:], `"`+value // "module.parameter=a b"
	}
	return key, value, assigned
}

// addArgument takes MODULE.PARAMETER[=VALUE] and ignores anything else.
func (r *reader) addArgument(arg string, at Origin) {
	key, value, assigned := cutValue(arg)
	module, parameter, dotted := strings.Cut(key, ".")
	if !dotted || module == "" || strings.ContainsAny(key, "\" \t\n\v\f\r") ||
		strings.Contains(parameter, ".") {
		return
	}
	if assigned && key == "modprobe.blacklist" {
		r.addBlacklist(value, at)
		return
	}
	module, ok := r.moduleName(module, at)
	if !ok || parameter == "" {
		return
	}
	if assigned {
		parameter = oneLine(parameter + "=" + value)
	}
	r.config.Options = append(r.config.Options, Options{module, parameter, at})
}

// oneLine turns a value into one that fits on a line of modprobe.d.
func oneLine(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\t", " "), "\n", " ") }

// addBlacklist takes the names of modprobe.blacklist=A,B.
func (r *reader) addBlacklist(value string, at Origin) {
	for name := range listedNames(value) {
		if module, ok := r.moduleName(name, at); ok {
			r.config.Blacklists = append(r.config.Blacklists, Blacklist{module, at})
		}
	}
}

// listedNames yields the names in a value such as A,B.
func listedNames(value string) iter.Seq[string] {
	return strings.FieldsFuncSeq(value, func(c rune) bool { return c == ',' || c == '"' || c < 128 && isSpace(byte(c)) })
}

// moduleName normalises the name of a module.
func (r *reader) moduleName(name string, at Origin) (string, bool) {
	module, err := modname.NormalizeAlias(name)
	if err != nil {
		r.warn(at, "ignoring the bad module name '"+printable(name)+"'")
		return "", false
	}
	return module, true
}
