package pdf

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// QR draws an address as a QR code that a worn or folded paper still shows: a
// quarter of it may be lost. The margin is the paper's to keep, four modules.
func QR(address string) (Image, error) {
	code, err := qrcode.New(address, qrcode.High)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="`, len(rows), len(rows))
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return Image(b.String()), nil
}
