package reach

import (
	"fmt"
	"testing"
)

func TestTmp(t *testing.T) {
	for _, x := range []Topology{lab(), plant()} {
		p := Prove(x)
		fmt.Println(p.Err())
		fmt.Println(p.Markdown())
		x.Extra = []Extra{added()}
		p = Prove(x)
		fmt.Println(p.Err())
		fmt.Println(p.Markdown())
		x.Rules[0].Destination = "10.42.0.36/32"
		x.Rules = x.Rules[:len(x.Rules)-1]
		p = Prove(x)
		fmt.Println(p.Err())
		fmt.Println(p.Markdown())
	}
}
