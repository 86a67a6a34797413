// Package uevent tells which devices a Linux machine has: those that are there,
// and those that come and go. What a device needs a module for stands in its
// modalias, which kmod.DB.Lookup takes.
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
//		case err != nil:
//			return err
//		case event.Action == uevent.Add && event.Modalias != "":
//			fmt.Println(event.Devpath, "needs a module for", event.Modalias)
//		}
//	}
//
// A program that wants every device begins to listen first and goes through
// [Present] then, so that it misses none that appears in between; a device may
// come twice that way. The example of [Listener.Events] does so, and loads the
// modules with a kmod.Loader: by kmod.Loader.Coldplug, which does not take it for
// an error that no module knows a device, as is the case for most of them, while
// kmod.Loader.Load does.
//
// # Events
//
// The kernel multicasts a message for each change of its objects: netlink(7),
// family NETLINK_KOBJECT_UEVENT, group 1. A message is a header, ACTION@DEVPATH,
// and the variables KEY=VALUE, each with a NUL byte behind it:
//
//	add@/devices/pci0000:00/0000:00:03.0␀ACTION=add␀DEVPATH=/devices/pci0000:00/0000:00:03.0␀
//	SUBSYSTEM=pci␀PCI_CLASS=20000␀…␀MODALIAS=virtio:d00000001v00001AF4␀SEQNUM=1234␀
//
// [Parse] reads one. A [Listener] takes only those that the kernel itself sent,
// by the address and the credentials of the sender: a process with the privilege
// can send to the same group, or have the kernel send a message for it. The
// kernel throws messages away when the receive buffer is full,
// which the listener reports as [ErrGap].
//
// Events are heard in the network namespace in which the listener was made, and
// the kernel tells those of devices only to namespaces that belong to the
// initial user namespace: a container needs the host's network, or to be one
// with privileges.
//
// # Trust
//
// Devices make parts of what is read here: the strings of a USB stick are its
// maker's. A modalias is printable ASCII and nothing else, as is all else that
// [Event] has in fields of its own; messages and devices with another one are
// passed over. The variables in Event.Env can have any bytes but NUL.
//
// A process that may administer the network namespace can have events sent that
// are told from the kernel's only by its process number. A listener in a PID
// namespace of its own does not see those of processes outside, and takes what
// they have sent for the kernel's; they have all the power over it anyway.
package uevent
