package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/modinfo"
)

// explainInsert fills in why the kernel refused a file with that answer.
func (l *Loader) explainInsert(e *InsertError, file *moduleFile, answer error) {
	errno, ok := answer.(syscall.Errno)
	if !ok {
		e.Err = answer // the call was not made
		return
	}
	e.Errno = errno
	e.Err = insertReason(errno)
	switch errno {
	case syscall.EPERM:
		e.Err = l.permissionReason()
	case syscall.ENOEXEC:
		l.compareModule(e, file)
	case syscall.ENOENT:
		l.findUnknownSymbol(e, file)
	}
}

// insertReason tells what an answer of the kernel means for an insert.
func insertReason(errno syscall.Errno) error {
	switch errno {
	case syscall.ENOENT:
		return ErrUnknownSymbol
	case syscall.ENOEXEC:
		return ErrIncompatible
	case syscall.EEXIST:
		return ErrExists
	case syscall.EBUSY:
		return ErrBusy
	case syscall.EINVAL:
		return ErrInvalid
	case errnoKeyRejected, errnoNoKey, errnoBadMessage, errnoNoPackage:
		return ErrSignature
	case syscall.ENOSYS:
		return &reason{"the kernel has no module support", errors.ErrUnsupported}
	case syscall.EACCES:
		return &reason{"a security policy forbids it", fs.ErrPermission}
	case syscall.ENOMEM, syscall.EFAULT, syscall.EINTR, syscall.ETIMEDOUT, syscall.E2BIG, syscall.EBADF,
		syscall.EFBIG, syscall.ETXTBSY, syscall.EOPNOTSUPP:
		return errors.New("the kernel could not take the module")
	}
	return ErrInit
}

// capSysModule is the number of CAP_SYS_MODULE in capability sets.
const capSysModule = 16

// permissionReason finds out what stands behind EPERM.
func (l *Loader) permissionReason() error {
	if word, err := readState(l.kernel.Proc(), "sys/kernel/modules_disabled"); err == nil && word == "1" {
		return ErrModulesDisabled
	}
	if capable, known := l.capable(); known && !capable {
		return ErrCapability
	}
	if word, err := readState(l.kernel.Sys(), "kernel/security/lockdown"); err == nil && !strings.Contains(word, "[none]") {
		return ErrLockdown
	}
	return &reason{"the kernel does not permit it", fs.ErrPermission}
}

// capable reports whether the process has CAP_SYS_MODULE, by its line CapEff in
// /proc/self/status.
func (l *Loader) capable() (capable, known bool) {
	status, err := readState(l.kernel.Proc(), "self/status")
	if err != nil {
		return false, false
	}
	_, rest, ok := strings.Cut(status, "\nCapEff:")
	if !ok {
		return false, false
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	set, err := strconv.ParseUint(word, 16, 64)
	return set&(1<<capSysModule) != 0, err == nil
}

// compareModule looks for what makes a refused module incompatible: it is not a
// module, is built for another machine, or has another vermagic.
func (l *Loader) compareModule(e *InsertError, file *moduleFile) {
	image, err := file.image()
	if err != nil {
		return
	}
	info, err := readInfo(image)
	if err != nil {
		if fileErr := (*modinfo.Error)(nil); errors.As(err, &fileErr) {
			err = fileErr.Err
		}
		e.Err = fmt.Errorf("%w: %w", ErrIncompatible, err)
		return
	}
	release, peer := l.kernelModule(e.Module)
	if peer != nil && architecture(info) != architecture(peer) {
		e.Detail = fmt.Sprintf("it is built for %s, the kernel's own modules for %s", architecture(info), architecture(peer))
		return
	}
	want := release
	if peer != nil {
		want = peer.Vermagic()
	}
	if have := info.Vermagic(); want != "" && !sameVermagic(have, want) {
		e.Err = ErrVermagic
		e.Detail = fmt.Sprintf("the module has %q, the kernel wants %q", strings.TrimSpace(have), strings.TrimSpace(want))
	}
}

// architecture names machine, word size and byte order of a module.
func architecture(i *modinfo.Info) string {
	bits, order := 32, "little-endian"
	if i.Is64 {
		bits = 64
	}
	if i.BigEndian {
		order = "big-endian"
	}
	return fmt.Sprintf("%v (%d-bit, %s)", i.Machine, bits, order)
}

// sameVermagic compares as the kernel does: with modversions the release, the
// first word, may differ. A want of one word is a release alone.
func sameVermagic(have, want string) bool {
	haveRelease, haveFlags, _ := strings.Cut(strings.TrimSpace(have), " ")
	wantRelease, wantFlags, all := strings.Cut(strings.TrimSpace(want), " ")
	if all && haveFlags != wantFlags {
		return false
	}
	return haveRelease == wantRelease || strings.Contains(" "+haveFlags+" ", " modversions ")
}

// maxPeers bounds the module files that are read in search of one to compare
// with.
const maxPeers = 8

// kernelModule returns the running kernel's release and, if the DB is for that
// release, what some module other than the named one says of itself. Either
// may be unknown.
func (l *Loader) kernelModule(except string) (string, *modinfo.Info) {
	release, err := readState(l.kernel.Proc(), "sys/kernel/osrelease")
	if err != nil {
		return "", nil
	}
	if l.db == nil || l.db.release != release {
		return release, nil
	}
	tries := 0
	for m, err := range l.db.Modules() {
		if err != nil || tries == maxPeers {
			break
		}
		if m.Name == except {
			continue
		}
		info, err := l.db.readInfo(m)
		if err == nil {
			return release, info
		}
		if !errors.Is(err, fs.ErrNotExist) {
			tries++
		}
	}
	return release, nil
}
