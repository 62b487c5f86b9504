package netns

import (
	"strings"
	"testing"
)

func TestAProgramThatWouldRunItselfForEverIsTold(t *testing.T) {
	if _, _, err := Piped(t.Context(), RoleLab); err == nil || !strings.Contains(err.Error(), "lab.Main") {
		t.Errorf("%v", err)
	}
}
