package modfile

// Room is where files are unpacked: it bounds how many are at the same time, as that
// takes a processor and memory. It is safe for concurrent use; nil has no bound.
type Room struct{ places chan struct{} }

// NewRoom makes a room in which n files can be unpacked at a time.
func NewRoom(n int) *Room { return &Room{make(chan struct{}, n)} }

// enter takes a place, and waits until there is one.
func (r *Room) enter() {
	if r != nil {
		r.places <- struct{}{}
	}
}

func (r *Room) leave() {
	if r != nil {
		<-r.places
	}
}

// Within makes the file wait for a place in the room before it is unpacked by Image or
// Content. A small image leaves the place to others once it is there, however long it
// is used. A large one keeps it until Close, so that images of more than 16 MB do not
// add up: there are as many as the room has places.
func (f *File) Within(r *Room) { f.room = r }

// enter takes the file's place, unless it has one.
func (f *File) enter() {
	if !f.inside {
		f.room.enter()
		f.inside = true
	}
}

// settle gives the file's place up unless it keeps an image of that size.
func (f *File) settle(size int) {
	if size <= maxPooled {
		f.leave()
	}
}

func (f *File) leave() {
	if f.inside {
		f.inside = false
		f.room.leave()
	}
}
