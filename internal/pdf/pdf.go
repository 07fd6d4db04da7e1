// Package pdf makes the documents people print: tagged PDF in French, from a
// Typst template and data.
//
// The compiler is Typst's own, as WebAssembly, embedded and run inside the
// program: nothing is installed, nothing is asked of the network, and it sees
// no file but the templates, the data and the pictures it is given. A template
// reads the data with json("/data.json"); a text in the data is a string there,
// never markup, whatever signs it has.
//
// What is known here is paper: letters, fonts, colours. Which document belongs
// to which act of the house is known by the subjects.
//
// Its difficulty is weight. Turning the compiler into machine code takes some
// fifteen seconds of processor, once; the code, kept in a folder, is read back
// in half a second afterwards and takes a hundred megabytes while in use. So a
// Press warms up in the background, keeps at most two compilers, and lets all
// of it go after some minutes without work. The costs are in docs/pdf.md.
package pdf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// places is how many documents are made at a time: each takes one
	// processor and a memory of its own.
	places = 2

	// rest is how long without work before the memory is let go.
	rest = 4 * time.Minute

	// career is how many documents an instance makes before a new one takes
	// its place: WebAssembly memory grows and never shrinks.
	career = 400
)

// Config says where a Press keeps its machine code and to whom it speaks.
type Config struct {
	// CacheDir is a folder of the press's own, made when missing; what it has
	// may be removed at any time, at the price of making it again.
	CacheDir string
	Log      *slog.Logger // nil for none
}

// A Press makes documents. It may be used by many at once.
type Press struct {
	dir       string
	log       *slog.Logger
	templates fs.FS
	rest      time.Duration

	turn chan struct{} // holds a token for every document being made
	end  chan struct{} // closed when the press is

	mu     sync.Mutex
	closed bool
	loaded *loading    // nil when nothing is held
	idle   []*instance // of loaded, waiting for work
	busy   int         // instances at work
	timer  *time.Timer // lets all go
}

// A loading is an engine being made ready. Its fields are read once done is
// closed.
type loading struct {
	done   chan struct{}
	cancel context.CancelFunc
	engine *engine
	err    error
}

// New returns a press. It does no work yet: see Warm.
func New(c Config) (*Press, error) {
	if c.CacheDir == "" {
		return nil, errors.New("the press needs a folder for its machine code")
	}
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	p := &Press{dir: c.CacheDir, log: c.Log, templates: templates, rest: rest, turn: make(chan struct{}, places), end: make(chan struct{})}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}

// Warm begins to make the press ready and returns at once, so that the first
// document does not wait for it. It leaves a processor to visitors: with all of
// them taken, each answer of a database waits its turn. The end of ctx gives the work up. An error is
// logged, and the next document tries again.
func (p *Press) Warm(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	l := p.load(max(1, runtime.GOMAXPROCS(0)-1))
	context.AfterFunc(ctx, func() {
		select {
		case <-l.done:
		default:
			l.cancel()
		}
	})
}

// load returns the loading under way or done, and begins one when there is
// none. The caller holds the lock.
func (p *Press) load(processors int) *loading {
	if p.loaded != nil {
		return p.loaded
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &loading{done: make(chan struct{}), cancel: cancel}
	p.loaded = l
	go func() {
		defer cancel()
		start := time.Now()
		l.engine, l.err = newEngine(ctx, p.dir, processors)
		debug.FreeOSMemory() // making the code took hundreds of megabytes, none of which is needed again
		p.mu.Lock()
		defer p.mu.Unlock()
		if l.err != nil {
			p.loaded = nil // so that the next one tries again
			p.log.Error("make the press ready", "error", l.err)
		} else {
			p.log.Info("the press is ready", "seconds", time.Since(start).Seconds())
			p.letGoLater()
		}
		close(l.done)
	}()
	return l
}

// Render makes a document of a template, given by its name ("letter.typ"), and
// of data, anything encoding/json takes. It waits for a free place and for the
// press to be ready; the end of ctx ends the wait and the work.
//
// The same data make the same bytes. A mistake in the template is a
// *TemplateError.
func (p *Press) Render(ctx context.Context, template string, data any) ([]byte, error) {
	text, err := p.render(ctx, template, data)
	if err != nil {
		return nil, fmt.Errorf("make a document of %s: %w", template, err)
	}
	return text, nil
}

func (p *Press) render(ctx context.Context, template string, data any) ([]byte, error) {
	if _, err := fs.Stat(p.templates, template); err != nil {
		return nil, err
	}
	files, err := readTemplates(p.templates)
	if err != nil {
		return nil, err
	}
	values, err := dataFiles(data)
	if err != nil {
		return nil, err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-p.end:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	i, err := p.instance(ctx)
	if err != nil {
		return nil, err
	}
	text, err := i.compile(ctx, "/"+template, append(files, values...))
	var fault *TemplateError
	return text, errors.Join(ended(ctx, err), p.back(i, err == nil || errors.As(err, &fault)))
}

// ended returns the end of ctx as the error when that is why there is one: the
// compiler says it in words of its own.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// instance returns an instance for one job; back takes it back.
func (p *Press) instance(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	l := p.load(runtime.GOMAXPROCS(0))
	p.busy++
	var i *instance
	if n := len(p.idle); n > 0 {
		i, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	p.mu.Unlock()
	if i != nil {
		return i, nil
	}
	err := func() error {
		select {
		case <-l.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if l.err != nil {
			return l.err
		}
		var err error
		i, err = l.engine.start(ctx)
		return ended(ctx, err)
	}()
	if err != nil {
		return nil, errors.Join(err, p.back(nil, false))
	}
	return i, nil
}

// back takes an instance back: to work again when it is fit, else to end.
func (p *Press) back(i *instance, fit bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	var err error
	switch {
	case i == nil:
	case fit && i.jobs < career && !p.closed:
		p.idle = append(p.idle, i)
	default:
		err = i.close()
	}
	p.letGoLater()
	return err
}

// letGoLater lets everything go once the press has rested. The caller holds
// the lock.
func (p *Press) letGoLater() {
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.closed {
		p.timer = time.AfterFunc(p.rest, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.busy == 0 {
				if err := p.letGo(); err != nil {
					p.log.Error("let the press go", "error", err)
				}
			}
		})
	}
}

// letGo lets the instances and the machine code go. The caller holds the lock
// and no instance is at work.
func (p *Press) letGo() error {
	l := p.loaded
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
	default:
		return nil // still getting ready
	}
	p.loaded, p.idle = nil, nil
	err := l.engine.close()
	debug.FreeOSMemory()
	return err
}

// Close waits for the documents being made and lets everything go. The press
// makes no document any more. A second Close does nothing.
func (p *Press) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.end)
	if p.timer != nil {
		p.timer.Stop()
	}
	l := p.loaded
	p.mu.Unlock()
	if l != nil {
		l.cancel()
	}
	for range places {
		p.turn <- struct{}{} // kept: nobody is at work, nobody will be
	}
	if l == nil {
		return nil
	}
	<-l.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.letGo()
}
