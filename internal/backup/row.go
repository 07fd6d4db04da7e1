package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"passerelle/internal/db"
)

// odd holds a text that JSON could not hold as it is.
type odd struct {
	Bytes []byte `json:"bytes"`
}

// writeRow writes a row as a line: a list of null, numbers and texts. Truths
// are 1 and 0, bytes are in base64, so that a row reads the same whichever
// engine it comes from.
func writeRow(b *bytes.Buffer, row []any) error {
	b.WriteByte('[')
	for i, v := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		switch x := v.(type) {
		case nil:
			b.WriteString("null")
		case bool:
			if x {
				b.WriteByte('1')
			} else {
				b.WriteByte('0')
			}
		case int64:
			b.Write(strconv.AppendInt(b.AvailableBuffer(), x, 10))
		case float64:
			b.Write(strconv.AppendFloat(b.AvailableBuffer(), x, 'g', -1, 64))
		case string:
			var text []byte
			var err error
			if utf8.ValidString(x) {
				text, err = json.Marshal(x)
			} else {
				text, err = json.Marshal(odd{[]byte(x)})
			}
			if err != nil {
				return err
			}
			b.Write(text)
		case []byte:
			b.WriteByte('"')
			b.WriteString(base64.StdEncoding.EncodeToString(x))
			b.WriteByte('"')
		default:
			return fmt.Errorf("a value of type %T", v)
		}
	}
	b.WriteString("]\n")
	return nil
}

var errValue = errors.New("a value is not of the kind of its column")

// readRow reads a line into values for columns of a database.
func readRow(line []byte, columns []db.Column) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return nil, err
	}
	if len(parts) != len(columns) {
		return nil, errValue
	}
	row := make([]any, len(parts))
	for i, part := range parts {
		v, err := readValue(part, columns[i].Kind)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}

func readValue(part json.RawMessage, kind db.Kind) (any, error) {
	text := string(part)
	if text == "null" {
		return nil, nil
	}
	switch kind {
	case db.Whole:
		return strconv.ParseInt(text, 10, 64)
	case db.Truth:
		if text != "0" && text != "1" {
			return nil, errValue
		}
		return text == "1", nil
	case db.Real:
		return strconv.ParseFloat(text, 64)
	case db.Bytes:
		bytes := []byte{}
		err := json.Unmarshal(part, &bytes)
		return bytes, err
	}
	if text[0] == '{' {
		var o odd
		err := json.Unmarshal(part, &o)
		return string(o.Bytes), err
	}
	var s string
	err := json.Unmarshal(part, &s)
	return s, err
}
