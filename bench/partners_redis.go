package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"passerelle/internal/match"
)

// partnersRedis is Redis GEO, which finds who is within a radius, and a
// program that keeps the kinds and scores them.
type partnersRedis struct {
	conn  net.Conn
	r     *bufio.Reader
	w     *bufio.Writer
	rules *match.Rules
	firms []firm
}

func (*partnersRedis) Name() string { return "redis" }

func openPartnersRedis(address string, rules *match.Rules, firms []firm) (*partnersRedis, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &partnersRedis{conn, bufio.NewReaderSize(conn, 1<<20), bufio.NewWriterSize(conn, 1<<20), rules, firms}
	if _, err := s.do("FLUSHALL"); err != nil {
		return nil, err
	}
	for _, world := range []string{"craft", "ess"} {
		args := []string{"GEOADD", world}
		flush := func() error {
			if len(args) == 2 {
				return nil
			}
			_, err := s.do(args...)
			args = args[:2]
			return err
		}
		for i := range firms {
			if f := &firms[i]; world == "craft" && !f.craft || world == "ess" && !f.ess {
				continue
			}
			p := firms[i].point
			args = append(args, strconv.FormatFloat(p.Lon, 'f', 8, 64), strconv.FormatFloat(p.Lat, 'f', 8, 64), strconv.Itoa(i))
			if len(args) > 3000 {
				if err := flush(); err != nil {
					return nil, err
				}
			}
		}
		if err := flush(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Partners scores all that Redis finds within the radius.
func (s *partnersRedis) Partners(q *asked) ([]found, error) {
	var list []found
	for _, world := range []string{"craft", "ess"} {
		if world == "craft" && !q.inCraft() || world == "ess" && !q.inESS() {
			continue
		}
		answer, err := s.do("GEOSEARCH", world, "FROMLONLAT", strconv.FormatFloat(q.point.Lon, 'f', 8, 64), strconv.FormatFloat(q.point.Lat, 'f', 8, 64),
			"BYRADIUS", strconv.FormatFloat(q.radius, 'f', 0, 64), "m", "WITHDIST")
		if err != nil {
			return nil, err
		}
		for _, hit := range answer.([]any) {
			pair := hit.([]any)
			i, err := strconv.Atoi(string(pair[0].([]byte)))
			if err != nil {
				return nil, err
			}
			far, err := strconv.ParseFloat(string(pair[1].([]byte)), 64)
			if err != nil {
				return nil, err
			}
			far *= 6371008.7714 / 6372797.560856 // Redis takes another radius of the Earth
			f := &s.firms[i]
			if f.siret.SIREN() == q.siret.SIREN() {
				continue
			}
			base := s.rules.Between(q.kind, f.kind)
			if base.Services+base.Jobs+base.Resources == 0 {
				continue
			}
			list = keep(list, found{f.siret, base.At(far).Total(), far})
		}
	}
	return list, nil
}

// do sends a command and reads its answer.
func (s *partnersRedis) do(args ...string) (any, error) {
	fmt.Fprintf(s.w, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(s.w, "$%d\r\n%s\r\n", len(a), a)
	}
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	return s.read()
}

// read reads an answer: a line, a number, bytes or a list.
func (s *partnersRedis) read() (any, error) {
	line, err := s.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], string(line[1:len(line)-2])
	switch kind {
	case '+', ':':
		return text, nil
	case '-':
		return nil, errors.New(text)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil, err
	}
	if kind == '$' {
		b := make([]byte, n+2)
		_, err := io.ReadFull(s.r, b)
		return b[:n], err
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = s.read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
