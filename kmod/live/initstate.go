package live

// Initstate is the state of a module in the kernel, as in
// /sys/module/NAME/initstate and /proc/modules.
type Initstate uint8

// The states of a loaded module.
const (
	StateLive   Initstate = iota + 1 // ready
	StateComing                      // its init function runs
	StateGoing                       // its exit function runs
)

func (s Initstate) String() string {
	switch s {
	case StateLive:
		return "live"
	case StateComing:
		return "coming"
	case StateGoing:
		return "going"
	}
	return "unknown"
}

// parseInitstate reads the words of sysfs and of /proc/modules.
func parseInitstate(word string) Initstate {
	switch word {
	case "live", "Live":
		return StateLive
	case "coming", "Loading":
		return StateComing
	case "going", "Unloading":
		return StateGoing
	}
	return 0
}
