package figures

import (
	"os"
	"testing"
)

func TestTheReadmeShowsWhatWasMeasuredLast(t *testing.T) {
	measured, err := Read("../../../docs/performance.json")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := measured.In(string(readme))
	if err != nil {
		t.Fatal(err)
	}
	if len(measured) < 10 || string(readme) != want {
		t.Errorf("the README's table is not docs/performance.json: run make bench, which writes both. It would be\n%s",
			measured)
	}
}
