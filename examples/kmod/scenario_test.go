//go:build linux

package main

// guestConfig is configuration that kmod 30 understands correctly.
const guestConfig = `
options dummy numdummies=3
alias chosen dummy
alias both nls_utf8
alias both nls_cp437
options chosen numdummies=4
blacklist nls_utf8
softdep nls_cp437 pre: nls_utf8 post: dummy
softdep vcan pre: dummy post: nls_cp437
install bonding echo installing $MODPROBE_MODULE with $CMDLINE_OPTS, $MODPROBE_OPTIONS
remove bonding echo removing $MODPROBE_MODULE with $CMDLINE_OPTS, $MODPROBE_OPTIONS
install nls_ascii modprobe -i nls_ascii $CMDLINE_OPTS && modprobe dummy && echo loaded $MODPROBE_MODULE
remove nls_ascii modprobe -r dummy && modprobe -r --ignore-remove nls_ascii && echo gone
install wrong exit 3
remove wrong exit 4
remove loop echo not removing loop; exit 1
`

// scenario is a list of commands that leaves the kernel as it was. PATH/NAME
// stands for the file of a module; of a command after "~", only its effects
// matter. "hold" starts to use can_raw, and "release MS" ends that some time
// later. Omitted is what kmod 30 does wrong:
//
//   - rmmod of a built-in: it says that unloading is not supported;
//   - --remove-holders: it removes a module twice that the holder's removal has
//     left unused, and fails;
//   - -w: when the time is over, it reports success;
//   - -n -r of soft dependencies in common: it lists them twice.
const scenario = `
lsmod
insmod PATH/dummy numdummies=2
lsmod
insmod PATH/dummy
rmmod dummy
rmmod dummy
insmod /tmp/absent.ko
insmod PATH/xfs
modprobe dummy numdummies=3
modprobe dummy
modprobe --first-time dummy
modprobe -v dummy
modprobe -r dummy
modprobe -r dummy
modprobe -r --first-time dummy
modprobe -v loop max_loop=5 max_part=2
modprobe -n -v loop
modprobe -R fs-xfs
modprobe crc32c_generic
modprobe xfs
lsmod
rmmod libcrc32c
rmmod xfs nosuch
modprobe xfs
modprobe -n -v -r xfs
modprobe -r -v xfs
modprobe -r loop
lsmod
modprobe nosuch
modprobe -q nosuch
modprobe -r nosuch
modprobe -a dummy loop nosuch
lsmod
rmmod -v dummy loop
modprobe -r crc32c_generic
modprobe -r kernel
lsmod
modprobe -v dummy
modprobe -r dummy
modprobe -v chosen
modprobe -rv chosen
modprobe -v chosen numdummies=1
modprobe -rv dummy
modprobe -v both
modprobe -v nls_utf8
modprobe -bv nls_utf8
lsmod
modprobe -rv both
lsmod
modprobe -v nls_cp437
lsmod
modprobe -n -rv nls_cp437
modprobe -rv nls_cp437
lsmod
modprobe -v vcan
lsmod
modprobe -rv vcan
lsmod
modprobe vcan
modprobe -rv can_dev
modprobe -rv nls_utf8
lsmod
modprobe -r vcan nls_cp437 dummy
lsmod
modprobe vcan
modprobe -r -a nosuch dummy wrong vcan
lsmod
modprobe -a nls_cp437 dummy nosuch xfs
modprobe -a -b nls_utf8 vcan
lsmod
~ modprobe -r --remove-holders libcrc32c
lsmod
modprobe -a xfs loop
modprobe -r libcrc32c
modprobe -rv libcrc32c
modprobe -r -a libcrc32c xfs
modprobe -rv loop
modprobe -rvi loop
lsmod
modprobe -r -a vcan nls_cp437 nls_utf8 dummy
lsmod
modprobe bonding
modprobe bonding mode=1
modprobe -nv bonding mode=1
modprobe -rv bonding
modprobe -i bonding
lsmod
modprobe bonding
modprobe --first-time bonding
modprobe -D bonding
modprobe -rvi bonding
lsmod
modprobe -rv --first-time bonding
modprobe -rvi --first-time bonding
modprobe -q nls_ascii
lsmod
modprobe -n -v nls_ascii
modprobe -r nls_ascii
lsmod
MODPROBE_OPTIONS=-v modprobe dummy
MODPROBE_OPTIONS=-q modprobe nls_ascii
MODPROBE_OPTIONS=-r modprobe nls_ascii
MODPROBE_OPTIONS=-q modprobe nosuch
MODPROBE_OPTIONS=-nv modprobe dummy
lsmod
modprobe wrong
modprobe -r wrong
modprobe -q wrong
modprobe -rq wrong
modprobe -a wrong dummy
modprobe -r dummy
modprobe -a --first-time dummy dummy
modprobe -ra --first-time dummy dummy
modprobe -a can_raw can_bcm can_gw
lsmod
rmmod can
modprobe -r can
modprobe -ra can_gw can_bcm can_raw
lsmod
modprobe can_raw
hold
modprobe -r can_raw
modprobe -rv can_raw
modprobe -rvf can_raw
modprobe -rnv can_raw
modprobe -r can
modprobe -r --remove-holders can
lsmod
release 50
modprobe -rv -w 20000 can_raw
lsmod
modprobe -ra can_raw can crc32c_generic
`
