package arguments

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type args struct {
	Location string                `pulumi:"location"`
	Ranges   []string              `pulumi:"ranges"`
	Port     int                   `pulumi:"port,optional"`
	Enabled  *bool                 `pulumi:"enabled,optional"`
	Key      pulumi.StringInput    `pulumi:"key"`
	Tags     pulumi.StringMapInput `pulumi:"tags,optional"`
	Auth     *auth                 `pulumi:"auth,optional"`
	Rules    []auth                `pulumi:"rules,optional"`
	Own      string                // not Pulumi's
}

type auth struct {
	User     string             `pulumi:"user"`
	Password pulumi.StringInput `pulumi:"password,optional"`
}

type values = map[string]property.Value

func object(of values) property.Value { return property.New(property.NewMap(of)) }

func list(of ...property.Value) property.Value { return property.New(property.NewArray(of)) }

func text(of string) property.Value { return property.New(of) }

var later = property.New(property.Computed)

func checked(of values) error { return Check("Thing", "plant", property.NewMap(of), &args{}) }

func TestArgumentsOfTheRightFormAreTaken(t *testing.T) {
	for name, given := range map[string]values{
		"none": {},
		"plain": {
			"location": text("westeurope"), "ranges": list(text("10.0.0.0/8")), "port": property.New(3128.0),
			"enabled": property.New(true),
			"key":     text("ssh-ed25519"), "tags": object(values{"owner": text("ot")}),
			"auth":  object(values{"user": text("sensor")}),
			"rules": list(object(values{"user": text("sensor"), "password": text("secret")})),
		},
		"inputs that only another resource knows": {
			"key": later, "tags": later, "auth": object(values{"user": text("sensor"), "password": later}),
		},
		"part of an input that only another resource knows": {"tags": object(values{"owner": later})},
		"secret inputs": {
			"key": text("ssh").WithSecret(true), "auth": object(values{"password": text("secret").WithSecret(true)}),
			"tags": object(values{"owner": text("ot").WithSecret(true)}),
		},
		"inputs from another resource": {"key": text("ssh").WithDependencies([]urn.URN{"urn"})},
		"nothing":                      {"port": property.New(property.Null), "key": property.New(property.Null)},
		"Pulumi's own":                 {"__defaults": list()},
	} {
		if err := checked(given); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEverythingOfTheWrongFormIsSaidAtOnce(t *testing.T) {
	err := checked(values{
		"location": property.New(7.0),
		"ranges":   list(text("10.0.0.0/8"), later),
		"port":     property.New(3128.5),
		"enabled":  text("yes"),
		"key":      list(),
		"tags":     object(values{"owner": property.New(true)}),
		"auth":     object(values{"user": text("marker").WithSecret(true), "pasword": text("marker")}),
		"rules":    text("marker"),
		"zone":     text("marker"),
	})
	if err == nil {
		t.Fatal("taken")
	}
	want := `Thing "plant": wrong arguments, 10; nothing was registered:
  - auth.pasword is not known: use one of user, password
  - auth.user is secret, and is checked before anything is built: give it in plain text, and keep secret ` +
		`only fields that may be
  - enabled is a text: give true or false
  - key is a list: give a text
  - location is a number: give a text
  - port is a number: give a whole number
  - ranges[1] comes from another resource, and decides what is built: give it as it is, or take it from ` +
		`the stack's configuration
  - rules is a text: give a list
  - tags.owner is true or false: give a text
  - zone is not known: use one of location, ranges, port, enabled, key, tags, auth, rules`
	if err.Error() != want {
		t.Errorf("it says\n%v\nand not\n%s", err, want)
	}
	if strings.Contains(err.Error(), "marker") {
		t.Error("it shows a value, which may be a secret")
	}
}

func TestAPlainValueOfAnotherResourceIsRefusedWhenItIsKnownToo(t *testing.T) {
	err := checked(values{"location": text("westeurope").WithDependencies([]urn.URN{"urn"})})
	if err == nil || !strings.Contains(err.Error(), "location comes from another resource") {
		t.Error(err)
	}
}
