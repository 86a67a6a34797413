package modconf

// words makes lists of words without an allocation for each list.
type words struct {
	list []string // the list being made
	free []string // memory for finished lists
}

// wordsAtOnce is how many words are allocated at once.
const wordsAtOnce = 128

func (w *words) add(word string) { w.list = append(w.list, word) }

// finish returns the list, nil if it is empty, and starts a new one.
func (w *words) finish() []string {
	n := len(w.list)
	if n == 0 {
		return nil
	}
	if n > len(w.free) {
		w.free = make([]string, max(n, wordsAtOnce))
	}
	list := w.free[:n:n]
	copy(list, w.list)
	w.free, w.list = w.free[n:], w.list[:0]
	return list
}

// addSoftdep takes the rest of a softdep line.
func (r *reader) addSoftdep(module, rest string, at Origin) {
	var list *words
	for {
		var word string
		switch word, rest = cutField(rest); {
		case word == "":
			r.config.Softdeps = append(r.config.Softdeps, Softdep{module, r.pre.finish(), r.post.finish(), at})
			return
		case word == "pre:":
			list = &r.pre
		case word == "post:":
			list = &r.post
		case list != nil:
			list.add(word)
		}
	}
}

// addWeakdep takes the rest of a weakdep line. It reports false if that lists
// nothing.
func (r *reader) addWeakdep(module, rest string, at Origin) bool {
	for {
		var word string
		if word, rest = cutField(rest); word == "" {
			break
		}
		r.pre.add(word)
	}
	modules := r.pre.finish()
	if modules == nil {
		return false
	}
	r.config.Weakdeps = append(r.config.Weakdeps, Weakdep{module, modules, at})
	return true
}
