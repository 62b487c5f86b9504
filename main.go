// Program defender-iot-proxy connects one site's OT sensors privately to Microsoft Defender for IoT.
package main

import "github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"

func main() {
	program.Run()
}
