package app

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"passerelle/internal/directory"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// everyone writes the partners of everyone to a file. What was worked out is
// kept beside it, in FILE.part, with how far that is in FILE.part.json: ended
// at any instant, the same command goes on from there. The file itself
// appears when it is whole.
func (c partnersCommand) everyone(x *Context, h *house) error {
	format := filepath.Ext(c.Out)
	if format != ".csv" && format != ".parquet" {
		given := ""
		if c.Out != "" {
			given = ", et non « " + c.Out + " »"
		}
		return Usagef("avec --all, il faut --out FICHIER, qui finisse par .csv ou .parquet%s", given)
	}
	if c.World != "" || c.Weights != "" {
		return Usagef("--world et --weights ne vont pas avec --all")
	}
	b := partner.Bulk{Departments: upper(c.Departments), Radius: c.RadiusKm * 1000, Limit: c.Limit}
	p, err := openPart(c.Out, partState{Program: version(), Directory: h.Partners.Version(), Bulk: b})
	if err != nil {
		return err
	}
	if p.state.Shares > 0 {
		fmt.Fprintf(x.Stderr, "Reprise après %d parts sur %d.\n", p.state.Shares, p.state.All)
	}
	b.From = p.state.Shares
	bar := newProgress(x.Stderr, x.Clock)
	bar.what = "partenaires"
	err = h.Partners.Everyone(x.Ctx, b, func(done, all int, lines []partner.Line) error {
		if err := p.add(lines); err != nil {
			return err
		}
		bar.show(register.Progress{Rows: p.state.Lines, Read: int64(done), Total: int64(all)})
		p.state.Shares, p.state.All = done, all
		if done%partShares != 0 && done != all {
			return nil
		}
		return p.save()
	})
	bar.close()
	if err = errors.Join(err, p.close()); err != nil {
		if errors.Is(err, directory.ErrNoSnapshot) {
			return errors.New("aucun registre n'est chargé ; « passerelle import --help » dit comment faire")
		}
		return err
	}
	if err := p.publish(c.Out, format); err != nil {
		return err
	}
	fmt.Fprintf(x.Stdout, "%s : %s partenariats.\n", c.Out, h.Words.For("fr").Number(p.state.Lines))
	return nil
}

// partShares is how many shares are worked out between two moments from which
// one can go on.
const partShares = 64

// A partState says how far a part is, and of what question.
type partState struct {
	Program   string       `json:"program"`
	Directory string       `json:"directory"`
	Bulk      partner.Bulk `json:"bulk"`
	Shares    int          `json:"shares"` // worked out
	All       int          `json:"all"`
	Lines     int64        `json:"lines"` // written
}

// A part is the lines worked out so far, each of lineSize bytes.
type part struct {
	path  string
	file  *os.File
	w     *bufio.Writer
	state partState
}

const lineSize = 32

// openPart opens what is kept of an earlier try of the same question, or
// begins.
func openPart(out string, asked partState) (*part, error) {
	p := &part{path: out + ".part", state: asked}
	text, err := os.ReadFile(p.path + ".json")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var kept partState
	if err == nil && json.Unmarshal(text, &kept) == nil {
		same := kept
		same.Shares, same.All, same.Lines = 0, 0, 0
		if reflect.DeepEqual(same, asked) {
			p.state = kept
		}
	}
	if p.file, err = os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o640); err != nil {
		return nil, err
	}
	info, err := p.file.Stat()
	if err == nil && info.Size() < p.state.Lines*lineSize {
		p.state = asked // it was cut by somebody
	}
	if err == nil {
		err = p.file.Truncate(p.state.Lines * lineSize)
	}
	if err == nil {
		_, err = p.file.Seek(0, io.SeekEnd)
	}
	if err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	p.w = bufio.NewWriterSize(p.file, 1<<20)
	return p, nil
}

// add appends lines.
func (p *part) add(lines []partner.Line) error {
	var b [lineSize]byte
	for i := range lines {
		l := &lines[i]
		binary.LittleEndian.PutUint64(b[0:], uint64(l.Seeker))
		binary.LittleEndian.PutUint64(b[8:], uint64(l.Partner))
		for k, f := range []uint16{l.Figures.Proximity, l.Figures.Services, l.Figures.Jobs, l.Figures.Resources} {
			binary.LittleEndian.PutUint16(b[16+2*k:], f)
		}
		binary.LittleEndian.PutUint32(b[24:], math.Float32bits(l.Metres))
		b[28] = l.Rank
		binary.LittleEndian.PutUint16(b[29:], uint16(l.Minutes+1)) // 0: not known
		if _, err := p.w.Write(b[:]); err != nil {
			return err
		}
	}
	p.state.Lines += int64(len(lines))
	return nil
}

// lineOf reads what add wrote.
func lineOf(b []byte) partner.Line {
	figure := func(k int) uint16 { return binary.LittleEndian.Uint16(b[16+2*k:]) }
	return partner.Line{
		Seeker: register.SIRET(binary.LittleEndian.Uint64(b)), Partner: register.SIRET(binary.LittleEndian.Uint64(b[8:])),
		Rank: b[28], Minutes: int16(binary.LittleEndian.Uint16(b[29:])) - 1, Metres: math.Float32frombits(binary.LittleEndian.Uint32(b[24:])),
		Figures: match.Figures{Proximity: figure(0), Services: figure(1), Jobs: figure(2), Resources: figure(3)},
	}
}

// save makes what was added last: after it, one goes on from here.
func (p *part) save() error {
	if err := errors.Join(p.w.Flush(), p.file.Sync()); err != nil {
		return err
	}
	text, err := json.Marshal(p.state)
	if err != nil {
		return err
	}
	next := p.path + ".json.tmp"
	if err := os.WriteFile(next, text, 0o640); err != nil {
		return err
	}
	return os.Rename(next, p.path+".json")
}

func (p *part) close() error { return errors.Join(p.w.Flush(), p.file.Close()) }

// publish writes the lines as the file that was asked for, and takes what was
// kept beside it away.
func (p *part) publish(out, format string) (err error) {
	lines, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer lines.Close()
	next := out + ".tmp"
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	write := writePartnersCSV
	if format == ".parquet" {
		write = writePartnersParquet
	}
	if err = errors.Join(write(f, bufio.NewReaderSize(lines, 1<<20)), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	if err := os.Rename(next, out); err != nil {
		return err
	}
	return errors.Join(os.Remove(p.path), os.Remove(p.path+".json"))
}

// A partnerRow is a line of the file: points are whole, and the score is their
// sum.
type partnerRow struct {
	SIRET     string  `parquet:"siret"`
	Rank      int32   `parquet:"rank"`
	Partner   string  `parquet:"partner"`
	Score     int32   `parquet:"score"`
	Proximity int32   `parquet:"proximity"`
	Services  int32   `parquet:"services"`
	Jobs      int32   `parquet:"jobs"`
	Resources int32   `parquet:"resources"`
	Distance  float64 `parquet:"distance_km"`
	Minutes   *int32  `parquet:"minutes,optional"` // by road; nil: not known
}

// eachPartner reads lines as rows of the file.
func eachPartner(r io.Reader, do func(*partnerRow) error) error {
	var b [lineSize]byte
	for {
		_, err := io.ReadFull(r, b[:])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		l := lineOf(b[:])
		points := l.Figures.Shown()
		row := partnerRow{
			SIRET: l.Seeker.String(), Rank: int32(l.Rank), Partner: l.Partner.String(), Score: int32(points.Total),
			Proximity: int32(points.Proximity), Services: int32(points.Services), Jobs: int32(points.Jobs), Resources: int32(points.Resources),
			Distance: math.Round(float64(l.Metres)) / 1000,
		}
		if l.Minutes >= 0 {
			minutes := int32(l.Minutes)
			row.Minutes = &minutes
		}
		if err := do(&row); err != nil {
			return err
		}
	}
}

func writePartnersCSV(f io.Writer, lines io.Reader) error {
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := w.WriteString("siret,rank,partner,score,proximity,services,jobs,resources,distance_km,minutes\n"); err != nil {
		return err
	}
	var b []byte
	err := eachPartner(lines, func(r *partnerRow) error {
		b = append(append(b[:0], r.SIRET...), ',')
		b = append(strconv.AppendInt(b, int64(r.Rank), 10), ',')
		b = append(append(b, r.Partner...), ',')
		for _, n := range []int32{r.Score, r.Proximity, r.Services, r.Jobs, r.Resources} {
			b = append(strconv.AppendInt(b, int64(n), 10), ',')
		}
		b = append(strconv.AppendFloat(b, r.Distance, 'f', 3, 64), ',')
		if r.Minutes != nil {
			b = strconv.AppendInt(b, int64(*r.Minutes), 10)
		}
		b = append(b, '\n')
		_, err := w.Write(b)
		return err
	})
	return errors.Join(err, w.Flush())
}

func writePartnersParquet(f io.Writer, lines io.Reader) error {
	w := parquet.NewGenericWriter[partnerRow](f, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(1<<18))
	rows := make([]partnerRow, 0, 4096)
	flush := func() error {
		_, err := w.Write(rows)
		rows = rows[:0]
		return err
	}
	err := eachPartner(lines, func(r *partnerRow) error {
		if rows = append(rows, *r); len(rows) < cap(rows) {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush(), w.Close())
}
