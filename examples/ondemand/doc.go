// Command ondemand loads drivers as devices appear. It replaces udev's handling
// of modules, and modprobe as the kernel's helper.
//
//	ondemand [-config FILE] [-root DIR] [-metrics FILE] [-json] [-v] [-n] [-once]
//	ondemand [-q] -- NAME
//
// As a daemon it loads the modules for all devices that are present, and then those
// for each device that appears; see package hotplug, which does the work. On SIGHUP it
// reads the policy and modprobe.d again and serves all devices according to them; after
// a mistake in the policy it says so and keeps the old one. SIGTERM and SIGINT end it.
// If the running kernel has no module directory, or that has no indexes, the program
// says so and ends at once. -h lists the options.
//
// As the kernel's helper (echo /sbin/ondemand > /proc/sys/kernel/modprobe) it is called
// with "-q -- NAME" when the kernel needs a file system, a protocol, an algorithm and the
// like. It loads the modules of NAME, as far as the policy allows; the exit status is
// modprobe's. -q keeps it from saying why.
//
// The policy has one rule a line; "#" begins a comment. Patterns are shell patterns in
// which "*" also matches "/"; dashes count as underscores in names and aliases.
//
//	deny alias usb:*            devices to ignore, by what they call themselves
//	allow module usb_storage    modules by name
//	deny path kernel/drivers/media/*   and by file, below the module directory
//	default allow               all other modules; also "default deny"
//
// The first rule that matches counts. A module is not loaded unless everything that it
// needs is allowed. A mistake in the file ends the program at its start. Blacklists and
// everything else in modprobe.d(5) apply as well.
package main
