package oauth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A sealed record is sealMagic, the length of the open part (uint16, big endian), the open part (JSON of sealOpen), a
// salt, and the AES-256-GCM of the secret part (JSON of Stored) behind its nonce. All that stands before the nonce is
// authenticated with it. The key is the HKDF-SHA256 of the caller's key and the salt, which is new with each record.
const (
	sealMagic = "iracing-tokens/1\n"
	sealSalt  = 32
	// maxSealed is more than any record has.
	maxSealed = 256 << 10
)

// sealOpen is what can be read without the key.
type sealOpen struct {
	Hold Hold `json:"hold"`
	// Check is made from the key, to tell another key from a damaged record.
	Check []byte `json:"check"`
}

// The reasons why a sealed record cannot be opened.
var (
	// ErrOtherKey: the record was sealed with another key.
	ErrOtherKey = errors.New("the kept tokens were sealed with other secrets than those in the settings")
	// ErrDamaged: the record is not one, or not whole.
	ErrDamaged = errors.New("the kept tokens are damaged")
)

// Seal encrypts a record for keeping. key is secret material of any length that is hard to guess; it must not be empty.
func Seal(key []byte, s Stored) ([]byte, error) {
	secret, err := json.Marshal(plainStored(s))
	if err != nil {
		return nil, fmt.Errorf("encode the tokens: %w", err)
	}
	salt := make([]byte, sealSalt)
	_, _ = rand.Read(salt) // never fails
	gcm, check, err := sealKey(key, salt)
	if err != nil {
		return nil, err
	}
	open, err := json.Marshal(sealOpen{Hold: s.Hold, Check: check})
	if err != nil {
		return nil, fmt.Errorf("encode the tokens: %w", err)
	}
	if len(open) > math.MaxUint16 || len(secret) > maxSealed/2 {
		return nil, errors.New("encode the tokens: they are too long")
	}
	sealed := binary.BigEndian.AppendUint16([]byte(sealMagic), uint16(len(open)))
	sealed = append(append(sealed, open...), salt...)
	return gcm.Seal(sealed, nil, secret, sealed), nil
}

// Unseal reads what Seal wrote. Its errors are ErrOtherKey and ErrDamaged; the record then has what could be read without
// the key.
func Unseal(key, sealed []byte) (Stored, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(sealMagic))
	if !ok || len(rest) < 2 || len(sealed) > maxSealed {
		return Stored{}, ErrDamaged
	}
	n := 2 + int(binary.BigEndian.Uint16(rest))
	if len(rest) < n+sealSalt {
		return Stored{}, ErrDamaged
	}
	var open sealOpen
	if json.Unmarshal(rest[2:n], &open) != nil {
		return Stored{}, ErrDamaged
	}
	s := Stored{Hold: open.Hold}
	gcm, check, err := sealKey(key, rest[n:n+sealSalt])
	if err != nil {
		return s, err
	}
	if !bytes.Equal(check, open.Check) {
		return s, ErrOtherKey
	}
	before := len(sealMagic) + n + sealSalt
	secret, err := gcm.Open(nil, nil, sealed[before:], sealed[:before])
	if err != nil {
		return s, ErrDamaged
	}
	var plain plainStored
	if json.Unmarshal(secret, &plain) != nil {
		return s, ErrDamaged
	}
	plain.Hold = open.Hold
	return Stored(plain), nil
}

func sealKey(key, salt []byte) (cipher.AEAD, []byte, error) {
	if len(key) == 0 {
		return nil, nil, errors.New("there is no secret to seal the tokens with")
	}
	derived, err := hkdf.Key(sha256.New, key, salt, "iracing tokens: seal", 32)
	if err != nil {
		return nil, nil, fmt.Errorf("derive a key: %w", err)
	}
	check, err := hkdf.Key(sha256.New, key, salt, "iracing tokens: check", 8)
	if err != nil {
		return nil, nil, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, nil, fmt.Errorf("derive a key: %w", err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, nil, fmt.Errorf("derive a key: %w", err)
	}
	return gcm, check, nil
}
