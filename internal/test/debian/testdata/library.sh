# Functions of the scripts that say what a guest is like.

section() { echo "== $1"; }

# act runs a command and tells its outcome.
act() {
	printf '$ %s\n' "$*"
	"$@" 2>&1
	echo "status $?"
}

# await waits, at most a minute, until there is a file for each of the patterns. USB
# devices appear some time after the driver of their host controller was loaded.
await() {
	tries=0
	for pattern; do
		until set -- $pattern && [ -e "$1" ]; do
			tries=$((tries + 1))
			if [ $tries -gt 300 ]; then
				echo "there is no $pattern"
				return 1
			fi
			sleep 0.2
		done
	done
}

# What the drivers of the guest's disks and cards have made when all are there.
await_devices() {
	await '/sys/bus/scsi/drivers/sd/[0-9]*' '/sys/bus/virtio/drivers/virtio_net/virtio*' \
		'/sys/bus/virtio/drivers/virtio_rng/virtio*' '/sys/class/block/nvme0n1' '/sys/class/input/event[1-9]*'
}

# drivers lists the devices that have a driver.
drivers() {
	section drivers
	for link in /sys/bus/*/devices/*/driver; do
		[ -e "$link" ] || continue
		device=${link%/driver}
		bus=${device#/sys/bus/}
		echo "${bus%%/*} ${device##*/} $(readlink "$link" | sed 's,.*/,,')"
	done
}

# send brings a file to the host.
send() {
	stty -F /dev/ttyS2 raw -echo
	cat "$1" >/dev/ttyS2
}
