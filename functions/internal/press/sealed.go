package press

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A sealed file begins with a magic of its own. Behind it stand one or more
// pieces, each after its seal: the hash of the program that wrote it, its size and
// its checksum.
const sealSize = 32 + 8 + crc32.Size

// readSealed returns the pieces of a sealed file, nothing if there is no such file
// or if any of it is torn or of another program: a build begins anew rather than
// with the half of what was known.
func readSealed(file, magic string, program [32]byte) ([][]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	data, ok := bytes.CutPrefix(data, []byte(magic))
	if err != nil || !ok {
		return nil, err
	}
	var pieces [][]byte
	for len(data) > 0 {
		if len(data) < sealSize || !bytes.HasPrefix(data, program[:]) {
			return nil, nil
		}
		size := binary.LittleEndian.Uint64(data[32:])
		if size > uint64(len(data)-sealSize) {
			return nil, nil
		}
		piece := data[sealSize : sealSize+size : sealSize+size]
		if !bytes.Equal(data[:sealSize], seal(program, piece)) {
			return nil, nil
		}
		pieces, data = append(pieces, piece), data[sealSize+size:]
	}
	return pieces, nil
}

// seal returns what stands before a piece.
func seal(program [32]byte, piece []byte) []byte {
	// The processor has an instruction for this polynomial.
	sum := crc32.Checksum(piece, crc32.MakeTable(crc32.Castagnoli))
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(slices.Clone(program[:]), uint64(len(piece))), sum)
}

// writeSealed writes a sealed file of one piece. It appears in one step, so that a
// build beside this one never reads half of it.
func writeSealed(file, magic string, program [32]byte, piece []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(file), "part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already if all went well
	for _, b := range [][]byte{[]byte(magic), seal(program, piece), piece} {
		if _, err := part.Write(b); err != nil {
			return errors.Join(err, part.Close())
		}
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}

// addSealed adds a piece to a sealed file in one write. If that does not come to
// its end, the seal will not fit and the file is of no use any more.
func addSealed(file string, program [32]byte, piece []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Concat(seal(program, piece), piece))
	return errors.Join(err, f.Close())
}
