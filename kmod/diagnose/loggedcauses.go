package diagnose

import (
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
)

// loggedFinding returns what a line of the kernel log says is wrong with the symbols of
// the module, nil for any other line.
func (l *linking) loggedFinding(line string) *Finding {
	if symbol, ok := wordAfter(line, ": disagrees about version of symbol "); ok {
		return l.loggedVersion(symbol)
	}
	if symbol, ok := wordAfter(line, ": module uses symbol "); ok {
		namespace, _ := wordAfter(line, " from namespace ")
		return l.loggedNamespace(symbol, strings.TrimSuffix(namespace, ","))
	}
	if symbol, ok := wordAfter(line, ": exports duplicate symbol "); ok {
		owner, _ := wordAfter(line, " (owned by ")
		if owner == "kernel" {
			owner = kernelImage
		}
		return l.s.duplicateFinding(symbol, owner, sourceLog)
	}
	return nil
}

// wordAfter returns the word after a text, without brackets.
func wordAfter(line, text string) (string, bool) {
	_, rest, ok := strings.Cut(line, text)
	word, _, _ := strings.Cut(rest, " ")
	word = strings.Trim(word, "()")
	return word, ok && word != ""
}

// loggedVersion reports a symbol whose version only the kernel knows.
func (l *linking) loggedVersion(symbol string) *Finding {
	s, p := l.s, l.holder(symbol)
	f := s.finding(FindingVersion, SeverityWould, plain.Name(s.name), " was built with another version of the symbol ",
		plain.Name(symbol), " than that of ", p.shown(), ".")
	for i := range s.needed {
		if n := &s.needed[i]; n.HasCRC && lookupName(n) == symbol {
			f.Got = hexCRC(n.CRC)
		}
	}
	f.Symbol, f.Provider, f.Source, f.Advice = symbol, p.name, sourceLog, rebuildAdvice
	return f
}

// loggedNamespace reports a symbol whose namespace the kernel names.
func (l *linking) loggedNamespace(symbol, namespace string) *Finding {
	p := *l.holder(symbol)
	p.export.Namespace, p.source = namespace, sourceLog
	return l.s.checkNamespace(symbol, &p)
}
