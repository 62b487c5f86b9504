package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errLocked is the error of lock where somebody else has it.
var errLocked = errors.New("is locked")

// lockFleet keeps other runs of sites up in this checkout away until the file is closed, here and in every up that was
// given it. The system lets go of the lock when the last of these processes ends, however that ends. Two ups of one
// stack from elsewhere, Pulumi's own lock keeps apart.
func lockFleet() (*os.File, error) {
	if err := os.MkdirAll(notes, 0o700); err != nil {
		return nil, err
	}
	name := filepath.Join(notes, "lock")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		defer file.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("locking %s: %w", name, err)
		}
		who := make([]byte, 100)
		n, _ := file.Read(who)
		return nil, fmt.Errorf("another sites up runs in this checkout (%s). If it was killed, the ups that it began "+
			"still run: wait for their end; `fuser .sites/lock` shows them", who[:n])
	}
	who := fmt.Sprintf("process %d, since %s", os.Getpid(), time.Now().Format(time.DateTime))
	if err := errors.Join(file.Truncate(0), writeAt(file, who)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}
