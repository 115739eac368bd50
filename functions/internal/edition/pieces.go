package edition

import "encoding/binary"

// The table of a body in pieces: their number, and for each offset and length.
const (
	tableHead = 4
	pieceSize = 8
)

// tableSize is how many bytes the table of a body takes, if it has one.
func (p *Packed) tableSize() int {
	if len(p.Cuts) == 0 {
		return 0
	}
	return tableHead + pieceSize*(len(p.Cuts)+1)
}

// pieces puts a body piece by piece, equal ones once, and then their table.
func (h *heap) pieces(body []byte, cuts []uint32) uint32 {
	table := binary.LittleEndian.AppendUint32(nil, uint32(len(cuts)+1))
	from := uint32(0)
	add := func(to uint32) {
		table = binary.LittleEndian.AppendUint32(table, h.put(body[from:to]))
		table = binary.LittleEndian.AppendUint32(table, to-from)
		from = to
	}
	for _, cut := range cuts {
		add(cut)
	}
	add(uint32(len(body)))
	return h.put(table)
}

// join returns the body of a table, none if table or pieces are torn. Nothing is
// taken from a table on trust: only what the pieces have is made room for, and
// no more than a body may have.
func (e *Edition) join(offset, size uint64) []byte {
	head := e.slice(offset, tableHead)
	if head == nil || size > MaxBody {
		return nil
	}
	table := e.slice(offset+tableHead, pieceSize*uint64(binary.LittleEndian.Uint32(head)))
	have := uint64(0)
	for at := 0; at < len(table); at += pieceSize {
		have += uint64(binary.LittleEndian.Uint32(table[at+4:]))
	}
	if have != size {
		return nil
	}
	body := make([]byte, 0, size)
	for at := 0; at < len(table); at += pieceSize {
		body = append(body, e.slice(uint64(binary.LittleEndian.Uint32(table[at:])), uint64(binary.LittleEndian.Uint32(table[at+4:])))...)
	}
	if uint64(len(body)) != size {
		return nil
	}
	return body
}
