package synth

// What is wrong or odd in the registers, and how often it is drawn, in ten
// thousandths. A reader that treats one of them as the usual case goes wrong
// somewhere in every register written here.
const (
	partialPerson     = 1250 // statutDiffusion P of natural persons
	partialFirm       = 260  // of legal persons
	partialPlace      = 50   // of an establishment whose unit is open to all
	formerCode        = 3000 // in a commune that has former ones, a former code
	signSuppressed    = 70   // SUPPRESSION DU NOM COMMERCIAL
	noActivity        = 60   // 00.00Z
	unknownDay        = 150  // 1900-01-01
	complement        = 700  // of the address
	complementOdd     = 1200 // of those: commas, quotes, a line feed
	noPosition        = 1200 // no Lambert coordinates
	geolocated        = 9300 // has a row in the geolocation file
	geolocatedPartial = 500  // and of those in partial diffusion
	randomPoint       = 800  // qualite_xy 33
	noNAF25           = 400  // the informative column is empty
	noSize            = 3500 // NN
	presumedCraft     = 1200 // of craft: no APRM
	unknownAPRM       = 80   // of craft: a code that no list has
	closedUnitOpen    = 60   // of closed units: the establishment is said active
	oldNomenclature   = 600  // of closed establishments: NAFRev1, NAF1993, NAP
	abroad            = 40   // of those elsewhere: not in France
	registered        = 7200 // of open craft: in the RNE
	essFlag           = 6200 // of ESS by legal form: says so
	essListed         = 9000 // of ESS: in ESS France's list
)

// essOpenPerThousand is the number of open establishments of a thousand open
// ESS enterprises: one in seven has one to four more (see draw).
const essOpenPerThousand = 1357
