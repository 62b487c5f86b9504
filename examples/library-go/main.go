// A site from the library: the proxies in Azure, everything else at its default. Copy this file and Pulumi.yaml into a
// directory of your own; docs/components.md has the commands.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		proxy, err := components.NewSensorProxy(ctx, "plant-7", &components.SensorProxyArgs{
			Location:     "westeurope",
			AddressSpace: "10.47.0.0/26",
			SensorCIDRs:  []string{"10.48.0.0/22"},
			SSHPublicKey: pulumi.String(config.Require(ctx, "sshPublicKey")),
		})
		if err != nil {
			return err
		}
		ctx.Export("host", proxy.Host)
		ctx.Export("port", proxy.Port)
		return nil
	})
}
