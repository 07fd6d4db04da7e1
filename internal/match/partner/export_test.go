package partner

// Rows returns how many kinds' rows are remembered.
func (f *Finder) Rows() int {
	f.rows.mu.RLock()
	defer f.rows.mu.RUnlock()
	return len(f.rows.m)
}
