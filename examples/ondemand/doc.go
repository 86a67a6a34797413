// Command ondemand loads drivers as devices appear. It replaces udev's handling
// of modules, and modprobe as the kernel's helper.
//
//	ondemand [-config FILE] [-root DIR] [-metrics FILE] [-listen ADDRESS] [-rescan DURATION]
//	         [-grace DURATION] [-json] [-v] [-n] [-once]
//	ondemand [-q] -- NAME
//
// As a daemon it loads the modules for all devices that are present, and then those
// for each device that appears; see package hotplug, which does the work. SIGTERM and
// SIGINT end it: it waits for modules that are being inserted as long as -grace says.
// (What the kernel does not interrupt goes on all the same, and keeps the process from
// vanishing until it is over.) If the running kernel has no module directory, or that has
// no indexes, the program says so and ends at once, unless it listens. -h lists the options.
//
// As the kernel's helper (echo /sbin/ondemand > /proc/sys/kernel/modprobe) it is called
// with "-q -- NAME" when the kernel needs a file system, a protocol, an algorithm and the
// like. It loads the modules of NAME, as far as the policy allows; the exit status is
// modprobe's. -q keeps it from saying why.
//
// # Policy
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
// needs is allowed. Blacklists and everything else in modprobe.d(5) apply as well.
//
// A mistake in the file ends the program at its start. Later the daemon looks every two
// seconds whether the file has changed, or another one has taken its place, as when a
// ConfigMap is mounted; it follows one that stays the same for that long. On SIGHUP it
// reads the policy at once, and modprobe.d too. Each time it serves all devices again.
// After a mistake it keeps the old policy, says so in the log with the file and the line,
// and is not ready until that is mended. So it is after the policy has vanished; but after
// SIGHUP, without -config, no file means that everything is allowed.
//
// # Listening
//
// With -listen, HOST:PORT or unix:PATH, the daemon answers GET and HEAD:
//
//	/healthz   200 as long as it runs
//	/readyz    200 if it is ready, otherwise 503 and the reasons, one a line
//	/metrics   the numbers of -metrics, for Prometheus
//	/state     JSON: what became of modules and devices
//
// It is ready when it listens to events that can come, may load modules, has opened the
// newest indexes and served all devices that were present once, and the policy is that of
// the file. Each of these may stop to be so later: indexes that are gone are noticed within
// two seconds, and so are those that come. So with -listen a node that has no modules yet
// is waited for.
//
// /state lists the modules that the daemon loaded and that are still there (live), those
// that could not be loaded (failed), those that the policy or a blacklist keeps out
// (denied), and the devices that the policy ignores (ignored): with the file, the device or
// module that each is for, the rule and its line, the error, and how often. Each list keeps
// the 1,024 entries that came last, and each text 1,024 bytes; "dropped" counts the others.
// A new policy and new indexes begin the last three lists anew.
//
// At most 64 connections are served at a time, each for one request of a few seconds, and
// there is no password: give the address of an interface that only those reach who may
// know what the machine has. A socket file gets the rights that the umask leaves; one that
// a killed daemon left is replaced. A second daemon with the same address says that it is
// in use, and ends with status 1. Without an address in common two daemons do no harm: a
// module is loaded by one of them and is there for the other, and -metrics files are
// replaced as a whole.
//
// # Metrics
//
// The names begin with "ondemand_": modules_loaded_total; module_load_seconds,
// module_failures_total and module_denied_total with the label module; resyncs_total (how
// often all devices were served) and batches_total (those of some events); events_total,
// events_foreign_total (which the kernel did not send), events_malformed_total and
// event_gaps_total (how often some were lost).
//
// # Containers
//
// The program is static when built with CGO_ENABLED=0, and needs no other file: a root
// file system that is read-only, no /dev, no privileges but the capability CAP_SYS_MODULE
// of the initial user namespace, as user 0. With "-root /host" the modules come from
// /host/lib/modules (or /host/usr/lib/modules) and the configuration from the modprobe.d
// directories below /host, of which those that matter can be mounted read-only. /proc and
// /sys are those that container runtimes mount; where there are none, /host/proc and
// /host/sys are used. Install lines of modprobe.d need a shell in the container: without
// one the modules that have such lines count as failed.
//
// Events come in the host's network namespace, and in others that belong to the initial
// user namespace, as those of most containers do. In a container with a user namespace of
// its own no events come and no modules can be loaded. Where only the network namespace
// belongs to another user namespace the daemon says so, is not ready, and serves all
// devices every 30 seconds, or as -rescan says.
package main
