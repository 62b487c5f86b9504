package components

import (
	"fmt"

	"github.com/GehirnInc/crypt/sha512_crypt"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// generatedLength gives a generated password about 140 bits.
	generatedLength = 24
	// saltLength is the longest salt that SHA-512 crypt uses.
	saltLength = 16
	// hashing is SHA-512 crypt in the fewest rounds that it takes, a fifth of the usual ones. Each wrong password costs
	// the proxies a hash, while what protects the password is its length: who reads hashes there already is root.
	// Source: https://www.akkadia.org/drepper/SHA-crypt.txt
	hashing = "$6$rounds=1000$"
)

// ProxyCredentials is what sensors present to the proxy: the password, given or generated, and the hash of it that
// Squid stores. The salt lives in the stack's state, so the hash stays the same until the password changes.
type ProxyCredentials struct {
	pulumi.ResourceState

	// The user that sensors present.
	Username pulumi.StringOutput `pulumi:"username"`
	// The password that sensors present; secret.
	Password pulumi.StringOutput `pulumi:"password" provider:"secret"`
	// SHA-512 crypt of the password, as in crypt(5), for ProxyScaleSet; secret.
	Hash pulumi.StringOutput `pulumi:"hash" provider:"secret"`
}

// ProxyCredentialsArgs configures a ProxyCredentials. Required is Username.
type ProxyCredentialsArgs struct {
	// Required. 1 to 64 letters, digits, dots, dashes and underscores.
	Username string `pulumi:"username"`
	// Optional. 12 to 128 printable ASCII characters; secret. Default a generated password of 24 letters and digits.
	Password pulumi.StringInput `pulumi:"password,optional" provider:"secret"`
	// Optional. Sensors are told other credentials, and these are accepted until each sensor has the others. Default
	// false.
	Former bool `pulumi:"former,optional"`
}

// NewProxyCredentials makes the credentials. The password never leaves Pulumi's secrets: what the instances get is the
// hash.
func NewProxyCredentials(ctx *pulumi.Context, name string, args *ProxyCredentialsArgs,
	opts ...pulumi.ResourceOption) (*ProxyCredentials, error) {
	if args == nil {
		args = &ProxyCredentialsArgs{}
	}
	wrong := problems{nowhere: true}
	wrong.read(args, "proxyAuth", "username", "password")
	if args.Username == "" {
		wrong.fail("username", "is missing", "1 to 64 letters, digits, dots, dashes and underscores",
			"Choose the user name that the sensors will send")
	}
	if err := wrong.err("ProxyCredentials", name); err != nil {
		return nil, err
	}

	credentials := &ProxyCredentials{}
	if err := ctx.RegisterComponentResource(typePrefix+"ProxyCredentials", name, credentials, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(credentials)
	var password pulumi.StringOutput
	if args.Password != nil {
		password = args.Password.ToStringOutput()
	} else {
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

	credentials.Username = pulumi.String(args.Username).ToStringOutput()
	credentials.Password = pulumi.ToSecret(password).(pulumi.StringOutput)
	credentials.Hash = pulumi.ToSecret(pulumi.All(credentials.Password, salt.Result).
		ApplyT(func(in []any) (string, error) {
			return sha512_crypt.New().Generate([]byte(in[0].(string)), []byte(hashing+in[1].(string)))
		})).(pulumi.StringOutput)
	entry := "credentials"
	if args.Former {
		entry = "formerCredentials"
	}
	return credentials, ctx.RegisterResourceOutputs(credentials, pulumi.Map{
		"username": credentials.Username,
		"password": credentials.Password,
		"hash":     credentials.Hash,
		handedOut: pulumi.Map{entry: pulumi.Map{
			"username":  credentials.Username,
			"password":  credentials.Password,
			"generated": pulumi.Bool(args.Password == nil),
		}},
	})
}
