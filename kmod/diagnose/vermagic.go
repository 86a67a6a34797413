package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/kernelversion"
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// checkMachine compares the machine that the module is built for.
func (d *Diagnoser) checkMachine(s *subject) {
	want, source := d.given.architecture, d.given.image
	if p, ok := d.peer(s.name); want == "" && ok {
		want, source = p.architecture, p.path
	}
	got := s.info.Architecture()
	if machine, known := d.runningMachine(); want == "" && known {
		want, source, got = machine, "", s.info.Machine.String()
	}
	if want == "" {
		want, source = d.word().architecture, d.word().image
	}
	switch {
	case want == "":
		s.skip(FindingArchitecture, "the architecture",
			d.word().without("no module that was built with the kernel is at hand"))
	case got != want:
		s.add(s.machineFinding(want, got, source))
	}
}

// checkStructure looks for what every module must have, and compares the size of
// struct module with that in the kernel's own modules.
func (d *Diagnoser) checkStructure(s *subject) {
	if s.bare {
		s.add(s.incompleteFinding("symbol table; it was stripped of it"))
	}
	p, ok := d.peer(s.name)
	if !ok || p.size == 0 || p.size == s.size || p.machine != s.info.Machine {
		return
	}
	if s.size == 0 {
		s.add(s.incompleteFinding("section .gnu.linkonce.this_module"))
		return
	}
	want, got := strconv.FormatUint(p.size, 10), strconv.FormatUint(s.size, 10)
	severity, end := SeverityWould, "."
	if kernelversion.Before(d.release(), 6, 4) {
		severity, end = SeverityMight, "; this kernel does not compare them, takes the module, and may crash."
	}
	f := s.finding(FindingStructure, severity, plain.Name(s.name),
		" was built for a kernel of another version or configuration: its struct module has ",
		got, " bytes, the kernel's ", want, end)
	f.Want, f.Got = want, got
	f.Advice = "Build the module with the headers of this kernel."
	s.add(f)
}

// incompleteFinding reports that a module lacks something that every module has.
func (s *subject) incompleteFinding(missing string) *Finding {
	f := s.finding(FindingFile, SeverityWould, plain.Name(s.name), " has no ", missing, ".")
	f.Advice = "Build or copy the file again; if it is to be stripped, then with strip --strip-debug."
	return f
}

func (s *subject) machineFinding(want, got, source string) *Finding {
	f := s.finding(FindingArchitecture, SeverityWould, plain.Name(s.name), " is built for ", got, ", the kernel for ", want, ".")
	f.Want, f.Got, f.Source = want, got, source
	f.Advice = "Get the module that is built for the kernel's architecture."
	return f
}

// runningMachine is the machine of the running kernel, as modinfo.Machine names
// it.
func (d *Diagnoser) runningMachine() (string, bool) {
	if d.opts.Kernel == nil {
		return "", false
	}
	arch, err := kernfs.Read(d.opts.Kernel.Proc(), "sys/kernel/arch")
	if err != nil {
		return "", false
	}
	for _, m := range []modinfo.Machine{62, 183, 243, 22, 258} {
		if name := m.String(); arch == name || arch == name+"64" {
			return name, true
		}
	}
	return "", false // not every architecture has the same name in both
}

// checkVermagic compares the vermagic field by field.
func (d *Diagnoser) checkVermagic(s *subject) {
	if d.opts.Flags&live.IgnoreVermagic != 0 {
		return
	}
	want, source := d.vermagic(s.name)
	switch {
	case !s.info.Has("vermagic"):
		f := s.finding(FindingVermagic, SeverityMight, plain.Name(s.name), " has no vermagic; kernels that allow modules to be forced take it, others do not.")
		f.Want, f.Source = want, source
		s.add(f)
	case want == "":
		s.skip(FindingVermagic, "the vermagic", "nothing is known of the kernel's")
	default:
		if !strings.Contains(want, " ") {
			s.skip(FindingVermagic, "the vermagic beyond the release", "only the release of the kernel is known")
		}
		list := s.compareVermagic(want)
		for _, f := range list {
			f.Source = source
		}
		s.add(list...)
	}
}

// vermagic is the kernel's vermagic, or its release alone if that is all that is
// known, and where that is from.
func (d *Diagnoser) vermagic(except string) (vermagic, source string) {
	switch {
	case d.opts.Vermagic != "":
		return strings.TrimSpace(d.opts.Vermagic), ""
	case d.given.vermagic != "":
		return d.given.vermagic, d.given.image
	}
	if p, ok := d.peer(except); ok {
		return strings.TrimSpace(p.vermagic), p.path
	}
	if word := d.word(); word.vermagic != "" {
		return word.vermagic, word.image
	}
	return d.release(), ""
}

// compareVermagic reports the fields that differ. The first is the release, which
// does not matter if the module has versions of symbols. If want has one field, it
// is the release alone.
func (s *subject) compareVermagic(want string) []*Finding {
	var list []*Finding
	got := strings.Fields(s.info.Vermagic())
	wanted := strings.Fields(want)
	switch {
	case len(wanted) == 0:
		return nil
	case len(got) == 0: // an empty vermagic, which is not the same as none
		return append(list, s.fieldFinding("with an empty vermagic", want, ""))
	}
	if got[0] != wanted[0] {
		list = append(list, s.releaseFinding(wanted[0], got[0]))
	}
	if len(wanted) == 1 {
		return list
	}
	for _, field := range wanted[1:] {
		if !slices.Contains(got[1:], field) {
			list = append(list, s.fieldFinding("without "+plain.Name(field)+", the kernel with it", field, ""))
		}
	}
	for _, field := range got[1:] {
		if !slices.Contains(wanted[1:], field) {
			list = append(list, s.fieldFinding("with "+plain.Name(field)+", the kernel without it", "", field))
		}
	}
	if len(list) == 0 && !slices.Equal(got[1:], wanted[1:]) {
		list = append(list, s.fieldFinding("with the vermagic "+plain.Quote(s.info.Vermagic())+", which has the fields of the kernel's in another order",
			want, s.info.Vermagic()))
	}
	return list
}

func (s *subject) releaseFinding(want, got string) *Finding {
	severity, end := SeverityWould, "."
	if s.versioned() {
		severity, end = SeverityNote, "; the versions of symbols decide."
	}
	f := s.finding(FindingVermagic, severity, plain.Name(s.name), " is built for release ", plain.Name(got), ", the kernel is of release ", plain.Name(want), end)
	f.Want, f.Got = want, got
	if severity == SeverityWould {
		f.Advice = "Get or build the module for release " + plain.Name(want) + "."
	}
	return f
}

func (s *subject) fieldFinding(text, want, got string) *Finding {
	f := s.finding(FindingVermagic, SeverityWould, plain.Name(s.name), " is built ", text, ".")
	f.Want, f.Got = want, got
	f.Advice = "Build the module with the headers of this kernel."
	return f
}
