package pdf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// largest is the memory one instance may take, in pages of 64 KiB: 768 MiB. A
// document that needs more is refused and the rest of the program goes on.
const largest = 768 << 20 >> 16

// An engine is the compiler turned into machine code, ready to be started any
// number of times. It holds about 100 MB outside of the memory that Go counts.
type engine struct {
	runtime wazero.Runtime
	cache   wazero.CompilationCache
	module  wazero.CompiledModule
	fonts   [][]byte
}

// newEngine makes the machine code on some processors, or reads it back from dir,
// where an earlier run put it.
func newEngine(ctx context.Context, dir string, processors int) (e *engine, err error) {
	code, err := readAsset(compilerFile)
	if err != nil {
		return nil, err
	}
	e = new(engine)
	begun := e
	defer func() {
		if err != nil {
			err = errors.Join(err, begun.close())
		}
	}()
	if e.fonts, err = readFonts(); err != nil {
		return nil, err
	}
	own, err := ownFolder(dir)
	if err != nil {
		return nil, err
	}
	if e.cache, err = wazero.NewCompilationCacheWithDir(own); err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().WithCompilationCache(e.cache).WithCloseOnContextDone(true).WithMemoryLimitPages(largest)
	e.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	ctx = experimental.WithCompilationWorkers(ctx, min(processors, 4))
	if e.module, err = e.runtime.CompileModule(ctx, code); err != nil {
		return nil, fmt.Errorf("make the machine code of the compiler: %w", err)
	}
	return e, e.give(ctx)
}

// give gives the compiler the functions it imports.
func (e *engine) give(ctx context.Context) error {
	host := make(map[string]wazero.HostModuleBuilder)
	for _, f := range e.module.ImportedFunctions() {
		from, name, _ := f.Import()
		if host[from] == nil {
			host[from] = e.runtime.NewHostModuleBuilder(from)
		}
		host[from].NewFunctionBuilder().WithGoFunction(imported(name, f), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	for from, b := range host {
		if _, err := b.Instantiate(ctx); err != nil {
			return fmt.Errorf("give the compiler the functions of %s: %w", from, err)
		}
	}
	return nil
}

// close lets the machine code and all instances go.
func (e *engine) close() error {
	var errs []error
	if e.runtime != nil {
		errs = append(errs, e.runtime.Close(context.Background()))
	}
	if e.cache != nil {
		errs = append(errs, e.cache.Close(context.Background()))
	}
	return errors.Join(errs...)
}

// ownFolder returns the folder for the machine code of this very compiler and
// this release of wazero, and removes those of others from dir, a hundred
// megabytes each.
func ownFolder(dir string) (string, error) {
	packed, err := assetFiles.ReadFile(compilerFile)
	if err != nil {
		return "", errNoAssets
	}
	h := sha256.New()
	h.Write(packed)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/tetratelabs/wazero" {
				h.Write([]byte(m.Version))
			}
		}
	}
	own := filepath.Join(dir, "typst-"+hex.EncodeToString(h.Sum(nil)[:8]))
	others, err := filepath.Glob(filepath.Join(dir, "typst-*"))
	if err != nil {
		return "", err
	}
	for _, name := range others {
		if name != own {
			if err := os.RemoveAll(name); err != nil {
				return "", err
			}
		}
	}
	return own, os.MkdirAll(own, 0o755)
}

// An instance is a compiler at work: its memory, its fonts, what it remembers
// of earlier documents. One job at a time.
type instance struct {
	module   api.Module
	values   *values
	compiler uint64 // where the compiler lies in its memory
	jobs     int
}

// start starts a compiler and gives it the fonts.
func (e *engine) start(ctx context.Context) (*instance, error) {
	i := &instance{values: newValues()}
	ctx = i.within(ctx)
	module, err := e.runtime.InstantiateModule(ctx, e.module, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("start the compiler: %w", err)
	}
	i.module, i.values.module = module, module
	if i.compiler, err = i.build(ctx, e.fonts); err != nil {
		return nil, errors.Join(fmt.Errorf("start the compiler: %w", err), i.close())
	}
	return i, nil
}

// build builds the compiler within its memory and returns where it lies.
func (i *instance) build(ctx context.Context, fonts [][]byte) (uint64, error) {
	builder, err := i.try(ctx, "typstcompilerbuilder_new")
	if err != nil {
		return 0, err
	}
	// No file but those it is given: it asks for no other, and gets none.
	if _, err := i.try2(ctx, "typstcompilerbuilder_set_dummy_access_model", uint64(builder)); err != nil {
		return 0, err
	}
	for _, font := range fonts {
		if _, err := i.await(ctx, "typstcompilerbuilder_add_raw_font", uint64(builder), i.values.add(octets(font))); err != nil {
			return 0, err
		}
	}
	built, err := i.await(ctx, "typstcompilerbuilder_build", uint64(builder))
	if err != nil {
		return 0, err
	}
	made, ok := built.(pointer)
	if !ok {
		return 0, fmt.Errorf("a compiler was expected, not %s", describe(built))
	}
	return uint64(made), nil
}

// compile makes a PDF of the file named main, among files. An error that is
// not a *TemplateError leaves the instance unfit for another job.
func (i *instance) compile(ctx context.Context, main string, files []file) ([]byte, error) {
	i.jobs++
	ctx = i.within(ctx)
	if _, err := i.call(ctx, "typstcompiler_reset_shadow", i.compiler); err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := i.put(ctx, f); err != nil {
			return nil, err
		}
	}
	name, err := i.pass(ctx, []byte(main))
	if err != nil {
		return nil, err
	}
	format, err := i.pass(ctx, []byte("pdf"))
	if err != nil {
		return nil, err
	}
	// No inputs (0, 0); faults as objects (3).
	made, err := i.try(ctx, "typstcompiler_compile", i.compiler, name.at, name.size, 0, 0, format.at, format.size, 3)
	if err != nil {
		return nil, err
	}
	result, err := i.values.take(made)
	if err != nil {
		return nil, err
	}
	// What it remembers of documents older than thirty is forgotten.
	if _, err := i.try2(ctx, "typstcompiler_reset", i.compiler); err != nil {
		return nil, err
	}
	o, ok := result.(*object)
	if !ok {
		return nil, fmt.Errorf("a result was expected, not %s", describe(result))
	}
	if text, ok := o.fields["result"].(octets); ok {
		return text, nil
	}
	return nil, faults(main, o.fields["diagnostics"])
}

// put gives the compiler a file.
func (i *instance) put(ctx context.Context, f file) error {
	name, err := i.pass(ctx, []byte(f.name))
	if err != nil {
		return err
	}
	text, err := i.pass(ctx, f.text)
	if err != nil {
		return err
	}
	done, err := i.call(ctx, "typstcompiler_map_shadow", i.compiler, name.at, name.size, text.at, text.size)
	if err != nil {
		return err
	}
	if done&0xff == 0 {
		return fmt.Errorf("the compiler refused the file %s", f.name)
	}
	return nil
}

// close ends the instance and gives its memory back.
func (i *instance) close() error {
	return i.module.Close(context.Background())
}

// instanceKey finds in a context the values of the instance that calls.
type instanceKey struct{}

func (i *instance) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, instanceKey{}, i.values)
}

// call calls a function that the compiler exports and returns its result, or 0
// when it has none.
func (i *instance) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	return i.values.call(ctx, name, args...)
}

// A span is a piece of the compiler's memory.
type span struct{ at, size uint64 }

// pass copies bytes into memory that the compiler then owns.
func (i *instance) pass(ctx context.Context, text []byte) (span, error) {
	return i.values.pass(ctx, text)
}

// try calls a function that writes where its first argument says a value, an
// error and whether the error is one. It returns the value.
func (i *instance) try(ctx context.Context, name string, args ...uint64) (uint32, error) {
	r, err := i.frame(ctx, name, 3, args)
	if err != nil {
		return 0, err
	}
	if r[2] != 0 {
		return 0, i.refusal(name, r[1])
	}
	return r[0], nil
}

// try2 is try for a function without a value: it writes the error first.
func (i *instance) try2(ctx context.Context, name string, args ...uint64) (uint32, error) {
	r, err := i.frame(ctx, name, 2, args)
	if err != nil {
		return 0, err
	}
	if r[1] != 0 {
		return 0, i.refusal(name, r[0])
	}
	return 0, nil
}

// refusal is the error that a function left among the values.
func (i *instance) refusal(name string, at uint32) error {
	v, err := i.values.take(at)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %s", name, describe(v))
}

// frame calls a function that writes n words of result where its first
// argument says, on the compiler's stack.
func (i *instance) frame(ctx context.Context, name string, n int, args []uint64) ([]uint32, error) {
	const room = 16
	at, err := i.call(ctx, "__wbindgen_add_to_stack_pointer", api.EncodeI32(-room))
	if err != nil {
		return nil, err
	}
	if _, err := i.call(ctx, name, append([]uint64{at}, args...)...); err != nil {
		return nil, err
	}
	words := make([]uint32, n)
	for w := range words {
		if words[w], err = i.values.word(uint32(at) + uint32(4*w)); err != nil {
			return nil, err
		}
	}
	_, err = i.call(ctx, "__wbindgen_add_to_stack_pointer", room)
	return words, err
}

// await calls a function that promises a value, and runs what is waiting until
// the promise is kept.
func (i *instance) await(ctx context.Context, name string, args ...uint64) (any, error) {
	at, err := i.call(ctx, name, args...)
	if err != nil {
		return nil, err
	}
	v, err := i.values.take(uint32(at))
	if err != nil {
		return nil, err
	}
	if err := i.values.runWaiting(ctx); err != nil {
		return nil, err
	}
	p, ok := v.(*promise)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: a promise was expected, not %s", name, describe(v))
	case !p.settled:
		return nil, fmt.Errorf("%s: the promise was not kept", name)
	case !p.kept:
		return nil, fmt.Errorf("%s: %s", name, describe(p.value))
	}
	return p.value, nil
}
