package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"passerelle/internal/register"
)

// peersColumns are those of duckdb.mjs.
var peersColumns = strings.Fields(`
	etatAdministratifUniteLegale denominationUniteLegale prenomUsuelUniteLegale prenom1UniteLegale nomUniteLegale economieSocialeSolidaireUniteLegale
	enseigne1Etablissement activitePrincipaleEtablissement activitePrincipaleRegistreMetiersEtablissement codePostalEtablissement
	coordonneeLambertAbscisseEtablissement coordonneeLambertOrdonneeEtablissement trancheEffectifsEtablissement`)

// join puts the question of duckdb.mjs to the product's own reader: the open
// establishments that are craft by their APRM or ESS by their flag, as TSV.
func join(args []string) error {
	debug.SetGCPercent(30) // as the program does while it imports
	if len(args) == 4 {
		return joinDepartment(args)
	}
	if len(args) != 3 {
		return fmt.Errorf("usage: bench join UNITS ESTABLISHMENTS OUT.tsv [DÉPARTEMENT]")
	}
	out, err := os.Create(args[2])
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	start := time.Now()
	field := func(b []byte, s string) []byte { return append(append(b, s...), '\t') }
	stats, err := (&register.Sirene[[]byte]{
		Files:    register.SireneFiles{Units: args[0], Establishments: args[1]},
		OpenOnly: true,
		Columns:  peersColumns,
		Each: func(b *[]byte, r *register.Record) error {
			u := r.Unit
			if !u.Active || r.APRM == "" && !u.ESS {
				return nil
			}
			o := field(field(*b, r.SIRET.String()), u.SIREN.String())
			if u.Denomination != "" {
				o = field(o, u.Denomination)
			} else {
				o = append(o, u.FirstName...)
				o = append(o, ' ')
				o = field(o, u.BirthName)
			}
			o = field(field(field(o, r.Signs[0]), r.NAF), r.APRM)
			ess := ""
			if u.ESS {
				ess = "O"
			}
			o = field(field(field(field(field(o, ess), r.Commune), r.Postcode), r.LambertX), r.LambertY)
			*b = append(append(o, r.Size...), '\n')
			return nil
		},
		Flush: func(b *[]byte) error {
			_, err := w.Write(*b)
			*b = (*b)[:0]
			return err
		},
		TempDir: filepath.Dir(args[2]),
		Restart: func() error {
			w.Reset(out)
			_, err := out.Seek(0, io.SeekStart)
			return errors.Join(err, out.Truncate(0))
		},
	}).Read(context.Background())
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	took := time.Since(start)
	rows := stats.Units + stats.Establishments
	fmt.Printf("passerelle: %d rows in %.2f s, %.1f M rows/s, %d rejected, peak %d MB, sorted first: %v\n", rows, took.Seconds(), float64(rows)/took.Seconds()/1e6, stats.Rejects, peak(), stats.Sorted)
	return nil
}

// joinDepartment puts the product's own question: every column it needs, of all
// establishments of a département, open or closed.
func joinDepartment(args []string) error {
	out, err := os.Create(args[2])
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	start := time.Now()
	stats, err := (&register.Sirene[[]byte]{
		Files: register.SireneFiles{Units: args[0], Establishments: args[1]}, Departments: []string{args[3]}, TempDir: filepath.Dir(args[2]),
		Each: func(b *[]byte, r *register.Record) error {
			u := r.Unit
			*b = fmt.Appendf(*b, "%s\t%t\t%s\t%t\t%s\t%s\t%s\t%t\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t",
				r.SIRET, r.Active, r.Commune, r.Partial, r.Created, r.Size, r.APRM, r.Head, r.Complement, r.Number, r.Repetition, r.StreetType, r.Street,
				r.Postcode, r.CommuneName, r.Country, r.LambertX, r.LambertY, r.Since, r.Signs[0], r.Signs[1], r.Signs[2], r.UsualName, r.NAF, r.NAFVersion, r.Employer)
			*b = fmt.Appendf(*b, "%t\t%t\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%t\t%t\n",
				u.Partial, u.Active, u.Created, u.Acronym, u.FirstName, u.BirthName, u.UsageName, u.Denomination, u.UsualNames[0], u.UsualNames[1],
				u.UsualNames[2], u.RNA, u.Size, u.LegalForm, u.NAF, u.NAFVersion, u.HeadNIC, u.ESS, u.MissionDriven)
			return nil
		},
		Flush: func(b *[]byte) error {
			_, err := w.Write(*b)
			*b = (*b)[:0]
			return err
		},
		Restart: func() error { return errors.New("not sorted") },
	}).Read(context.Background())
	if err = errors.Join(err, w.Flush(), out.Close()); err != nil {
		return err
	}
	took := time.Since(start)
	rows := stats.Units + stats.Establishments
	fmt.Printf("passerelle: %d rows in %.2f s, %.1f M rows/s, %d kept, peak %d MB\n", rows, took.Seconds(), float64(rows)/took.Seconds()/1e6, stats.Kept, peak())
	return nil
}

// peak returns the largest resident memory of this process, in MB.
func peak() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb int
	for line := range strings.Lines(string(text)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			break
		}
	}
	return kb / 1024
}
