package web

// An Instance is what identifies a house: instance.json of the data folder,
// edited by the operator. What is empty is shown as « à compléter ».
type Instance struct {
	Name     string    `json:"name"`     // of the site
	Tagline  string    `json:"tagline"`  // one line under the name
	Operator string    `json:"operator"` // who runs it: a body, its legal form
	Address  string    `json:"address"`
	Director string    `json:"director"` // of the publication
	Host     string    `json:"host"`     // who hosts it
	Contact  string    `json:"contact"`  // an address where someone reads
	Phone    string    `json:"phone"`
	DPO      string    `json:"dpo"` // contact of the data protection officer
	Partners []Partner `json:"partners"`
	Tiles    string    `json:"tiles"` // of the base map: URL with {z} {x} {y}; "" is the IGN's, "none" is no network
	Credit   string    `json:"credit"`
	Colours  Colours   `json:"colours"`
}

// Colours are those of what one can do, #rrggbb; empty is the blue of the
// house. The reader of an Instance refuses those that cannot be read.
type Colours struct {
	Action     string `json:"action"`      // under white words
	ActionDark string `json:"action_dark"` // on the dark page
}

// A Partner is an institution behind the house.
type Partner struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Logo string `json:"logo"` // a file of the data folder

	Picture []byte `json:"-"` // what the file holds
	Type    string `json:"-"` // image/svg+xml, image/png, image/jpeg, image/webp
}
