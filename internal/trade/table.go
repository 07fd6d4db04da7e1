package trade

import "errors"

// A Table answers questions about trades and codes. It is made once, never
// changed, and safe for any number of readers. Slices it returns are shared:
// readers do not write to them.
type Table struct{}

// A Selection is what a reader chose when naming a trade by slug or code: an
// establishment is in it when its NAFA code is in NAFA or, when it has none
// the nomenclature knows, its NAF code is in NAF.
type Selection struct {
	Slug string   // of the trade; also when one of its codes was named
	NAFA []string // 1071CA, …
	NAF  []string // 10.71C, …
}

var errTodo = errors.New("trade data are being written")

// Load returns the table of the embedded reference data.
func Load() (*Table, error) { return nil, errTodo }

func (t *Table) Trade(slug string) (Trade, bool)          { return Trade{}, false }
func (t *Table) Trades() []Trade                          { return nil }
func (t *Table) ByNAFA(code string) (Code, bool)          { return Code{}, false }
func (t *Table) Codes() []Code                            { return nil }
func (t *Table) TradeOfNAFA(code string) (Trade, bool)    { return Trade{}, false }
func (t *Table) TradeOfNAF(naf string) (Trade, bool)      { return Trade{}, false }
func (t *Table) Resolve(s string) (Selection, bool)       { return Selection{}, false }
func (t *Table) SectorOfNAF(naf string) (Sector, bool)    { return "", false }
func (t *Table) NAFLabel(code string) (string, bool)      { return "", false }
func (t *Table) NAF25Label(code string) (string, bool)    { return "", false }
func (t *Table) ROMELabel(code string) (string, bool)     { return "", false }
func (t *Table) PresumedCraft(naf string) bool            { return false }
func (t *Table) FromNAF25(code string) []string           { return nil }
func (t *Table) LegalForm(code string) (string, bool)     { return "", false }
func (t *Table) FamilyOf(legalForm string) (Family, bool) { return "", false }
func (t *Table) Labels() []Label                          { return nil }
func (t *Table) Label(slug string) (Label, bool)          { return Label{}, false }
func (t *Table) LabelOfKind(kind string) (string, bool)   { return "", false }

// CraftCooperative reports whether a legal category is that of a craft
// cooperative, which belongs to both worlds.
func CraftCooperative(legalForm string) bool { return false }

// Sizes lists the head-count bands of Sirene, smallest first.
func Sizes() []string { return nil }

// SizeLabel returns the words for a head-count band in a language ("fr",
// "en").
func SizeLabel(code, lang string) string { return "" }
