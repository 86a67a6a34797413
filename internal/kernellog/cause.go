package kernellog

import (
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// Cause tells which records of the log were caused by an insert.
type Cause struct {
	Names  []string // of the module, with underscores
	Caller string   // the thread that made the system call, as in T123
	Errno  syscall.Errno
}

// same reports whether a record may come from the same thread.
func (c *Cause) same(r *logRecord) bool { return r.caller == "" || r.caller == c.Caller }

// caused reports whether the insert caused a record: the inserting thread
// logged it, or it names the module in one of the ways in which the kernel and
// drivers do, or it names no module and matches the kernel's error.
func (c *Cause) caused(r *logRecord) bool {
	if r.caller != "" && r.caller == c.Caller {
		return true
	}
	for _, name := range c.Names {
		if aboutModule(r.text, name) {
			return true
		}
	}
	return c.same(r) && c.anonymous(r.text)
}

// aboutModule reports whether a line of the log is about a module.
func aboutModule(text, name string) bool {
	if name == "" {
		return false
	}
	if rest, ok := cutName(text, name); ok {
		return isPrefix(rest)
	}
	if rest, ok := cutWord(text, "module "); ok {
		rest = strings.TrimLeft(rest, "'`\"[")
		_, ok = cutName(rest, name)
		return ok
	}
	for _, form := range namingForms {
		before, after, _ := strings.Cut(form, "%")
		if _, rest, found := strings.Cut(text, before); found {
			if rest, ok := cutName(rest, name); ok && strings.HasPrefix(rest, after) {
				return true
			}
		}
	}
	return false
}

// namingForms are lines of the kernel itself with the name of a module, marked
// by a percent sign, elsewhere than at the start.
var namingForms = []string{
	"failed to validate module [%]",
	"Modules: module %:",
	"module: %: ",
	"livepatch: module % ",
	"'%'->init",
	"'/module/%'",
	"failed for % with -EEXIST",
	"`%' likely not compiled with",
	"of module %",
}

// cutName cuts a module's name off the start of a text, in any spelling of
// dashes and letters. The name must end there.
func cutName(text, name string) (rest string, ok bool) {
	if len(text) < len(name) || !strings.EqualFold(strings.ReplaceAll(text[:len(name)], "-", "_"), name) {
		return "", false
	}
	rest = text[len(name):]
	return rest, rest == "" || !isNameByte(rest[0])
}

func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

// cutWord cuts a word off the start, in any spelling of its letters.
func cutWord(text, word string) (rest string, ok bool) {
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return "", false
	}
	return text[len(word):], true
}

// isPrefix reports whether the text after a name makes the name the prefix of a
// line, as in "name: text" and "name 0000:00:1f.6: text".
func isPrefix(rest string) bool {
	if rest == "" || rest[0] == ':' {
		return true
	}
	if rest[0] != ' ' {
		return false
	}
	device, _, spaced := strings.Cut(rest[1:], " ")
	return spaced && strings.HasSuffix(device, ":")
}

// anonymousForms begin lines that name no module, by the kernel's error that they
// explain: those of kernels 5.10 to 7.2 on several machines.
var anonymousForms = struct{ signature, permission, format, compression []string }{
	signature: []string{"Loading of ", "PKCS#7 signature ", "PKCS7: ",
		"module: PKCS#7 ", "module: not signed ", "Module hash "},
	permission: []string{"Lockdown: ", "LoadPin: ", "Loading of ", "Module hash ",
		"ima: impossible to appraise a module "},
	format: []string{"Invalid ELF ", "Module has invalid ELF ", "Module len ", "x86/modules: ",
		"module: ", "No module found in ", "Invalid architecture in ELF header: ",
		"Invalid module architecture in ELF header: ", "ELF Spec violation: ",
		"Only one .modinfo section ", "extended version crc", "more extended version crcs ", "symbol string table ",
		"empty symbol string table", "symbol name out of bounds "},
	compression: []string{"not an xz compressed ", "not a gzip compressed ", "not a ZSTD compressed ",
		"xz decompression failed ", "decompression failed with status ",
		"gzip decompression failed ", "ZSTD-decompression failed "},
}

// anonymous reports whether a line names no module, but explains exactly the
// kernel's error.
func (c *Cause) anonymous(text string) bool {
	var forms []string
	switch {
	case sys.AboutSignature(c.Errno):
		forms = anonymousForms.signature
	case c.Errno == syscall.EPERM, c.Errno == syscall.EACCES:
		forms = anonymousForms.permission
	case c.Errno == syscall.ENOEXEC:
		forms = anonymousForms.format
	case c.Errno == syscall.EINVAL:
		forms = anonymousForms.compression
	}
	return slices.ContainsFunc(forms, func(form string) bool { return strings.HasPrefix(text, form) })
}

// refusals are parts of the lines with which the kernel refuses a module.
var refusals = []string{
	": version magic ",
	": disagrees about version of symbol ",
	": Unknown symbol ",
	" from namespace ",
	": module tries to import module namespace: ",
	": module using GPL-only symbols uses symbols ",
	"' invalid for parameter `",
	"' too large for parameter `",
	"' should be ",
	": exports duplicate symbol ",
	" is blacklisted",
	" is rejected",
	"Lockdown: ",
	"LoadPin: ",
	"ima: impossible to appraise a module ",
	"Invalid ELF ",
	"invalid ELF ",
	"rchitecture in ELF header: ",
	"ELF Spec violation: ",
	"No module found in ",
	": module has no symbols",
	" likely not compiled with ",
	"failed to validate module [",
	".modinfo section must ",
	".this_module section must ",
	".this_module must ",
	" section size must match ",
	"extended version crc",
	"symbol string table ",
	"symbol name out of bounds ",
	": no symbol version ",
	": no flags for exported symbols",
	" has an invalid section index ",
	" has invalid WRITE|EXEC flags",
	"nvalid relocation target",
	"overflow in relocation type ",
	"unsupported RELA relocation",
	"nknown rela relocation",
	"REL relocation unsupported",
	"module PLT section(s) missing",
	": Could not allocate ",
	": please compile with ",
	"but livepatch support is disabled",
	"is not marked as a livepatch module",
	"refusing to load module ",
	": gave up waiting for init of module ",
	"PKCS#7 ",
	"PKCS7: Invalid module sig",
	" compressed module",
	"ecompression failed ",
	"is already loaded",
}

// Has reports whether a line of the log has that form of a refusal in it.
func Has(lines []string, form string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, form) })
}

// Refuses reports whether a line of the log refuses a module.
func Refuses(lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return refusalOf(line) != "" })
}

// refusalOf returns by which of the forms a line refuses a module, "" if none.
func refusalOf(line string) string {
	for _, form := range refusals {
		if strings.Contains(line, form) {
			return form
		}
	}
	return ""
}

// Says picks the line of the log that gives the cause: the first one that
// refuses a module, otherwise the last one.
func Says(lines []string) string {
	at := slices.IndexFunc(lines, func(line string) bool { return refusalOf(line) != "" })
	if at >= 0 {
		return lines[at]
	}
	if len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

// UnknownSymbols returns the symbols that lines of the log call unknown, "NAME:
// Unknown symbol SYMBOL (err -2)", without repetitions.
func UnknownSymbols(lines []string) []string {
	var names []string
	seen := map[string]bool{}
	for _, line := range lines {
		_, rest, ok := strings.Cut(line, ": Unknown symbol ")
		if name, _, _ := strings.Cut(rest, " "); ok && name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
