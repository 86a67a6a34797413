#!/bin/sh
# Tells the host what the system is like after its start, and what some requests do.
. /usr/local/lib/test/library.sh

actions() {
	section actions
	# systemd asks for a module.
	act systemctl start modprobe@dummy.service
	# The kernel asks for a file system, protocols, and the driver of a static node.
	act unshare -m mount -t overlay -o lowerdir=/etc:/usr overlay /mnt
	act perl -e 'socket(my $s, 29, 3, 1) or die $!'
	act sh -c ': </dev/ppp'
	act sh -c ': </dev/uinput'
	# An administrator asks.
	act modprobe -v msdos
	act modprobe -r -v msdos
	act modprobe no_such_module
	act modinfo -F filename squashfs
	act insmod /no/such/file.ko
	act rmmod no_such_module
	mini=/tmp/mini/lib/modules/$(uname -r)
	mkdir -p "$mini/kernel/net"
	cp -r "/lib/modules/$(uname -r)/kernel/net/can" "$mini/kernel/net/"
	cp "/lib/modules/$(uname -r)/modules.builtin" "/lib/modules/$(uname -r)/modules.builtin.modinfo" "$mini/"
	(cd "$mini" && find kernel -name '*.ko*' | sort >modules.order)
	act depmod -b /tmp/mini "$(uname -r)"
	(cd "$mini" && sort modules.dep modules.alias modules.softdep)
	udevadm settle
}

units() {
	section units
	systemctl list-units --all --plain --full --no-legend --no-pager
}

nodes() {
	section nodes
	find /dev -xdev ! -type l -exec stat -c '%n %F %a %U:%G %t:%T' {} + | sort
	find /dev -xdev -type l -printf '%p -> %l\n' | sort
}

modules() {
	section modules
	cat /proc/modules
	section taints
	grep -H '' /sys/module/*/taint
}

journal() {
	section journal
	journalctl --boot --no-pager --no-hostname --output short-monotonic --priority warning
}

# calls lists the programs that were started from the beginning of the initial RAM disk.
calls() {
	section calls
	sed -n 's/.*sched_process_exec: filename=\([^ ]*\).*/\1/p' /sys/kernel/tracing/trace
}

# service starts our daemon as a service, which loads the driver of a device again, and
# stops it.
service() {
	section service
	modprobe -r virtio_rng
	systemctl start ondemand.service
	await /sys/bus/virtio/drivers/virtio_rng/virtio* && echo loaded
	systemctl is-active ondemand.service
	systemctl reload ondemand.service && echo reloaded
	systemctl stop ondemand.service
	systemctl show -p Result -p NRestarts -p ActiveState ondemand.service
	journalctl -u ondemand.service -p warning -o cat --no-pager
}

report() {
	section state
	systemctl is-system-running --wait
	await_devices
	udevadm settle
	section helper
	cat /proc/sys/kernel/modprobe
	actions
	calls
	nodes
	modules
	drivers
	journal
	units # after all that is compared: systemd learns of devices after udev
	service
	section end
}

report >/run/report 2>&1
send /run/report
systemctl poweroff --force --force
