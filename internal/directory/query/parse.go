package query

import (
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// Terms are what a query may name.
type Terms struct {
	Places *place.Atlas
	Trades *trade.Table
	Labels []string // slugs of labels carried by establishments, beside those of Trades
}
