package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// kernelJSON is the first line of "kmod exports --json".
type kernelJSON struct {
	Image        string            `json:"image"`
	Release      string            `json:"release,omitempty"`
	Vermagic     string            `json:"vermagic,omitempty"`
	BuildID      string            `json:"build_id,omitempty"`
	Machine      string            `json:"machine,omitempty"`
	Modversions  bool              `json:"modversions"`       // modules need versions of symbols
	Exports      int               `json:"exports,omitempty"` // their number, 0 if it is not known
	Certificates []certificateJSON `json:"certificates"`
}

// certificateJSON is a certificate that a kernel verifies modules with.
type certificateJSON struct {
	Subject   string `json:"subject"`
	Issuer    string `json:"issuer"`
	Serial    string `json:"serial"`
	KeyType   string `json:"key_type"`
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
}

func newCertificateJSON(c *modsig.Certificate) certificateJSON {
	return certificateJSON{c.Subject, c.Issuer, hex.EncodeToString(c.Serial), c.KeyType,
		c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)}
}

// exportJSON is a line for a symbol.
type exportJSON struct {
	Symbol    string `json:"symbol"`
	CRC       string `json:"crc,omitempty"` // "" where the kernel has no versions
	GPLOnly   bool   `json:"gpl_only"`
	Namespace string `json:"namespace,omitempty"`
}

// printJSON prints the kernel and its exports, an object a line.
func (e *exporter) printJSON() int {
	certs, err := e.certificates()
	if err != nil {
		e.c.say(levelError, "%s", err)
		return failure
	}
	k := e.kernel
	j := &kernelJSON{
		Image: e.name, Release: k.Release(), Vermagic: k.Vermagic(), BuildID: hex.EncodeToString(k.BuildID()),
		Machine: machineName(k), Modversions: k.Modversions(), Exports: len(e.list),
		Certificates: []certificateJSON{},
	}
	for _, cert := range certs {
		j.Certificates = append(j.Certificates, newCertificateJSON(cert))
	}
	e.c.stdout.Write(jsonLine(j))
	if e.info {
		return success
	}
	for i := range e.list {
		x := &e.list[i]
		e.c.stdout.Write(jsonLine(&exportJSON{x.Name, versionOf(x), x.GPLOnly, x.Namespace}))
	}
	return success
}

// certificates are those that are built into the kernel. One without any is not an error.
func (e *exporter) certificates() ([]*modsig.Certificate, error) {
	certs, err := modsig.CertificatesIn(e.kernel)
	if errors.Is(err, modsig.ErrNoCertificate) {
		return nil, nil
	}
	return certs, err
}

// machineName is the machine that a kernel runs on, "" where the image does not say.
func machineName(k *modinfo.Kernel) string {
	if k.Machine() == 0 {
		return ""
	}
	return k.Machine().String()
}

// versionOf is the version of a symbol as Module.symvers has it, "" for none.
func versionOf(x *modinfo.Export) string {
	if !x.HasCRC {
		return ""
	}
	return fmt.Sprintf("0x%08x", x.CRC)
}

// printInfo prints what the image says of the kernel, as modinfo does of a module.
func (e *exporter) printInfo() int {
	certs, err := e.certificates()
	if err != nil {
		e.c.say(levelError, "%s", err)
		return failure
	}
	k, modversions, exports := e.kernel, "no", ""
	if k.Modversions() {
		modversions = "yes"
	}
	if len(e.list) > 0 {
		exports = strconv.Itoa(len(e.list))
	}
	l := &listing{shown: e.c.shown}
	for _, field := range []struct{ key, value string }{
		{"release", k.Release()},
		{"vermagic", k.Vermagic()},
		{"build-id", hex.EncodeToString(k.BuildID())},
		{"machine", machineName(k)},
		{"modversions", modversions},
		{"exports", exports},
	} {
		if field.value != "" {
			l.pair(field.key, plain.Line(field.value), '\n')
		}
	}
	for _, cert := range certs {
		l.pair("certificate", plain.Line(cert.Subject), '\n')
	}
	return e.c.print(l)
}

// nameWidth is the width of the column of names, which few exceed.
const nameWidth = 40

// printTable prints the exports in columns.
func (e *exporter) printTable() {
	row := func(name, version, license, namespace string) {
		if namespace != "" {
			license = fmt.Sprintf("%-8s %s", license, namespace)
		}
		fmt.Fprintf(e.c.stdout, "%-*s %-10s %s\n", nameWidth, name, version, license)
	}
	row("Symbol", "Version", "License", "Namespace")
	for i := range e.list {
		x := &e.list[i]
		version, license := versionOf(x), "any"
		if version == "" {
			version = "-"
		}
		if x.GPLOnly {
			license = "GPL"
		}
		row(plain.Line(x.Name), version, license, plain.Line(x.Namespace))
	}
}
