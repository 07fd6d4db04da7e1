// Package register reads the public registers: their files go in, typed
// records come out, one row at a time, in bounded memory.
//
// It decides nothing about a firm (who is craft, what is masked: see
// package directory) and touches no database. Its one difficulty is size:
// the two stock files of INSEE hold 74 million rows that must be joined by
// SIREN in minutes on two cores; see docs/data.md.
package register
