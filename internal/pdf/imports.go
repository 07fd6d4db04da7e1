package pdf

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// A handler is a function the compiler imports: s has its arguments and takes
// its result.
type handler func(ctx context.Context, v *values, s []uint64)

// imported returns the function the compiler imports under a name. Of the 76
// it names, those it does not use on our way are given all the same, and
// refuse when they are called.
func imported(name string, f api.FunctionDefinition) api.GoFunc {
	h := handlers[meaning(name)]
	if h == nil {
		h = func(context.Context, *values, []uint64) {
			panic("the compiler asks for " + name + ", which the house does not have")
		}
	}
	params, results := f.ParamTypes(), len(f.ResultTypes())
	return func(ctx context.Context, stack []uint64) {
		v, ok := ctx.Value(instanceKey{}).(*values)
		if !ok {
			panic("the compiler is called out of an instance")
		}
		s := make([]uint64, max(len(params), results))
		for i, t := range params {
			s[i] = stack[i]
			if t == api.ValueTypeI32 {
				s[i] = uint64(uint32(stack[i]))
			}
		}
		h(ctx, v, s)
		if results > 0 {
			stack[0] = s[0]
		}
	}
}

// meaning cuts from the name of an import what is not its meaning: the mark of
// wasm-bindgen and a number of 16 digits, kept where two imports of one
// meaning differ in their arguments.
func meaning(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "__wbg_"), "__wbindgen_")
	name = strings.TrimPrefix(name, "__wbindgen_")
	if handlers[name] != nil {
		return name
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 && len(name)-i == 17 {
		return name[:i]
	}
	return name
}

// must panics with an error: the call of the compiler that led there returns
// it.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// give writes the text of a string where the compiler says: its place, then
// its size.
func give(ctx context.Context, v *values, to uint64, text string) {
	p, err := v.pass(ctx, []byte(text))
	must(err)
	v.module.Memory().WriteUint32Le(uint32(to), uint32(p.at))
	v.module.Memory().WriteUint32Le(uint32(to)+4, uint32(p.size))
}

// handlers are the functions of a browser that the compiler uses.
var handlers = map[string]handler{
	// Values: make, copy, let go.
	"object_clone_ref":      func(_ context.Context, v *values, s []uint64) { s[0] = v.add(v.at(s[0])) },
	"object_drop_ref":       func(_ context.Context, v *values, s []uint64) { v.drop(s[0]) },
	"cast_2241b6af4c4b2941": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(v.text(s[0], s[1])) },
	"cast_3334ea73b4b28ba3": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(&closure{a: s[0], b: s[1], held: 1}) },
	"cast_d6cd19b81560fd6e": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(math.Float64frombits(s[0])) },
	"new_1ba21ce319a06297":  func(_ context.Context, v *values, s []uint64) { s[0] = v.add(&object{make(map[string]any)}) },
	"new_25f239778d6112b9":  func(_ context.Context, v *values, s []uint64) { s[0] = v.add(new(array)) },
	"new_8a6f238a6ece86ea":  func(_ context.Context, v *values, s []uint64) { s[0] = v.add(failure("")) },
	"new_df1173567d5ff028":  func(_ context.Context, v *values, s []uint64) { s[0] = v.add(failure(v.text(s[0], s[1]))) },
	"new_from_slice_f9c22b9153b26992": func(_ context.Context, v *values, s []uint64) {
		s[0] = v.add(octets(append([]byte(nil), v.memory(s[0], s[1])...)))
	},
	"new_6421f6084cc5bc5a": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(v.at(s[0]).(octets)) },
	"typstcompiler_new":    func(_ context.Context, v *values, s []uint64) { s[0] = v.add(pointer(s[0])) },
	"new_no_args":          func(_ context.Context, v *values, s []uint64) { s[0] = v.add(uncalled(v.text(s[0], s[1]))) },
	"new_with_args":        func(_ context.Context, v *values, s []uint64) { s[0] = v.add(uncalled(v.text(s[2], s[3]))) },
	"Error":                func(_ context.Context, v *values, s []uint64) { s[0] = v.add(failure(v.text(s[0], s[1]))) },

	// Values: ask and fill.
	"is_undefined":          func(_ context.Context, v *values, s []uint64) { _, ok := v.at(s[0]).(undefined); s[0] = truth(ok) },
	"is_string":             func(_ context.Context, v *values, s []uint64) { _, ok := v.at(s[0]).(string); s[0] = truth(ok) },
	"is_function":           isFunction,
	"instanceof_Uint8Array": func(_ context.Context, v *values, s []uint64) { _, ok := v.at(s[0]).(octets); s[0] = truth(ok) },
	"length":                length,
	"prototypesetcall":      func(_ context.Context, v *values, s []uint64) { copy(v.memory(s[0], s[1]), v.at(s[2]).(octets)) },
	"push":                  push,
	"set_781438a03c0c3c81": func(_ context.Context, v *values, s []uint64) {
		v.at(s[0]).(*object).fields[fmt.Sprint(v.at(s[1]))] = v.at(s[2])
		s[0] = 1
	},
	"debug_string": func(ctx context.Context, v *values, s []uint64) { give(ctx, v, s[0], describe(v.at(s[1]))) },
	"string_get":   stringGet,

	// Promises and what runs next.
	"new_ff12d2b041fb48f1": func(ctx context.Context, v *values, s []uint64) {
		p, err := v.newPromise(ctx, s[0], s[1])
		must(err)
		s[0] = v.add(p)
	},
	"resolve":                         resolve,
	"then":                            then,
	"queueMicrotask_9b549dfce8865860": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(undefined{}) },
	"queueMicrotask_fca69f5bfad613a5": func(_ context.Context, v *values, s []uint64) {
		f := v.at(s[0])
		v.waiting = append(v.waiting, func(ctx context.Context) error { return v.invoke(ctx, f, undefined{}) })
	},
	"_wbg_cb_unref": func(ctx context.Context, v *values, s []uint64) { must(v.release(ctx, v.at(s[0]).(*closure))) },
	"call_3020136f7a2d6e44": func(ctx context.Context, v *values, s []uint64) {
		must(v.invoke(ctx, v.at(s[0]), v.at(s[2])))
		s[0] = v.add(undefined{})
	},

	// The world: no window, an empty global object, and a clock that stands still,
	// so that one document always gives the same bytes.
	"static_accessor_GLOBAL":      nothing,
	"static_accessor_GLOBAL_THIS": func(_ context.Context, v *values, s []uint64) { s[0] = v.add(&object{make(map[string]any)}) },
	"static_accessor_SELF":        nothing,
	"static_accessor_WINDOW":      nothing,
	"now":                         nothing,
	"getTimezoneOffset":           nothing,
	"new_b2db8aa2650f793a":        func(_ context.Context, v *values, s []uint64) { s[0] = v.add(undefined{}) },

	// The compiler is about to stop short: what it says becomes the error.
	"stack":                  func(ctx context.Context, v *values, s []uint64) { give(ctx, v, s[0], "") },
	"error_7534b8e9a36f1ab4": func(_ context.Context, v *values, s []uint64) { panic(v.text(s[0], s[1])) },
	"throw":                  func(_ context.Context, v *values, s []uint64) { panic(v.text(s[0], s[1])) },
}

func nothing(_ context.Context, _ *values, s []uint64) {
	if len(s) > 0 {
		s[0] = 0
	}
}

// uncalled stands for a function that the compiler makes of a text, for files
// that it is not given, and never calls.
func uncalled(text string) function {
	return func(context.Context, any) error { return fmt.Errorf("the compiler calls %q", text) }
}

func isFunction(_ context.Context, v *values, s []uint64) {
	switch v.at(s[0]).(type) {
	case function, *closure:
		s[0] = 1
	default:
		s[0] = 0
	}
}

func length(_ context.Context, v *values, s []uint64) {
	switch o := v.at(s[0]).(type) {
	case octets:
		s[0] = uint64(len(o))
	case *array:
		s[0] = uint64(len(o.items))
	default:
		s[0] = 0
	}
}

func push(_ context.Context, v *values, s []uint64) {
	a := v.at(s[0]).(*array)
	a.items = append(a.items, v.at(s[1]))
	s[0] = uint64(len(a.items))
}

func stringGet(ctx context.Context, v *values, s []uint64) {
	if text, ok := v.at(s[1]).(string); ok {
		give(ctx, v, s[0], text)
		return
	}
	v.module.Memory().WriteUint64Le(uint32(s[0]), 0)
}

func resolve(_ context.Context, v *values, s []uint64) {
	if p, ok := v.at(s[0]).(*promise); ok {
		s[0] = v.add(p)
		return
	}
	s[0] = v.add(&promise{settled: true, kept: true, value: v.at(s[0])})
}

func then(_ context.Context, v *values, s []uint64) {
	p := v.at(s[0]).(*promise)
	p.then = append(p.then, v.at(s[1]))
	v.announce(p)
	s[0] = v.add(new(promise))
}
