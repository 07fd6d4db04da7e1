package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// check reads the database that the program left and holds what it promises
// against it.
func (r *round) check(ctx context.Context) (err error) {
	d, err := db.Open(ctx, r.house.address())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sheet, err := (&booking.Bookings{DB: d, Clock: clock.System{}}).Sheet(ctx, r.meeting)
	if err != nil {
		return err
	}
	if len(sheet.List) != people {
		return fmt.Errorf("%d bookings of %d people", len(sheet.List), people)
	}
	held, waiting, _ := sheet.Count(time.Now())
	if held > seats {
		return fmt.Errorf("%d seats are held of %d", held, seats)
	}
	first := people
	places := map[int]bool{}
	for i := range sheet.List {
		x := &sheet.List[i]
		if got := r.state[x.Mail]; got != string(x.State) {
			return fmt.Errorf("%s was answered %q and is %q", x.Mail, got, x.State)
		}
		if x.State == booking.Waiting {
			first = min(first, i)
			places[booking.Position(sheet.List, x.ID)] = true
		}
	}
	for n := 1; n <= waiting; n++ {
		if !places[n] {
			return fmt.Errorf("nobody has place %d of %d in the line", n, waiting)
		}
	}
	if first < people && seats-held >= sheet.List[first].Least {
		return fmt.Errorf("%d seats are free and the first of the line waits for %d", seats-held, sheet.List[first].Least)
	}
	return r.mailed(ctx, d)
}

// mailed asserts that each visitor got one mail, of what they were answered;
// who asked the same again was told the same again.
func (r *round) mailed(ctx context.Context, d *db.DB) error {
	got := map[string][]string{}
	if err := d.Read(ctx, func(t *db.Tx) error {
		clear(got)
		for row, err := range t.Query(ctx, `SELECT recipient, kind FROM mail_outbox`) {
			if err != nil {
				return err
			}
			var to, kind string
			if err := row.Scan(&to, &kind); err != nil {
				return err
			}
			got[to] = append(got[to], kind)
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range people {
		mail := mailOf(r.meeting, i)
		want := 1
		if i%10 == 9 && (r.within == 0 || i%2 == 1) {
			want = 2
		}
		if kinds := got[mail]; len(kinds) != want || kinds[0] != "booking."+r.state[mail] {
			return fmt.Errorf("%s was answered %s and got the mails %q, want %d", mail, r.state[mail], kinds, want)
		}
	}
	return nil
}
