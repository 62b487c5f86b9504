// Program defender-iot-proxy connects one site's OT sensors privately to Microsoft Defender for IoT.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/program"
)

func main() {
	pulumi.Run(program.Site)
}
