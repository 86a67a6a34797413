// Command ondemand loads drivers as devices appear. It takes the place of what
// udev does with modules, and of modprobe as the kernel's helper.
//
//	ondemand [-config FILE] [-root DIR] [-metrics FILE] [-log text|json] [-v] [-n] [-once]
//	ondemand [-q] -- NAME
//
// # As a daemon
//
// It listens to the kernel first, then loads the modules for all devices that
// are present, and then those for each device that appears, many at a time where
// many appear together. When events were lost, it goes through all devices once
// more. When depmod has written new indexes, it goes by these. SIGHUP makes it
// read the policy and modprobe.d anew and go through all devices by them; after a
// mistake in the policy it says so and keeps to the old one. SIGTERM and SIGINT
// end it: no further module is begun, and those under way are waited for, for as
// long as -grace says. Where there is no module directory for the running kernel,
// or there are no indexes in it, the program says so and ends at its start.
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
// The kernel calls "PROGRAM -q -- NAME" when it wants a file system, a protocol,
// an algorithm and the like. The modules of NAME are loaded, as far as the policy
// allows, and the exit status is that of modprobe: 0 when they are there, 1 when
// not. -q keeps it from saying why.
//
// # Policy
//
// The file has a rule a line; "#" begins a comment. Patterns are those of a
// shell, in which "*" also matches "/"; dashes count as underscores in names and
// aliases.
//
//	deny alias usb:*            devices to ignore, by what they call themselves
//	allow module usb_storage    modules by name
//	deny path kernel/drivers/media/*   and by file, below the module directory
//	default allow               all other modules; also "default deny"
//
// An alias is what the first rule with "alias" that matches says, else allowed.
// A module is what the first rule with "module" or "path" that matches says, else
// what "default" says. That goes for what other modules need, too: a module is
// not loaded unless all that it needs is allowed. A mistake in the file ends the
// program at its start, before it loads anything.
//
// Blacklists and all else in modprobe.d(5) hold as well.
package main
