package db

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
)

// busy holds the goroutines that are within a transaction, in tests only.
var busy sync.Map

// alone watches, in tests, that nobody begins a transaction within another: it
// would wait for a second connection while it holds one, and a house whose
// connections are all held by such would stand still for good.
func alone() (leave func()) {
	if !testing.Testing() {
		return func() {}
	}
	var stack [64]byte
	fields := bytes.Fields(stack[:runtime.Stack(stack[:], false)]) // goroutine 7 [running]: …
	id := string(fields[1])
	if _, within := busy.LoadOrStore(id, true); within {
		panic("db: a transaction is begun within another; pass the first one on")
	}
	return func() { busy.Delete(id) }
}
