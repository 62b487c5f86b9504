package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/term"
)

const passwordVariable = "SENSORCHECK_PASSWORD"

// secret is text that a slip of fmt does not show.
type secret string

// Format stands in for every verb of fmt.
func (secret) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "(hidden)")
}

// findPassword looks where a password may come from, in the order of the usage text.
func findPassword(o options, inOutputs secret, c console) (secret, error) {
	if o.passwordFile != "" {
		text, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return "", fmt.Errorf("-password-file %s cannot be read: %w", o.passwordFile, err)
		}
		line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		if line == "" || strings.ContainsAny(line, "\r\n\x00") {
			return "", fmt.Errorf("-password-file %s does not hold one line of text; allowed is the password alone: "+
				"write it into the file and nothing else", o.passwordFile)
		}
		return secret(line), nil
	}
	if password := c.getenv(passwordVariable); password != "" {
		return secret(password), nil
	}
	if inOutputs != "" {
		return inOutputs, nil
	}
	return askPassword(c)
}

// askPassword asks on the terminal, without echo.
func askPassword(c console) (secret, error) {
	fd := int(c.in.Fd())
	if !term.IsTerminal(fd) {
		return "", fmt.Errorf("the proxy's user needs a password, and there is no terminal to ask on: give "+
			"-password-file FILE or set %s", passwordVariable)
	}
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking for the password: %w", err)
	}
	// An interrupt must not leave the terminal without echo.
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	defer signal.Stop(interrupt)

	fmt.Fprint(c.err, "Password of the proxy's user (not shown): ")
	defer fmt.Fprintln(c.err)
	typed, failed := make(chan []byte, 1), make(chan error, 1)
	go func() {
		if line, err := term.ReadPassword(fd); err != nil {
			failed <- err
		} else {
			typed <- line
		}
	}()
	select {
	case line := <-typed:
		if len(line) == 0 {
			return "", errors.New("no password was typed: type it, or leave -user out if the proxy asks for none")
		}
		return secret(line), nil
	case err := <-failed:
		return "", fmt.Errorf("asking for the password: %w", err)
	case <-interrupt:
		return "", errors.Join(errors.New("interrupted"), term.Restore(fd, before))
	}
}
