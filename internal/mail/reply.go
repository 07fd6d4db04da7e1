package mail

import (
	"regexp"
	"strings"
)

// The lines that programs write over the mail that is answered. Spaces may be
// of the kind that does not break, and long lines are broken in two or three.
var (
	wrote    = regexp.MustCompile(`(?i)^(le\b.*[0-9].*\ba écrit|on\b.*[0-9].*\bwrote|.*<[^<> ]+@[^<> ]+> (a écrit|wrote))[\s\x{00A0}\x{202F}]*:$`)
	wroteTop = regexp.MustCompile(`(?i)^(le|on)\b.*[0-9]`)
	original = regexp.MustCompile(`(?i)^[-_*\s]{2,}(message d['’]origine|message original|original message|original appointment|courriel original)[-_*\s]{2,}$`)
	fromLine = regexp.MustCompile(`(?i)^\*?(de|from)[\s\x{00A0}\x{202F}]*:\*?\s*\S`)
	headLine = regexp.MustCompile(`(?i)^\*?(envoyé|sent|date|à|to|cc|objet|subject)([\s\x{00A0}\x{202F}]+(le|par))?[\s\x{00A0}\x{202F}]*:`)
)

// headers is how many lines after From: must look like a header for it to be
// one, of those that follow at once.
const headers = 2

// Reply returns what a person wrote in answer to a mail, without the mail that
// the program put under or between. It would rather leave a line too much than
// take one away: where a program does not mark what it quotes, only a line
// that programs write cuts the rest, and where nothing would be left of it all
// stays. A signature stays: these are the person's own words.
func Reply(text string) string {
	all := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var kept []string
	quoted, marked := 0, false
	for i := 0; i < len(all); {
		line := strings.TrimSpace(all[i])
		if strings.HasPrefix(line, ">") {
			quoted++
			kept = append(kept, all[i])
			i++
			continue
		}
		n := attribution(all[i:])
		if n == 0 {
			kept = append(kept, all[i])
			i++
			continue
		}
		if rest := trimBlank(all[i+n:]); len(rest) > 0 && strings.HasPrefix(strings.TrimSpace(rest[0]), ">") {
			marked = true // what is quoted is marked: what is not, between or under, is an answer
			i += n
			continue
		}
		above := tidy(kept, marked || quoted > 1)
		if above == "" {
			break // an answer under what it answers, with nothing to tell them apart
		}
		return above
	}
	if !marked && quoted == 0 {
		return tidy(all, false)
	}
	return tidy(kept, marked || quoted > 1)
}

// attribution returns how many lines, from the first, say that a mail follows
// that is answered, or 0.
func attribution(all []string) int {
	line := strings.TrimSpace(all[0])
	if original.MatchString(line) || wrote.MatchString(line) {
		return 1
	}
	if wroteTop.MatchString(line) {
		joined := line
		for n := 2; n <= 4 && n <= len(all); n++ {
			next := strings.TrimSpace(all[n-1])
			if next == "" || len(joined) > 400 {
				break
			}
			joined += " " + next
			if wrote.MatchString(joined) {
				return n
			}
		}
	}
	if !fromLine.MatchString(line) {
		return 0
	}
	found := 0
	for _, next := range all[1:min(len(all), 7)] {
		if !headLine.MatchString(strings.TrimSpace(next)) {
			break
		}
		if found++; found >= headers {
			return 1
		}
	}
	return 0
}

// tidy joins lines, without those that are quoted where these are marked as
// such: one > alone may be a sign of the person's own.
func tidy(all []string, unquote bool) string {
	var kept []string
	for _, line := range all {
		if unquote && strings.HasPrefix(strings.TrimSpace(line), ">") {
			continue
		}
		line = strings.TrimRight(line, " \t\r")
		if line == "" && len(kept) > 0 && kept[len(kept)-1] == "" {
			continue
		}
		kept = append(kept, line)
	}
	s := strings.TrimSpace(strings.Join(kept, "\n"))
	return strings.TrimSpace(strings.TrimRight(s, "_")) // the rule that Outlook draws over what it quotes
}

// trimBlank returns lines from the first with words.
func trimBlank(all []string) []string {
	for i, line := range all {
		if strings.TrimSpace(line) != "" {
			return all[i:]
		}
	}
	return nil
}
