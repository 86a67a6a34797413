package index

// Get returns the first value of the key, the one with the lowest priority. The
// key is compared byte by byte: a pattern is found only by its own text. If
// there is no such key, ok is false and err is nil; err is a [CorruptError].
func (r *Reader) Get(key string) (value string, priority uint32, ok bool, err error) {
	v, err := r.find(key)
	if err != nil || v.left == 0 {
		return "", 0, false, err
	}
	text, priority, err := v.next()
	if err != nil {
		return "", 0, false, err
	}
	return string(text), priority, true, nil
}

// Values appends to dst all values of the key, in ascending order of priority,
// and returns the extended slice. The key is compared as in [Reader.Get]. On an
// error, a [CorruptError], dst is returned unchanged.
func (r *Reader) Values(dst []Entry, key string) ([]Entry, error) {
	v, err := r.find(key)
	if err != nil {
		return dst, err
	}
	start := len(dst)
	for v.left > 0 {
		text, priority, err := v.next()
		if err != nil {
			return dst[:start], err
		}
		dst = append(dst, Entry{Key: key, Value: string(text), Priority: priority})
	}
	return dst, nil
}

// find returns the values of the key, none if there is no such key.
func (r *Reader) find(key string) (values, error) {
	if len(key) > MaxKey {
		return values{}, nil
	}
	ref := r.root
	for {
		n, err := r.node(ref)
		if err != nil {
			return values{}, err
		}
		k := len(n.prefix)
		if len(key) < k || key[:k] != string(n.prefix) {
			return values{}, nil
		}
		if len(key) == k {
			if n.values == 0 {
				return values{}, nil
			}
			return r.valuesAt(n.values)
		}
		if ref = r.child(&n, key[k]); ref == 0 {
			return values{}, nil
		}
		key = key[k+1:]
	}
}
