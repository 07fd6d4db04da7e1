package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"passerelle/internal/clock"
	"passerelle/internal/register"
)

// every is how often a plain line tells how far an import is.
const every = 5 * time.Second

// A progress tells how far an import is: a bar on a terminal, a line now and
// then elsewhere.
type progress struct {
	w     io.Writer
	what  string // is being done
	clock clock.Clock
	start time.Time
	last  time.Time
	bars  *mpb.Progress
	bar   *mpb.Bar
	rows  int64
}

func newProgress(w io.Writer, c clock.Clock) *progress {
	now := c.Now()
	return &progress{w: w, what: "lecture", clock: c, start: now, last: now}
}

// isTerminal reports whether w is a screen.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) show(x register.Progress) {
	p.rows = x.Rows
	if x.Total > 0 && isTerminal(p.w) {
		if p.bar == nil {
			p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(40))
			p.bar = p.bars.AddBar(x.Total,
				mpb.PrependDecorators(decor.Name(p.what+" "), decor.Percentage()),
				mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.rate() }), decor.Name(" reste "), decor.AverageETA(decor.ET_STYLE_MMSS)),
			)
		}
		p.bar.SetCurrent(x.Read)
		return
	}
	now := p.clock.Now()
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	left := ""
	if x.Total > 0 && x.Read > 0 {
		took := now.Sub(p.start)
		eta := time.Duration(float64(took) * float64(x.Total-x.Read) / float64(x.Read))
		left = fmt.Sprintf(", %d %%, reste %s", 100*x.Read/x.Total, lasting(eta))
	}
	fmt.Fprintf(p.w, "%s : %s%s\n", p.what, p.rate(), left)
}

// rate tells the rows read and how fast.
func (p *progress) rate() string {
	seconds := max(0.001, p.clock.Now().Sub(p.start).Seconds())
	return strings.ReplaceAll(fmt.Sprintf("%.1f M lignes, %.1f M/s", float64(p.rows)/1e6, float64(p.rows)/1e6/seconds), ".", ",")
}

// lasting tells how long something lasts, as people say it.
func lasting(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
}

// close leaves the terminal as it was.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.SetTotal(-1, true)
		p.bars.Wait()
	}
}
