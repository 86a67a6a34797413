// Command rootinit is the /sbin/init of the disk that the tests boot to. It
// reports that it runs, and its root, and turns the machine off.
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

func main() {
	mounts, err := os.ReadFile("/proc/mounts")
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[1] == "/" {
			fmt.Printf("rootinit: the root file system is %s on %s\n", fields[2], fields[0])
		}
	}
	fmt.Println("rootinit: here we are", err)
	syscall.Sync()
	fmt.Println(syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF))
}
