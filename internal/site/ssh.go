package site

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// leastRSABits is the shortest RSA key that Azure accepts.
// Source: https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys
const leastRSABits = 2048

const allowedSSHKey = "one line as in a .pub file, of type ssh-ed25519 or ssh-rsa"

func loadSSHPublicKey(s *section) string {
	text := s.text("sshPublicKey")
	if text == "" {
		return ""
	}
	key, comment, _, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil || len(rest) > 0 {
		// A private key pasted by mistake must not travel on into a log, so the value is not shown.
		s.fail("sshPublicKey", nil, "is not a public key", allowedSSHKey,
			"Set the content of the .pub file, not of the private key, with `pulumi config set sshPublicKey \"$(cat "+
				"~/.ssh/id_ed25519.pub)\"`")
		return ""
	}
	switch key.Type() {
	case ssh.KeyAlgoED25519:
	case ssh.KeyAlgoRSA:
		if bits := rsaBits(key); bits < leastRSABits {
			s.fail("sshPublicKey", nil, fmt.Sprintf("is an RSA key of %d bits", bits),
				fmt.Sprintf("RSA of at least %d bits, or ed25519", leastRSABits),
				"Make a new one with `ssh-keygen -t ed25519`")
		}
	default:
		s.fail("sshPublicKey", key.Type(), "is of a type that Azure does not accept", allowedSSHKey,
			"Make a new one with `ssh-keygen -t ed25519`")
	}
	return strings.TrimSpace(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + " " + comment)
}

func rsaBits(key ssh.PublicKey) int {
	if crypto, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := crypto.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public.N.BitLen()
		}
	}
	return 0
}
