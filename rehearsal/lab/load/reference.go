package load

import (
	"encoding/base64"
	"fmt"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
)

// Conf2022 is the documented configuration of 2022: allow-listed names first, no source, ports last, stock limits.
const Conf2022 = `http_port 3128
cache deny all
acl allowed_http_sites dstdomain .azure-devices.net
acl allowed_http_sites dstdomain .blob.core.windows.net
acl allowed_http_sites dstdomain .servicebus.windows.net
http_access allow allowed_http_sites
acl SSL_ports port 443
acl CONNECT method CONNECT
http_access deny CONNECT !SSL_ports
http_access allow localhost
http_access deny all
`

// port2022 is where that configuration listens.
const port2022 = 3128

// CustomData2022 brings a squid.conf as the documents of 2022 do: in base64, with nothing for the service's unit.
func CustomData2022(conf string) []byte {
	return fmt.Appendf(nil, "#cloud-config\npackages: [squid]\nwrite_files:\n- encoding: b64\n  content: %s\n  "+
		"path: %s\n  permissions: '0644'\nruncmd: [systemctl restart squid]\n",
		base64.StdEncoding.EncodeToString([]byte(conf)), machine.SquidConf)
}
