package rehearse

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/GehirnInc/crypt/sha512_crypt"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// sent is a value of a resource's properties as it was sent: some of them Azure never gives back. Nil where there is
// none.
func sent(e *engine.Engine, id, at string) any {
	for _, r := range e.Resources() {
		if r.ID != id {
			continue
		}
		value := r.Body["properties"]
		for key := range strings.SplitSeq(at, ".") {
			level, _ := value.(map[string]any)
			value = level[key]
		}
		return value
	}
	return nil
}

// scaleSet reads what a scale set's instances are, and what they are made of.
func scaleSet(e *engine.Engine, id string) (set model.ScaleSet, err error) {
	set = model.ScaleSet{Name: path.Base(id), Instances: e.Azure.Instances(id)}
	text, _ := sent(e, id, "virtualMachineProfile.osProfile.customData").(string)
	if set.CustomData, err = base64.StdEncoding.DecodeString(text); err != nil {
		return set, fmt.Errorf("custom data of scale set %s: %w", set.Name, err)
	}
	text, _ = sent(e, id, "virtualMachineProfile.userData").(string)
	if set.UserData, err = base64.StdEncoding.DecodeString(text); err != nil {
		return set, fmt.Errorf("user data of scale set %s: %w", set.Name, err)
	}
	_, script := gate(e, id)
	text, _ = script.(string)
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return set, fmt.Errorf("readiness gate of scale set %s: %w", set.Name, err)
	}
	set.Gate = string(decoded)
	return set, nil
}

// gate is the name and the script of the extension that says whether an instance is ready.
func gate(e *engine.Engine, id string) (name string, script any) {
	all, _ := sent(e, id, "virtualMachineProfile.extensionProfile.extensions").([]any)
	for _, one := range all {
		extension, _ := one.(map[string]any)
		properties, _ := extension["properties"].(map[string]any)
		if settings, _ := properties["settings"].(map[string]any); properties["type"] == "CustomScript" {
			return fmt.Sprint(extension["name"]), settings["script"]
		}
	}
	return "", nil
}

// notice is how long before their end a scale set has its instances told; 0: not at all.
func notice(e *engine.Engine, id string) time.Duration {
	const profile = "virtualMachineProfile.scheduledEventsProfile.terminateNotificationProfile."
	if told, _ := sent(e, id, profile+"enable").(bool); !told {
		return 0
	}
	minutes, _ := sent(e, id, profile+"notBeforeTimeout").(string)
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(minutes, "PT"), "M"))
	if err != nil {
		n = 5 // what Azure takes where nothing is said
	}
	return time.Duration(n) * time.Minute
}

// userAndHash is a line of the file that Squid finds users in.
var userAndHash = regexp.MustCompile(`(?m)^\s*([^:\s]+):(\$6\$\S+)$`)

// login is what the proxies that are made of this custom data ask for: nothing, or a user and the secret that fits the
// hash.
func login(customData []byte, secrets []string) (username, password string, err error) {
	match := userAndHash.FindSubmatch(customData)
	if match == nil {
		return "", "", nil
	}
	for _, secret := range secrets {
		if sha512_crypt.New().Verify(string(match[2]), []byte(secret)) == nil {
			return string(match[1]), secret, nil
		}
	}
	return "", "", errors.New("none of the stack's secrets matches the password hash on the proxies")
}
