package exchange

import (
	"regexp"
	"slices"
	"strings"

	"passerelle/internal/fold"
)

// Why a need is held until a facilitator has seen it.
const (
	FlagNew     = "new"     // nothing of this establishment was visible before
	FlagAddress = "address" // an address, a number: they are given by the platform
	FlagWords   = "words"   // words of what has nothing to do here
)

// How much one establishment may have at a time: beyond, somebody else loses
// sight of theirs.
const (
	maxHeld = 3
	maxLive = 15
)

var (
	addressInText = regexp.MustCompile(`(?i)https?://|www\.|[\p{L}\p{N}._%+-]+\s*@\s*[\p{L}\p{N}-]|\b[\p{L}\p{N}-]{2,}\.(?:fr|com|net|org|eu|info|biz|io)\b`)
	numberInText  = regexp.MustCompile(`(?:(?:\+|00)\s?\d{2}|\b0)[\s.\-]*[1-9](?:[\s.\-]*\d{2}){4}\b`)
)

// watched are folded words that no need of a firm has: one of them holds it.
// They are whole words or runs of words.
var watched = []string{
	"casino", "bitcoin", "crypto", "cryptomonnaie", "cryptomonnaies", "viagra", "cialis", "trading", "forex", "voyance", "voyante", "marabout", "escort", "rencontre coquine",
	"gagnez de l argent", "revenus passifs", "argent facile", "pret entre particuliers", "credit sans justificatif", "rachat de credit", "100 pour cent gratuit",
	"travail a domicile", "marketing de reseau", "vente multiniveau", "compte cpf", "formation cpf", "whatsapp", "telegram",
	"au noir", "sans facture", "sans declarer", "non declare", "esclave", "connard", "encule", "salope", "nazi",
}

// HasAddress reports whether a text gives a web or mail address or a number to
// call.
func HasAddress(text string) bool {
	return addressInText.MatchString(text) || numberInText.MatchString(text)
}

// Flagged returns why a text is to be seen by somebody before others see it.
func Flagged(text string) []string {
	var flags []string
	if HasAddress(text) {
		flags = append(flags, FlagAddress)
	}
	key := " " + fold.Key(text) + " "
	if slices.ContainsFunc(watched, func(w string) bool { return strings.Contains(key, " "+w+" ") }) {
		flags = append(flags, FlagWords)
	}
	return flags
}
