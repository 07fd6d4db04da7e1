package index

import "passerelle/internal/geo"

// A Layer is a part of what searches see, for those who walk over documents
// in a way of their own: the base, or a level of the overlay.
type Layer struct {
	*Index
	seg *segment
}

// Layers returns what searches see at this moment: the base first, then the
// levels of the overlay. What changes later is in other layers.
func (l *Live) Layers() []Layer {
	segs := l.state.Load().segs
	out := make([]Layer, 0, len(segs))
	for i := range segs {
		out = append(out, Layer{segs[i].Index, &segs[i]})
	}
	return out
}

// Covered reports whether a document is hidden, or replaced by a newer layer.
func (l Layer) Covered(doc uint32) bool { return l.seg.skip.has(doc) }

// Covers returns the documents for which Covered is true, one bit each, in
// memory of its own.
func (l Layer) Covers() []uint64 {
	b := make([]uint64, (l.Docs+63)/64)
	copy(b, l.seg.skip)
	return b
}

// Solicited returns how much a document was asked lately.
func (l Layer) Solicited(doc uint32) float32 { return l.seg.solicited(doc) }

// Serial tells indexes of this process apart.
func (x *Index) Serial() uint64 { return x.serial }

// Located returns the number of documents that have a point: they are the
// first.
func (x *Index) Located() int { return x.Placed }

// ID returns the identifier of a document.
func (x *Index) ID(doc uint32) uint64 { return x.ids[doc] }

// Doc returns the document of an identifier, -1 when it is not there.
func (x *Index) Doc(id uint64) int { return x.doc(id) }

// Point returns where a located document is.
func (x *Index) Point(doc uint32) geo.Point { return x.at(doc) }

// Vectors returns where the located documents are on the unit sphere: x, y and
// z of each. The slice is the file's.
func (x *Index) Vectors() []float64 { return x.xyz }

// Peek returns the stored bytes of a document, as they lie in the file: they
// may not be kept.
func (x *Index) Peek(doc uint32) []byte { return x.stored[x.storedOff[doc]:x.storedOff[doc+1]] }
