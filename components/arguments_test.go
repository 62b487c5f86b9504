package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// constructors call every component with arguments: those given, or none at all.
var constructors = map[string]struct {
	build    func(ctx *pulumi.Context, empty bool) error
	required []string // fields that the error for empty arguments names
}{
	"SensorProxy": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewSensorProxy(ctx, "x", some(SensorProxyArgs{}, empty)))
	}, []string{"location", "addressSpace", "sensorCidrs", "sshPublicKey"}},
	"NetworkLayer": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewNetworkLayer(ctx, "x", some(NetworkLayerArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "addressSpace", "sensorCidrs", "natGatewayId"}},
	"NatEgress": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewNatEgress(ctx, "x", some(NatEgressArgs{}, empty)))
	}, []string{"location", "resourceGroupName"}},
	"InternalLB": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewInternalLB(ctx, "x", some(InternalLBArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "subnetId"}},
	"ProxyScaleSet": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewProxyScaleSet(ctx, "x", some(ProxyScaleSetArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "subnetId", "backendPoolId", "sshPublicKey", "sensorCidrs"}},
	"Diagnostics": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewDiagnostics(ctx, "x", some(DiagnosticsArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "virtualNetworkId", "networkSecurityGroupId", "loadBalancerId"}},
	"ProxyCredentials": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewProxyCredentials(ctx, "x", some(ProxyCredentialsArgs{}, empty)))
	}, []string{"username"}},
	"SiteGateway": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewSiteGateway(ctx, "x", some(SiteGatewayArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "virtualNetworkId", "subnetId"}},
	"Bastion": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewBastion(ctx, "x", some(BastionArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "subnetId"}},
	"SiteAlerts": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewSiteAlerts(ctx, "x", some(SiteAlertsArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "loadBalancerId", "scaleSetId", "emails"}},
	"SiteWorkbook": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewSiteWorkbook(ctx, "x", some(SiteWorkbookArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "siteName", "workspaceId", "loadBalancerId", "scaleSetId"}},
	"MicrosoftPeering": {func(ctx *pulumi.Context, empty bool) error {
		return last(NewMicrosoftPeering(ctx, "x", some(MicrosoftPeeringArgs{}, empty)))
	}, []string{"location", "resourceGroupName", "tenantCountry"}},
}

func some[T any](args T, empty bool) *T {
	if empty {
		return &args
	}
	return nil
}

func last[T any](_ T, err error) error { return err }

func TestEmptyArgumentsGiveErrorsThatNameEveryRequiredField(t *testing.T) {
	for component, c := range constructors {
		for _, empty := range []bool{true, false} {
			all, err := run(func(ctx *pulumi.Context) error { return c.build(ctx, empty) })
			if err == nil {
				t.Errorf("%s takes no arguments at all", component)
				continue
			}
			for _, field := range c.required {
				if !strings.Contains(err.Error(), "\n  - "+field+": is ") {
					t.Errorf("%s: %v\ndoes not name %s", component, err, field)
				}
			}
			if got := strings.Count(err.Error(), "\n  - "); got != len(c.required) {
				t.Errorf("%s: %v\nhas %d errors, want %d", component, err, got, len(c.required))
			}
			for _, r := range all {
				if r.token != "pulumi:pulumi:Stack" {
					t.Errorf("%s registered %s", component, r.name)
				}
			}
		}
	}
}

func TestEverythingThatIsWrongIsSaidAtOnceAndBySpellingOfTheField(t *testing.T) {
	args := smallest()
	args.Location = "westeurop e"
	args.AddressSpace = "10.42.0.0/28"
	args.SensorCIDRs = []string{"10.30.0.1/22", "0.0.0.0/0"}
	args.ProxyPort = 22
	args.Domains = []string{"https://example.com"}
	args.ProxyAuth = &ProxyAuth{Username: "a b", Password: pulumi.String("short")}
	args.ScaleSet = ScaleSetOptions{Instances: 500, VMSize: "large", DrainMinutes: 60}
	args.NAT.IdleTimeoutMinutes = 1
	args.Logs = LogOptions{WorkspaceID: pulumi.String("central"), RetentionDays: pulumi.IntRef(999),
		TrafficAnalyticsMinutes: 11}
	args.ExtraInboundRules = []InboundRule{{Priority: 100}}
	args.SSHPublicKey = pulumi.String("-----BEGIN OPENSSH PRIVATE KEY-----")
	args.Tags = pulumi.StringMap{"a<b": pulumi.String("x")}
	_, err := run(func(ctx *pulumi.Context) error { return last(NewSensorProxy(ctx, "plant", args)) })
	if err == nil {
		t.Fatal("no error")
	}
	for _, field := range []string{
		"addressSpace", "sensorCidrs[0]", "sensorCidrs[1]", "proxyPort", "domains[0]", "proxyAuth.username",
		"proxyAuth.password", "scaleSet.instances", "scaleSet.vmSize", "scaleSet.drainMinutes",
		"nat.idleTimeoutMinutes", "logs.workspaceId", "logs.retentionDays", "logs.trafficAnalyticsMinutes",
		"extraInboundRules[0].name", "extraInboundRules[0].priority", "extraInboundRules[0].sources",
		"sshPublicKey", "tags.a<b",
	} {
		if !strings.Contains(err.Error(), "\n  - "+field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
	for _, secret := range []string{"short", "BEGIN OPENSSH"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q", secret)
		}
	}
	if strings.Contains(err.Error(), "pulumi config") {
		t.Errorf("the error sends a program's author to a stack file: %v", err)
	}
}

func TestValuesThatOnlyAzureKnowsAreTaken(t *testing.T) {
	later := func(text string) pulumi.StringOutput {
		return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
	}
	args := smallest()
	args.ResourceGroupName = later("group")
	args.SSHPublicKey = later(sshKey)
	args.ProxyAuth = &ProxyAuth{Username: "new", Password: later("a password of some length"),
		Previous: &PreviousProxyAuth{Username: "old", Password: later("another password")}}
	args.Logs.WorkspaceID = later("workspace")
	args.Tags = pulumi.StringMap{"owner": later("ot")}
	all := built(t, args)
	if got := at(t, find(t, all, "DiagnosticSetting"), "workspaceId"); got != "workspace" {
		t.Errorf("workspaceId is %s", got)
	}
	for _, r := range all {
		if strings.HasSuffix(r.token, ":Workspace") || strings.HasSuffix(r.token, ":ResourceGroup") {
			t.Errorf("%s is made beside the given one", r.token)
		}
	}
}

// The reader of the configuration must have nothing against what stands for the arguments that a component has not.
func TestPlaceholdersAreNeverTheProblem(t *testing.T) {
	var wrong problems
	wrong.load(map[string]any{}, "")
	if err := wrong.err("placeholders", ""); err != nil {
		t.Error(err)
	}
	wrong.load(map[string]any{"scaleSet": map[string]any{"instances": 100, "overprovision": true}}, "")
	if err := wrong.err("the largest scale set", ""); err != nil {
		t.Error(err)
	}
}
