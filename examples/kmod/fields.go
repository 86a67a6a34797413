package main

import (
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// sameField compares names of fields, without regard to case.
func sameField(a, b string) bool { return strings.EqualFold(a, b) }

// addInfo writes the fields of a module, or the requested one.
func (in *inspector) addInfo(l *listing, m kmod.Module, info *modinfo.Info) {
	if in.json {
		in.addJSON(l, m, info)
		return
	}
	if in.only {
		in.addField(l, info)
		return
	}
	var params params
	for i := range info.Fields {
		f := &info.Fields[i]
		if !params.take(l, f) {
			l.pair(f.Key, f.Value, in.separator)
		}
	}
	for _, f := range extraFields(info) {
		l.pair(f.Key, f.Value, in.separator)
	}
	for p := range params.all() {
		l.parameterLine(p, in.separator)
	}
}

// addJSON writes everything about a module as an object.
func (in *inspector) addJSON(l *listing, m kmod.Module, info *modinfo.Info) {
	var params params
	for i := range info.Fields {
		params.take(l, &info.Fields[i])
	}
	l.out = append(l.out, jsonLine(newInfoJSON(m, info, &params))...)
}

// addField writes the values of the requested field. A field with exactly that
// name takes precedence over one that differs in case.
func (in *inspector) addField(l *listing, info *modinfo.Info) {
	if sameField(in.field, "parm") {
		in.addParams(l, info)
		return
	}
	fields := append(info.Fields[:len(info.Fields):len(info.Fields)], extraFields(info)...)
	same := func(a, b string) bool { return a == b }
	if !fields.Has(in.field) {
		same = sameField
	}
	for i := range fields {
		if same(fields[i].Key, in.field) {
			l.value(fields[i].Value, in.separator)
		}
	}
}

func (in *inspector) addParams(l *listing, info *modinfo.Info) {
	var params params
	for i := range info.Fields {
		params.take(l, &info.Fields[i])
	}
	for p := range params.all() {
		l.parameter(p, in.separator)
	}
}

// extraFields are what modinfo shows as fields although it is not in the
// section: build id and signature.
func extraFields(info *modinfo.Info) modinfo.Fields {
	var fields modinfo.Fields
	if len(info.BuildID) > 0 {
		fields = append(fields, modinfo.Field{Key: "build-id", Value: hexLines(info.BuildID)})
	}
	sig := info.Signature
	if sig == nil || len(sig.Value) == 0 || sig.ID == "unknown" || sig.HashAlgo == "unknown" {
		return fields
	}
	return append(fields,
		modinfo.Field{Key: "sig_id", Value: sig.ID},
		modinfo.Field{Key: "signer", Value: sig.Signer},
		modinfo.Field{Key: "sig_key", Value: hexLines(sig.Key)},
		modinfo.Field{Key: "sig_hashalgo", Value: sig.HashAlgo},
		modinfo.Field{Key: "signature", Value: hexLines(sig.Value)})
}

// hexLine is the number of bytes in a line.
const hexLine = 20

// hexLines formats bytes as colon-separated upper-case hexadecimal numbers, 20
// to a line, with further lines indented by two tabs.
func hexLines(data []byte) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, 3*len(data)+3*(len(data)/hexLine))
	for i, v := range data {
		if i > 0 {
			b = append(b, ':')
			if i%hexLine == 0 {
				b = append(b, '\n', '\t', '\t')
			}
		}
		b = append(b, digits[v>>4], digits[v&15])
	}
	return string(b)
}
