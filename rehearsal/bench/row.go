package main

import (
	"fmt"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
)

func row(figure, here, ratio string) figures.Row {
	return figures.Row{Figure: figure, Here: here, Ratio: ratio}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3g s", d.Seconds()) }

func ratio[T ~int | ~int64 | ~float64](a, b T) string {
	return fmt.Sprintf("%.2g", float64(a)/float64(b))
}
