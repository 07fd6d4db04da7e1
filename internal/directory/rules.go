package directory

// The sources a Claim may name, beside "list:" and the label of a list.
const (
	sourceAPRM      = "sirene:aprm"
	sourceNAF       = "sirene:naf"
	sourceLegalForm = "sirene:legal_form"
	sourceFlag      = "sirene:flag"
	sourceRNE       = "rne"
)
