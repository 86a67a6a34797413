package uevent

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// message joins lines with NUL bytes, as the kernel does.
func message(lines ...string) []byte { return []byte(strings.Join(lines, "\x00") + "\x00") }

func TestParse(t *testing.T) {
	const path = "/devices/pci0000:00/0000:00:03.0/virtio0"
	tests := []struct {
		name string
		in   []byte
		want Event
	}{
		{"device", message("add@"+path, "ACTION=add", "DEVPATH="+path, "SUBSYSTEM=virtio", "MODALIAS=virtio:d00000001v00001AF4", "SEQNUM=1234"),
			Event{Add, path, "virtio", "virtio:d00000001v00001AF4", 1234, nil}},
		{"header only", message("remove@/module/x"), Event{Action: Remove, Devpath: "/module/x"}},
		{"no modalias", message("change@/a", "MODALIAS="), Event{Action: Change, Devpath: "/a"}},
		{"the same twice", message("add@/a", "MODALIAS=x:y", "MODALIAS=x:y"), Event{Action: Add, Devpath: "/a", Modalias: "x:y"}},
		{"spaces and signs", message("add@/devices/a b!c", "MODALIAS=platform:a b=c"),
			Event{Action: Add, Devpath: "/devices/a b!c", Modalias: "platform:a b=c"}},
		{"greatest number", message("bind@/a", "SEQNUM=18446744073709551615"), Event{Action: Bind, Devpath: "/a", Seqnum: 1<<64 - 1}},
		{"odd bytes elsewhere", message("add@/a", "NAME=\"\x01\xff\n\""), Event{Action: Add, Devpath: "/a"}},
		{"empty value", message("add@/a", "X="), Event{Action: Add, Devpath: "/a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Count(string(test.in), "\x00") - 1; len(got.Env) != want {
				t.Errorf("variables %v, want %d", got.Env, want)
			}
			got.Env = nil
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestParseVariables(t *testing.T) {
	e, err := Parse(message("add@/a", "A=1", "B=x=y", "A=2"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Variable{{"A", "1"}, {"B", "x=y"}, {"A", "2"}}; !reflect.DeepEqual(e.Env, want) {
		t.Errorf("variables %v, want %v", e.Env, want)
	}
	if v, ok := e.Get("A"); v != "1" || !ok {
		t.Errorf("A is %q, %t", v, ok)
	}
	if v, ok := e.Get("C"); v != "" || ok {
		t.Errorf("C is %q, %t", v, ok)
	}
}

func TestParseMalformed(t *testing.T) {
	many := []string{"add@/a"}
	for i := range maxVariables + 1 {
		many = append(many, fmt.Sprintf("K%d=", i))
	}
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "cut off"},
		{"cut off", []byte("add@/a\x00ACTION=add"), "cut off"},
		{"only a NUL", []byte{0}, "no header"},
		{"no header", message("ACTION=add", "DEVPATH=/a"), "no header"},
		{"of udev", append([]byte("libudev\x00\xfe\xed\xca\xfe"), 0), "udev"},
		{"no action", message("@/a"), "header"},
		{"odd action", message("ADD@/a"), "header"},
		{"long action", message(strings.Repeat("a", maxAction+1) + "@/a"), "header"},
		{"no path", message("add@"), "header"},
		{"relative path", message("add@devices/a"), "header"},
		{"path that climbs", message("add@/devices/../../etc"), "header"},
		{"path with two slashes", message("add@/devices//a"), "header"},
		{"path with a newline", message("add@/devices/a\nb"), "header"},
		{"another action", message("add@/a", "ACTION=remove"), "ACTION"},
		{"another path", message("add@/a", "DEVPATH=/b"), "DEVPATH"},
		{"two aliases", message("add@/a", "MODALIAS=x", "MODALIAS=y"), "MODALIAS"},
		{"two numbers", message("add@/a", "SEQNUM=1", "SEQNUM=2"), "SEQNUM"},
		{"newline in the alias", message("add@/a", "MODALIAS=usb:v1\noptions"), "not printable"},
		{"escape in the alias", message("add@/a", "MODALIAS=\x1b[2J"), "not printable"},
		{"high byte in the alias", message("add@/a", "MODALIAS=a\x9b"), "not printable"},
		{"tab in the subsystem", message("add@/a", "SUBSYSTEM=a\tb"), "not printable"},
		{"bad number", message("add@/a", "SEQNUM=-1"), "number"},
		{"number too large", message("add@/a", "SEQNUM=18446744073709551616"), "number"},
		{"no equals sign", message("add@/a", "ACTION"), "no name"},
		{"no key", message("add@/a", "=x"), "no name"},
		{"space in a key", message("add@/a", "A B=x"), "no name"},
		{"empty variable", message("add@/a", "", "A=x"), "no name"},
		{"two NULs at the end", message("add@/a", ""), "no name"},
		{"too large", message("add@/a", "A="+strings.Repeat("x", maxMessage)), "too large"},
		{"too many", message(many...), "too many"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := Parse(test.in)
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if !reflect.DeepEqual(e, Event{}) {
				t.Errorf("event %+v beside an error", e)
			}
		})
	}
}

// build makes the message of an event.
func build(e Event) []byte {
	lines := []string{e.Action + "@" + e.Devpath}
	for _, v := range e.Env {
		lines = append(lines, v.Key+"="+v.Value)
	}
	return message(lines...)
}

func FuzzParse(f *testing.F) {
	f.Add(message("add@/devices/a", "ACTION=add", "DEVPATH=/devices/a", "SUBSYSTEM=pci", "MODALIAS=pci:v1", "SEQNUM=7"))
	f.Add(message("remove@/module/x"))
	f.Add(message("libudev", "\xfe\xed\xca\xfe"))
	f.Add(message("add@/a", "MODALIAS=a\nb"))
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := Parse(in)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(e, Event{}) {
				t.Fatalf("event %+v, error %v", e, err)
			}
			return
		}
		if len(e.Env) > maxVariables || cap(e.Env) > 2*maxVariables || len(in) > maxMessage {
			t.Fatalf("%d variables of %d bytes are kept", cap(e.Env), len(in))
		}
		if string(build(e)) != string(in) {
			t.Fatalf("%q became %q", in, build(e))
		}
		for _, text := range []string{e.Action, e.Devpath, e.Subsystem, e.Modalias} {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q is not printable", text)
			}
		}
		if strings.Contains(e.Devpath+"/", "/../") || !strings.HasPrefix(e.Devpath, "/") {
			t.Fatalf("path %q", e.Devpath)
		}
		for _, key := range []string{"ACTION", "DEVPATH", "SUBSYSTEM", "MODALIAS"} {
			field := map[string]string{"ACTION": e.Action, "DEVPATH": e.Devpath, "SUBSYSTEM": e.Subsystem, "MODALIAS": e.Modalias}[key]
			if v, ok := e.Get(key); ok && v != "" && v != field {
				t.Fatalf("%s is %q and %q", key, v, field)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	in := message("add@/devices/pci0000:00/0000:00:03.0", "ACTION=add", "DEVPATH=/devices/pci0000:00/0000:00:03.0",
		"SUBSYSTEM=pci", "PCI_CLASS=20000", "PCI_ID=1AF4:1000", "PCI_SUBSYS_ID=1AF4:0001", "PCI_SLOT_NAME=0000:00:03.0",
		"MODALIAS=pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00", "SEQNUM=1234")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}
