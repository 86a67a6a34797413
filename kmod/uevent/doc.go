// Package uevent tells which devices a Linux machine has: [Present] lists those that
// are there, and a [Listener] hears of those that come and go. A device says by its
// modalias what it needs a module for; kmod.DB.Lookup finds modules by it.
//
//	listener, err := uevent.Listen(nil)
//	if err != nil {
//		return err
//	}
//	defer listener.Close()
//	for event, err := range listener.Events(ctx) {
//		switch {
//		case errors.Is(err, uevent.ErrGap):
//			fmt.Println("events were lost: time to go through uevent.Present(nil) again")
//		case errors.Is(err, uevent.ErrDeaf):
//			fmt.Println("no events can come here:", err)
//		case err != nil:
//			return err
//		case event.Action == uevent.Add && event.Modalias != "":
//			fmt.Println(event.Devpath, "needs a module for", event.Modalias)
//		}
//	}
//
// A program that wants every device begins to listen first and goes through
// [Present] then, so that it misses none that appears in between; it may see a
// device twice that way. The example of [Listener.Events] does so, and loads
// modules with kmod.Loader.Coldplug. For most devices there is no module: that is
// an error of kmod.Loader.Load, but not of Coldplug.
//
// # Events
//
// The kernel multicasts a message for each change of its objects: netlink(7),
// family NETLINK_KOBJECT_UEVENT, group 1. A message is a header, ACTION@DEVPATH,
// and the variables KEY=VALUE, with a NUL byte after each of them:
//
//	add@/devices/pci0000:00/0000:00:03.0␀ACTION=add␀DEVPATH=/devices/pci0000:00/0000:00:03.0␀
//	SUBSYSTEM=pci␀PCI_CLASS=20000␀…␀MODALIAS=virtio:d00000001v00001AF4␀SEQNUM=1234␀
//
// [Parse] reads one. A Listener takes only messages that the kernel itself sent, by
// the address and the credentials of the sender: a privileged process can send to
// the same group too, or have the kernel send a message for it. When the receive
// buffer is full the kernel drops messages, which the listener reports as [ErrGap].
//
// A listener hears the events of the network namespace in which it was made. Those of
// network devices go to the namespace that has the device, those of all other devices
// to every namespace that belongs to the initial user namespace (before Linux 4.18 to
// all). A program in a container hears them with the host's network and with one of the
// container's own, but not where that came with a user namespace of its own: there a
// listener reports [ErrDeaf].
//
// # Trust
//
// Some of what is read here comes from devices: the strings of a USB stick are its
// maker's. The modalias, and every other field of [Event] but Env, holds printable
// ASCII only; messages and devices with anything else there are skipped. The
// variables in Env may hold any byte but NUL.
//
// A process that may administer the network namespace can make the kernel send
// events of its choice; only the number of the sending process tells these from
// the kernel's own. A listener in a PID namespace of its own does not see the
// numbers of processes outside, and takes their events for the kernel's; such
// processes have all power over its container anyway.
package uevent
