package pdf

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

// The compiler was built for a browser: it holds numbers that stand for
// JavaScript values, and imports functions that act on them. These are the few
// kinds of values it really uses; a string is a string, a number a float64,
// null is nil.
type (
	undefined struct{}
	octets    []byte // an Uint8Array
	failure   string // an Error
	pointer   uint32 // an object of the compiler's own, by where it lies
	array     struct{ items []any }
	object    struct{ fields map[string]any }
	function  func(ctx context.Context, arg any) error

	// A closure is a function of the compiler, by its two words.
	closure struct {
		a, b uint64
		held int
	}
	promise struct {
		settled, kept bool
		value         any
		then          []any
	}
)

// The first values stand at fixed numbers; those the compiler makes come after.
const (
	firstFixed = 128 // undefined, null, true, false
	firstFree  = 132
)

// values are those an instance holds, by their numbers.
type values struct {
	module  api.Module
	slots   []any
	free    []uint32
	waiting []func(ctx context.Context) error // what a browser would run next
}

func newValues() *values {
	v := &values{slots: make([]any, firstFixed, 1024)}
	v.slots = append(v.slots, undefined{}, nil, true, false)
	return v
}

// add gives a value a number.
func (v *values) add(value any) uint64 {
	if n := len(v.free); n > 0 {
		at := v.free[n-1]
		v.free = v.free[:n-1]
		v.slots[at] = value
		return uint64(at)
	}
	v.slots = append(v.slots, value)
	return uint64(len(v.slots) - 1)
}

// at returns a value by its number.
func (v *values) at(number uint64) any { return v.slots[uint32(number)] }

// drop frees the number of a value.
func (v *values) drop(number uint64) {
	if at := uint32(number); at >= firstFree {
		v.slots[at] = nil
		v.free = append(v.free, at)
	}
}

// take returns a value and frees its number.
func (v *values) take(number uint32) (any, error) {
	if int(number) >= len(v.slots) {
		return nil, fmt.Errorf("the compiler names the value %d, which it was not given", number)
	}
	value := v.slots[number]
	v.drop(uint64(number))
	return value, nil
}

// call calls a function that the compiler exports.
func (v *values) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	f := v.module.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("the compiler has no function %s: it is of another release", name)
	}
	result, err := f.Call(ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if len(result) == 0 {
		return 0, nil
	}
	return result[0], nil
}

// pass copies bytes into memory that the compiler then owns.
func (v *values) pass(ctx context.Context, text []byte) (span, error) {
	const align = 1
	at, err := v.call(ctx, "__wbindgen_export", uint64(len(text)), align)
	if err != nil {
		return span{}, err
	}
	if !v.module.Memory().Write(uint32(at), text) {
		return span{}, fmt.Errorf("the compiler gave no room for %d bytes", len(text))
	}
	return span{at, uint64(len(text))}, nil
}

// memory returns a piece of the compiler's memory; it panics out of it, which
// the call that led there returns as an error.
func (v *values) memory(at, size uint64) []byte {
	b, ok := v.module.Memory().Read(uint32(at), uint32(size))
	if !ok {
		panic(fmt.Sprintf("%d bytes at %d are out of the compiler's memory", size, at))
	}
	return b
}

// text returns a string of the compiler's memory.
func (v *values) text(at, size uint64) string { return string(v.memory(at, size)) }

// word reads a number of 32 bits.
func (v *values) word(at uint32) (uint32, error) {
	n, ok := v.module.Memory().ReadUint32Le(at)
	if !ok {
		return 0, fmt.Errorf("the word at %d is out of the compiler's memory", at)
	}
	return n, nil
}

// invoke calls a function among the values.
func (v *values) invoke(ctx context.Context, f, arg any) error {
	switch f := f.(type) {
	case function:
		return f(ctx, arg)
	case *closure:
		// The first word is put away while the closure runs, so that it cannot
		// be let go under itself.
		a := f.a
		f.held, f.a = f.held+1, 0
		_, err := v.call(ctx, "__wasm_bindgen_func_elem_944", a, f.b, v.add(arg))
		f.a = a
		if err != nil {
			return err
		}
		return v.release(ctx, f)
	}
	return fmt.Errorf("%s is called and is no function", describe(f))
}

// release lets a closure go when nobody holds it any more.
func (v *values) release(ctx context.Context, f *closure) error {
	if f.held--; f.held > 0 {
		return nil
	}
	a := f.a
	f.a = 0
	_, err := v.call(ctx, "__wasm_bindgen_func_elem_957", a, f.b)
	return err
}

// newPromise makes a promise and hands its two ends to the compiler.
func (v *values) newPromise(ctx context.Context, a, b uint64) (*promise, error) {
	p := new(promise)
	end := func(kept bool) function {
		return func(_ context.Context, value any) error { v.settle(p, kept, value); return nil }
	}
	_, err := v.call(ctx, "__wasm_bindgen_func_elem_37350", a, b, v.add(end(true)), v.add(end(false)))
	return p, err
}

// settle keeps a promise or breaks it.
func (v *values) settle(p *promise, kept bool, value any) {
	if p.settled {
		return
	}
	p.settled, p.kept, p.value = true, kept, value
	v.announce(p)
}

// announce has those told who wait for a promise that is kept.
func (v *values) announce(p *promise) {
	if !p.settled || !p.kept {
		return
	}
	for _, f := range p.then {
		v.waiting = append(v.waiting, func(ctx context.Context) error { return v.invoke(ctx, f, p.value) })
	}
	p.then = nil
}

// runWaiting runs what is waiting, and what that brings.
func (v *values) runWaiting(ctx context.Context) error {
	for len(v.waiting) > 0 {
		f := v.waiting[0]
		v.waiting = v.waiting[1:]
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// describe says what a value is, for a message.
func describe(value any) string {
	switch value := value.(type) {
	case failure:
		return string(value)
	case string:
		return value
	case nil:
		return "null"
	case *object:
		if text, err := json.Marshal(value.fields); err == nil {
			return string(text)
		}
	}
	return fmt.Sprintf("%T %v", value, value)
}
