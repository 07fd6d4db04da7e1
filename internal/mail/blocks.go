package mail

import (
	"encoding/json"
	"fmt"
)

// Blocks are those of a letter, which is kept as it is until it goes.
type Blocks []Block

// A keptBlock is a block in JSON: under its name, alone.
type keptBlock struct {
	Para   *Para   `json:"para,omitempty"`
	Button *Button `json:"button,omitempty"`
	List   *List   `json:"list,omitempty"`
	Facts  *Facts  `json:"facts,omitempty"`
	Quote  *Quote  `json:"quote,omitempty"`
	Code   *Code   `json:"code,omitempty"`
}

// MarshalJSON writes blocks with their names.
func (all Blocks) MarshalJSON() ([]byte, error) {
	kept := make([]keptBlock, len(all))
	for i, b := range all {
		switch b := b.(type) {
		case Para:
			kept[i].Para = &b
		case Button:
			kept[i].Button = &b
		case List:
			kept[i].List = &b
		case Facts:
			kept[i].Facts = &b
		case Quote:
			kept[i].Quote = &b
		case Code:
			kept[i].Code = &b
		}
	}
	return json.Marshal(kept)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (all *Blocks) UnmarshalJSON(text []byte) error {
	var kept []keptBlock
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	*all = make(Blocks, len(kept))
	for i, k := range kept {
		switch {
		case k.Para != nil:
			(*all)[i] = *k.Para
		case k.Button != nil:
			(*all)[i] = *k.Button
		case k.List != nil:
			(*all)[i] = *k.List
		case k.Facts != nil:
			(*all)[i] = *k.Facts
		case k.Quote != nil:
			(*all)[i] = *k.Quote
		case k.Code != nil:
			(*all)[i] = *k.Code
		default:
			return fmt.Errorf("block %d of a letter is of no kind that is known", i)
		}
	}
	return nil
}
