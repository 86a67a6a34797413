package uevent

// Event is a message of the kernel: something happened to one of its objects, such
// as a device.
type Event struct {
	// Action is what happened, such as Add.
	Action string

	// Devpath is the object's directory below the top of sysfs, with a slash
	// before it: "/devices/…" for a device.
	Devpath string

	// Subsystem is the bus or the class that the object belongs to, such as
	// "pci" or "block".
	Subsystem string

	// Modalias is what the device calls itself, by which kmod.DB.Lookup finds a
	// module; "" for most events.
	Modalias string

	// Seqnum counts the kernel's events. Not every listener gets all of them:
	// a missing number does not mean that an event was lost.
	Seqnum uint64

	// Env holds all variables of the message in order, those above included.
	Env []Variable
}

// Variable is a KEY=VALUE of an event.
type Variable struct {
	Key, Value string
}

// The actions of events.
const (
	Add     = "add"     // the object has come
	Remove  = "remove"  // the object has gone
	Change  = "change"  // its state has changed, or somebody asked for the event
	Move    = "move"    // it has another name or place
	Online  = "online"  // it can be used
	Offline = "offline" // it cannot be used any more
	Bind    = "bind"    // a driver has taken the device
	Unbind  = "unbind"  // the driver has let go of the device
)

// Get returns the value of a variable, the first one of that key.
func (e *Event) Get(key string) (value string, ok bool) {
	for i := range e.Env {
		if e.Env[i].Key == key {
			return e.Env[i].Value, true
		}
	}
	return "", false
}
