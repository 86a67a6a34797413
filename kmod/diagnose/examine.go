package diagnose

import (
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/plain"
)

// examine finds what is wrong with a module file, once: everything that does not
// depend on the state of the kernel or on parameters.
func (s *subject) examine(d *Diagnoser) {
	s.examining.Do(func() {
		if d.read(s); s.err != nil {
			s.add(s.broken())
			return
		}
		if d.checkMachine(s); wouldFail(s.findings) {
			return // nothing else can match then
		}
		s.checkName()
		d.checkVermagic(s)
		d.checkStructure(s)
		d.checkSymbols(s)
		s.needed = nil // saves memory: a Diagnoser may keep many modules
	})
}

// checkName reports a module that the kernel knows by a name other than that of
// its file.
func (s *subject) checkName() {
	own := s.kernelName()
	if own == s.name {
		return
	}
	f := s.finding(FindingName, SeverityNote, "The kernel knows ", plain.Name(s.name), " as ", plain.Name(own),
		", the name that its file states.")
	f.Want, f.Got = s.name, own
	f.Advice = "Look for " + plain.Name(own) + " among the loaded modules, and write " +
		plain.Name(s.name) + " in the configuration."
	s.add(f)
}

// checkCodec reports a file that the kernel cannot unpack itself.
func (d *Diagnoser) checkCodec(s *subject) *Finding {
	if d.opts.Kernel == nil || s.err != nil || !s.form.Packed() {
		return nil
	}
	codec, _ := kernfs.Read(d.opts.Kernel.Sys(), "module/compression")
	if s.form.KernelUnpacks(codec) {
		return nil
	}
	f := s.finding(FindingCodec, SeverityNote, "The file of ", plain.Name(s.name), " is compressed with ", s.form.Codec.String(),
		" in a way that the kernel does not unpack; the program that loads it has to.")
	f.Want, f.Got = codec, s.form.Codec.String()
	f.Advice = "A kernel that takes modules from files only, as LoadPin makes it do, refuses it: unpack the file."
	return f
}
