// Command ondemand loads drivers as devices appear. It replaces udev's handling
// of modules, and modprobe as the kernel's helper.
//
//	ondemand [-config FILE] [-root DIR] [-metrics FILE] [-log text|json] [-v] [-n] [-once]
//	ondemand [-q] -- NAME
//
// # As a daemon
//
// It listens to the kernel first, then loads the modules for all devices that are
// present, and then those for each device that appears, many at a time if many
// appear together. When events were lost, it serves all devices again. When
// depmod has written new indexes, it uses these. On SIGHUP it reads the policy
// and modprobe.d again and serves all devices according to them; after a mistake
// in the policy it says so and keeps the old one. SIGTERM and SIGINT end it: it
// starts no further module, and waits for those in progress for as long as -grace
// says. If the running kernel has no module directory, or that has no indexes,
// the program says so and ends at once.
//
//	-config FILE   the policy; /etc/ondemand.conf, if there is one
//	-root DIR      where the machine's files are, such as /host in a container
//	-metrics FILE  write numbers for Prometheus to the file, after each change
//	-log FORMAT    text (the default) or json
//	-v             log also what is not loaded, and why
//	-n             load nothing, and log what would be
//	-once          end when the modules for the devices present are loaded
//	-grace TIME    how long to wait for modules at the end; 10s
//
// # As the kernel's helper
//
//	echo /sbin/ondemand > /proc/sys/kernel/modprobe
//
// The kernel calls "PROGRAM -q -- NAME" when it needs a file system, a protocol,
// an algorithm and the like. The modules of NAME are loaded, as far as the policy
// allows, and the exit status is modprobe's: 0 if they are loaded, 1 if not. -q
// keeps it from saying why.
//
// # Policy
//
// The file has one rule a line; "#" begins a comment. Patterns are shell
// patterns in which "*" also matches "/"; dashes count as underscores in names
// and aliases.
//
//	deny alias usb:*            devices to ignore, by what they call themselves
//	allow module usb_storage    modules by name
//	deny path kernel/drivers/media/*   and by file, below the module directory
//	default allow               all other modules; also "default deny"
//
// An alias is allowed or denied by the first rule with "alias" that matches, and
// allowed if there is none. A module is allowed or denied by the first rule with
// "module" or "path" that matches, otherwise by "default". That applies to
// dependencies too: a module is not loaded unless everything that it needs is
// allowed. A mistake in the file ends the program at its start, before it loads
// anything.
//
// Blacklists and everything else in modprobe.d(5) apply as well.
package main
