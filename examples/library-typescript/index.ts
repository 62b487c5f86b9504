// A site from the library, in TypeScript: the proxies in Azure, everything else at its default. Copy this folder into a
// directory of your own; docs/components.md has the commands.
import * as pulumi from "@pulumi/pulumi";
import { SensorProxy } from "@pulumi/defender-iot-proxy";

const proxy = new SensorProxy("plant-7", {
    location: "westeurope",
    addressSpace: "10.47.0.0/26",
    sensorCidrs: ["10.48.0.0/22"],
    sshPublicKey: new pulumi.Config().require("sshPublicKey"),
});
export const { host, port } = proxy;
