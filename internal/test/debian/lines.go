package debian

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Units returns the units with their states: "NAME LOAD ACTIVE SUB".
func (r Report) Units() []string {
	var units []string
	for _, line := range r["units"] {
		if f := strings.Fields(line); len(f) >= 4 {
			units = append(units, seq(strings.Join(f[:4], " ")))
		}
	}
	return sorted(units)
}

// Failed returns the units that failed.
func (r Report) Failed() []string {
	return slices.DeleteFunc(r.Units(), func(unit string) bool { return strings.Fields(unit)[2] != "failed" })
}

// Nodes returns what is in /dev, with types, numbers, modes and owners.
func (r Report) Nodes() []string {
	var nodes []string
	for _, line := range r["nodes"] {
		nodes = append(nodes, number(seq(line)))
	}
	return sorted(nodes)
}

// numbers is where a node's line has its numbers: at the end, or in a link's name.
var numbers = regexp.MustCompile(`^(/dev/(?:char|block)/)(\d+):(\d+)( -> .*)$|^(.* )([0-9a-f]+):([0-9a-f]+)$`)

// number replaces the numbers of a node that the kernel gives to whoever comes first.
func number(line string) string {
	m := numbers.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	before, major, minor, after, base := m[1], m[2], m[3], m[4], 10
	if before == "" {
		before, major, minor, base = m[5], m[6], m[7], 16
	}
	a, errA := strconv.ParseUint(major, base, 32)
	b, errB := strconv.ParseUint(minor, base, 32)
	switch {
	case errA != nil || errB != nil:
		return line
	case isDynamicMajor(a):
		major = "DYNAMIC"
	case a == 10 && isDynamicMisc(b):
		minor = "DYNAMIC"
	}
	return before + major + ":" + minor + after
}

// isDynamicMajor reports whether a major number is of a range that the kernel's list of
// devices keeps for drivers without one of their own.
func isDynamicMajor(n uint64) bool { return n >= 234 && n <= 254 || n >= 384 && n <= 511 }

// isDynamicMisc reports the same of a minor number of the miscellaneous devices.
func isDynamicMisc(n uint64) bool { return n >= 64 && n <= 127 || n > 255 }

// sequence is the part of a device's name that counts the disks in the order in which
// they appeared.
var sequence = regexp.MustCompile(`by-diskseq(/|-)\d+`)

// input is the part of a link to an input device that counts them in that order.
var input = regexp.MustCompile(`(/by-(?:path|id)/.* -> .*/(?:event|mouse))\d+$`)

func seq(line string) string {
	return input.ReplaceAllString(sequence.ReplaceAllString(line, "by-diskseq${1}N"), "${1}N")
}

// Modules returns the live modules with their holders: "NAME: HOLDER HOLDER". A module
// in another state is followed by that.
func (r Report) Modules() []string {
	var modules []string
	for _, line := range r["modules"] {
		f := strings.Fields(line)
		if len(f) < 5 {
			modules = append(modules, line)
			continue
		}
		holders := slices.DeleteFunc(sorted(strings.Split(f[3], ",")), func(h string) bool { return h == "" || h == "-" })
		module := f[0] + ": " + strings.Join(holders, " ")
		if f[4] != "Live" {
			module += " (" + f[4] + ")"
		}
		modules = append(modules, module)
	}
	return sorted(modules)
}

// Drivers returns the devices with the driver that serves each: "BUS DEVICE DRIVER".
func (r Report) Drivers() []string { return sorted(r["drivers"]) }

// Messages returns the journal's messages of priority warning and above, each once,
// without what differs between two starts of the same system.
func (r Report) Messages() []string {
	var messages []string
	for _, line := range r["journal"] {
		if stamped := stamp.FindString(line); stamped != "" {
			messages = append(messages, line[len(stamped):])
		} else if len(messages) > 0 { // a message's second line
			messages[len(messages)-1] += " " + strings.TrimSpace(line)
		}
	}
	for i, m := range messages {
		for _, v := range variable {
			m = v.re.ReplaceAllString(m, v.with)
		}
		messages[i] = m
	}
	return slices.Compact(sorted(messages))
}

// stamp is the time before a message.
var stamp = regexp.MustCompile(`^\[ *\d+\.\d+\] `)

// variable is what differs between starts: processes, addresses and measurements.
var variable = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`^([^ :\[]+)\[\d+\]:`), "$1[PID]:"},
	{regexp.MustCompile(`\b(0x)?[0-9a-f]{8,16}\b`), "ADDRESS"},
	{regexp.MustCompile(`\b\d+(\.\d+)? ?(ms|us|ns|s|sec|MHz|kHz)\b`), "TIME"},
}

// Calls counts the starts of each of kmod's programs, by the path by which it was
// called.
func (r Report) Calls() map[string]int {
	calls := map[string]int{}
	for _, path := range r["calls"] {
		switch path[strings.LastIndexByte(path, '/')+1:] {
		case "kmod", "modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod":
			calls[path]++
		}
	}
	return calls
}

// Actions returns what the commands of the report printed, each line with the command
// and a number before it.
func (r Report) Actions() []string {
	var lines []string
	command, n := "", 0
	for _, line := range r["actions"] {
		if strings.HasPrefix(line, "$ ") {
			command, n = line, 0
		} else {
			n++
			lines = append(lines, command+": "+strconv.Itoa(n)+": "+line)
		}
	}
	return lines
}

// Lines returns a section with a number before each line, for which the order matters.
func (r Report) Lines(section string) []string {
	var lines []string
	for i, line := range r[section] {
		lines = append(lines, strconv.Itoa(i+1)+": "+line)
	}
	return lines
}

func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return lines
}
