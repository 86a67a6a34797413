package fileset

// replacePlainly renames the new files into place one after the other. It is
// used without links or locks.
func (r *run) replacePlainly(files []File) (State, error) {
	state := Old
	for _, f := range files {
		if err := r.rename(r.in(newSet, f.Name), f.Name); err != nil {
			r.removeAll(r.name)
			return state, named(f.Name, err)
		}
		state = Mixed
	}
	return New, r.dispose()
}
