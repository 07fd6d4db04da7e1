package directory

import (
	"encoding/binary"
	"slices"
	"strconv"

	"passerelle/internal/clock"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// The stock tells when establishments opened and closed, also those that are
// closed now. The import counts it by commune, trade and family, per month
// over ten years. A masked natural person counts in no commune.

// historyMonths is how many months are kept, the month of the stock included.
const historyMonths = 120

// historyPart holds a Movement an entry.
const historyPart = "history"

// A Movement counts the establishments that opened and closed in a month.
type Movement struct {
	Commune string // of today; empty for masked natural persons
	Trade   string // slug; empty outside craft
	Family  trade.Family
	Month   string // 2026-11
	Opened  int
	Closed  int
}

// A movement is an opening or a closing, packed so that equal ones are equal
// numbers: commune, trade, family, month, and whether it is a closing.
type movement uint64

// A calendar packs movements: it numbers communes, trades and months.
type calendar struct {
	places *place.Atlas
	trades map[string]uint64
	slugs  []string
	last   int // month of the stock, since year 0
}

func newCalendar(places *place.Atlas, trades *trade.Table, asOf clock.Day) *calendar {
	c := &calendar{places: places, trades: make(map[string]uint64), last: monthNumber(asOf)}
	for i, t := range trades.Trades() {
		c.trades[t.Slug] = uint64(i + 1)
		c.slugs = append(c.slugs, t.Slug)
	}
	return c
}

// monthNumber returns the number of the month of a day, -1 of the unknown
// one.
func monthNumber(d clock.Day) int {
	if len(d) != 10 {
		return -1
	}
	y, err1 := strconv.Atoi(string(d[:4]))
	m, err2 := strconv.Atoi(string(d[5:7]))
	if err1 != nil || err2 != nil {
		return -1
	}
	return y*12 + m - 1
}

// pack returns the movement of an establishment on a day, and false when that
// lies outside the ten years.
func (c *calendar) pack(e *Establishment, d clock.Day, closed bool) (movement, bool) {
	back := c.last - monthNumber(d)
	if back < 0 || back >= historyMonths {
		return 0, false
	}
	commune := uint64(0)
	if i, ok := c.places.Index(e.Commune); ok {
		commune = uint64(i + 1)
	}
	m := commune<<32 | c.trades[e.Trade]<<16 | uint64(codeOf(codecFamilies, e.Family))<<8 | uint64(back)<<1
	if closed {
		m |= 1
	}
	return movement(m), true
}

// count calls each with every Movement of some movements, which it sorts.
func (c *calendar) count(all []movement, each func(Movement) error) error {
	slices.Sort(all)
	for i := 0; i < len(all); {
		key := all[i] &^ 1
		var n [2]int
		for ; i < len(all) && all[i]&^1 == key; i++ {
			n[all[i]&1]++
		}
		m := Movement{Month: monthName(c.last - int(key>>1&127)), Opened: n[0], Closed: n[1], Family: codecFamilies[key>>8&255]}
		if k := int(key >> 32); k > 0 {
			m.Commune = c.places.Communes()[k-1].Code
		}
		if k := int(key >> 16 & 0xffff); k > 0 {
			m.Trade = c.slugs[k-1]
		}
		if err := each(m); err != nil {
			return err
		}
	}
	return nil
}

func monthName(n int) string {
	b := strconv.AppendInt(nil, int64(n/12), 10)
	b = append(b, '-', byte('0'+(n%12+1)/10), byte('0'+(n%12+1)%10))
	return string(b)
}

func (m *Movement) appendBinary(b []byte) []byte {
	b = appendText(appendText(appendText(appendText(b, m.Commune), m.Trade), string(m.Family)), m.Month)
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(m.Opened)), uint64(m.Closed))
}
