package components

import (
	"fmt"

	"github.com/GehirnInc/crypt/sha512_crypt"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const (
	// generatedLength gives a generated password about 140 bits.
	generatedLength = 24
	// saltLength is the longest salt that SHA-512 crypt uses.
	saltLength = 16
)

// ProxyCredentials is what sensors present to the proxy: the password, given or generated, and the hash of it that Squid stores.
// The salt lives in the stack's state, so the hash stays the same until the password changes.
type ProxyCredentials struct {
	pulumi.ResourceState

	Username string
	Password pulumi.StringOutput // secret
	Hash     pulumi.StringOutput // secret; SHA-512 crypt, as in crypt(5)
}

// ProxyCredentialsArgs configures a ProxyCredentials.
type ProxyCredentialsArgs struct {
	Auth site.ProxyAuth // Required.
	// Former is that sensors are told other credentials; these are accepted as well until each has them. Optional.
	Former bool
}

// NewProxyCredentials makes the credentials. The password never leaves Pulumi's secrets: what the instances get is the hash.
func NewProxyCredentials(ctx *pulumi.Context, name string, args *ProxyCredentialsArgs, opts ...pulumi.ResourceOption) (*ProxyCredentials, error) {
	credentials := &ProxyCredentials{Username: args.Auth.Username}
	if err := ctx.RegisterComponentResource(typePrefix+"ProxyCredentials", name, credentials, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(credentials)

	password := pulumi.ToSecret(pulumi.String(args.Auth.Password)).(pulumi.StringOutput)
	if args.Auth.Password == "" {
		// Letters and digits only: the password is typed into a sensor's console.
		generated, err := random.NewRandomPassword(ctx, name+"-password", &random.RandomPasswordArgs{
			Length: pulumi.Int(generatedLength), Special: pulumi.Bool(false),
		}, parent)
		if err != nil {
			return nil, fmt.Errorf("proxy password: %w", err)
		}
		password = generated.Result
	}
	salt, err := random.NewRandomString(ctx, name+"-salt", &random.RandomStringArgs{
		Length: pulumi.Int(saltLength), Special: pulumi.Bool(false),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("salt of the proxy password: %w", err)
	}

	credentials.Password = pulumi.ToSecret(password).(pulumi.StringOutput)
	credentials.Hash = pulumi.ToSecret(pulumi.All(password, salt.Result).ApplyT(func(in []any) (string, error) {
		return sha512_crypt.New().Generate([]byte(in[0].(string)), []byte("$6$"+in[1].(string)))
	})).(pulumi.StringOutput)
	entry := "credentials"
	if args.Former {
		entry = "formerCredentials"
	}
	return credentials, ctx.RegisterResourceOutputs(credentials, pulumi.Map{handedOut: pulumi.Map{entry: pulumi.Map{
		"username":  pulumi.String(credentials.Username),
		"password":  credentials.Password,
		"generated": pulumi.Bool(args.Auth.Password == ""),
	}}})
}
