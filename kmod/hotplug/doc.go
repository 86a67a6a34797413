// Package hotplug is the engine of a daemon that loads drivers as devices appear. It
// takes the place of udev's handling of modules:
//
//	engine := hotplug.New(&hotplug.Config{
//		Run:    kmod.RunOptions{Done: func(r *kmod.StepResult) { fmt.Println(r.Step.Module.Name, r.Outcome) }},
//		Failed: func(f *hotplug.Failure) { fmt.Println(f.Err) },
//		Error:  func(err error) { fmt.Println(err) },
//	})
//	err := engine.Run(ctx) // until the context ends, such as that of signal.NotifyContext
//
// The example is a daemon with a policy, on a kernel in memory; examples/ondemand has a
// policy file, metrics and a log as well.
//
// # What it does
//
// It listens to events first, and then serves all devices that are present: it loads the
// modules for their modaliases, as [kmod.Loader.Coldplug] does, in one plan. After that
// it serves the devices that come, those that come together in one batch, several batches
// at a time. What a device is served for is any event with a modalias but those that say
// that it goes, or that a driver has taken or left it.
//
// Lost events: all devices that are present are served again, though not more often than
// once in Retry.Min.
//
// New indexes: before each batch the engine looks whether depmod(8) has written indexes.
// Then it opens a new loader, forgets what failed, and serves all devices again, as what
// had no module may have one now. [Engine.Reload] does the same after changes of the
// configuration, which it does not see by itself, and [Engine.Refresh] looks without
// waiting for a batch. A machine that has no modules yet can be waited for:
// Config.Patient.
//
// Failures: a module that failed is tried again after pauses that grow, for the device
// that it was to be loaded for, and not at each event of that device. One that found no
// device to drive (ENODEV), and one that failed too often, is tried again only when a
// device with the same modalias comes, and never before the pause is over. One that a
// policy forbids, or that needs a command without there being a function to run it, is
// not tried again before the loader is a new one. The last 4,096 failures are remembered.
//
// The end: when the context ends, no further module is begun, and those in progress are
// waited for as long as Config.Grace says. No context can interrupt an init function.
//
// # Bad sources
//
// A source of events that fails, or ends, is started anew after pauses that grow, and all
// devices are served each time: devices are found even if it never works. Only one whose
// error wraps errors.ErrUnsupported ends [Engine.Run].
//
// A source that has more events than can be served costs bounded memory: of 16,384
// modaliases or 4 MiB of them that wait none is kept, and all devices that are present are
// served instead, which finds those that matter. Neither that nor a module whose init
// function does not end keeps other devices from being served, as long as Config.Parallel
// batches are not held up.
//
// A source that blocks delays nothing but its own events. One that does not end with its
// context keeps Run from returning for Config.Grace, no longer; its goroutine stays until
// it returns.
//
// Where no events can come, as in a network namespace that belongs to a user namespace of
// its own (uevent.ErrDeaf), all devices are served every 30 s; see Config.Rescan. A module
// that found no device to drive is not tried again for that.
//
// # Readiness
//
// [Engine.Ready] says what keeps an engine from its work: the answer for a probe of a
// service manager or a cluster.
//
// # Waiting
//
// [WaitDevice] waits for a device node, [WaitModule] for a module to be live, and [Wait]
// for anything that comes with an event.
//
// # Tests
//
// Everything comes from the configuration, and time passes only by package time: programs
// that use an engine can be tested with the kernel of package kmodtest, in a bubble of
// testing/synctest.
package hotplug
