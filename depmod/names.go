package depmod

// names numbers the symbol names that one reader of modules meets, each name
// kept once: a tree names some twenty thousand symbols two hundred thousand
// times.
type names struct {
	ids  map[string]uint32
	list []string
}

func newNames() *names { return &names{ids: map[string]uint32{}} }

// id returns the number of a name. It keeps no reference to b.
func (n *names) id(b []byte) uint32 {
	if id, known := n.ids[string(b)]; known {
		return id
	}
	id := uint32(len(n.list))
	name := string(b)
	n.list = append(n.list, name)
	n.ids[name] = id
	return id
}
