package engine

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

// operator sits in front of a shell, in a fresh clone of the checkout.
type operator struct {
	t     *testing.T
	azure *playedAzure
	clone string
	env   []string
	ran   map[string]bool
	stack string // that the documents are followed for
}

// newOperator makes a machine with the Pulumi CLI, a language host, and Azure's stand-in as plug-in.
func newOperator(t *testing.T) *operator {
	t.Helper()
	return newOperatorOf(t, nil)
}

// newOperatorOf lets somebody else have a say in how instances end up.
func newOperatorOf(t *testing.T, instances *arm.Instances) *operator {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli(t.Context(), root, t.Output()); err != nil {
		t.Fatal(err)
	}
	o := &operator{t: t, azure: &playedAzure{}, clone: filepath.Join(t.TempDir(), "clone"), ran: map[string]bool{}}
	o.copyCheckout(root)
	o.azure.Engine = &Engine{options: Options{Instant: true, Between: o.azure.between, Instances: instances},
		Secrets: &azurenative.Secrets{}}
	t.Cleanup(func() {
		if err := o.azure.Close(); err != nil {
			t.Error(err)
		}
	})
	plugins, err := o.azure.serve()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	path := []string{installPulumi(t, root), azureCLI(t), os.Getenv("PATH")}
	o.env = append(os.Environ(), goEnvironment(t)...)
	o.env = append(o.env,
		"HOME="+home,
		// to Pulumi ~ is the home that the system knows, whatever HOME says
		"PULUMI_HOME="+filepath.Join(home, ".pulumi"),
		"PATH="+strings.Join(path, string(filepath.ListSeparator)),
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_SKIP_CONFIRMATIONS=true", // nobody is there to say yes
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PULUMI_DEBUG_PROVIDERS="+plugins,
	)
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl operator\n"
	if err := os.WriteFile(filepath.Join(home, ".ssh", "id_ed25519.pub"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// installPulumi makes a folder as Pulumi's installer does: the CLI, and the language host beside it. The CLI warns of
// one elsewhere.
func installPulumi(t *testing.T, root string) string {
	t.Helper()
	folder, pulumi := languageHost(t), filepath.Join(root, ".tools", "bin", "pulumi")
	if _, err := os.Stat(pulumi); err != nil {
		if pulumi, err = exec.LookPath("pulumi"); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "cp", "--dereference", pulumi, folder).
		CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return folder
}

// azureCLI is a folder with an az that knows which subscription its user has chosen, and what $ALERTS tells of alerts.
func azureCLI(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\ncase $* in\n'account show --query id --output tsv') echo " + arm.Subscription + " ;;\n" +
		"'rest --method get --url '*/providers/Microsoft.AlertsManagement/alerts*) curl --silent --fail " +
		"\"$ALERTS?${5#*\\?}\" ;;\n*) exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(folder, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

// goEnvironment keeps the compiler's caches, which follow HOME otherwise.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	names := []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY"}
	values, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for i, value := range strings.Split(strings.TrimSpace(string(values)), "\n") {
		env = append(env, names[i]+"="+value)
	}
	return env
}

// copyCheckout copies what git has, or would take, of the checkout. The compiled program is kept where the checkout has
// it.
func (o *operator) copyCheckout(root string) {
	o.t.Helper()
	list := exec.CommandContext(o.t.Context(), "git", "-c", "safe.directory=*", "ls-files", "-z", "--cached",
		"--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		o.t.Fatalf("listing the checkout's files: %v", err)
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		from, to := filepath.Join(root, name), filepath.Join(o.clone, name)
		info, err := os.Stat(from)
		if os.IsNotExist(err) {
			continue // deleted, and git does not know yet
		}
		text, readErr := os.ReadFile(from)
		if err != nil || readErr != nil {
			o.t.Fatalf("copying %s: %v, %v", name, err, readErr)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			o.t.Fatal(err)
		}
		if err := os.WriteFile(to, text, info.Mode()); err != nil {
			o.t.Fatal(err)
		}
	}
	tools := filepath.Join(root, ".tools")
	if err := os.MkdirAll(tools, 0o750); err != nil {
		o.t.Fatal(err)
	}
	if err := os.Symlink(tools, filepath.Join(o.clone, ".tools")); err != nil {
		o.t.Fatal(err)
	}
}

// logIn keeps the state in the operator's own home: to Pulumi ~ is that of whoever runs the test.
func (o *operator) logIn() {
	o.t.Helper()
	o.meanwhile(`pulumi login "file://$HOME?metadata=skip"`)
}

// run types a command of the documents, which has to end well, and returns what it writes.
func (o *operator) run(command string) string {
	o.t.Helper()
	o.ran[command] = true
	return o.meanwhile(command)
}

// meanwhile does what the documents say in other words, or nothing about.
func (o *operator) meanwhile(command string) string {
	o.t.Helper()
	out, err := o.shell(command, nil)
	if err != nil {
		o.t.Fatalf("%s: %s\n%v\n%s", o.stack, command, err, out)
	}
	return out
}

// refused types a command of the documents that is to end badly, and say why.
func (o *operator) refused(command, why string) {
	o.t.Helper()
	o.ran[command] = true
	if out, err := o.shell(command, nil); err == nil || !strings.Contains(out, why) {
		o.t.Fatalf("%s: %s: %v, and it does not say %q:\n%s", o.stack, command, err, why, out)
	}
}

// killed types a command of the documents, which is killed when Azure has taken a resource and before anybody hears of
// it.
func (o *operator) killed(command, path string) {
	o.t.Helper()
	o.ran[command] = true
	out, err := o.shell(command, func(group int) { o.azure.killAt(path, group) })
	if !o.azure.rest() {
		o.t.Fatalf("%s: %s was not killed: %v\n%s", o.stack, command, err, out)
	}
}

// shell runs a command and keeps what it exports. Once it runs, started is told its process group.
func (o *operator) shell(command string, started func(group int)) (string, error) {
	exported := filepath.Join(o.t.TempDir(), "env")
	bash := exec.CommandContext(o.t.Context(), "bash", "-euo", "pipefail", "-c", command+"\nenv -0 >'"+exported+"'")
	bash.Dir, bash.Env, bash.SysProcAttr = o.clone, o.env, &syscall.SysProcAttr{Setpgid: true}
	var out, problems bytes.Buffer
	bash.Stdout, bash.Stderr = &out, &problems
	if err := bash.Start(); err != nil {
		return "", err
	}
	if started != nil {
		started(bash.Process.Pid)
	}
	if err := bash.Wait(); err != nil {
		return out.String() + problems.String(), err
	}
	env, err := os.ReadFile(exported)
	if err != nil {
		return out.String(), err
	}
	o.env = strings.Split(strings.TrimSuffix(string(env), "\x00"), "\x00")
	return out.String(), nil
}

func (o *operator) read(name string) string {
	o.t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		o.t.Fatal(err)
	}
	return string(text)
}

// fence is the block of a document that begins with a command.
func (o *operator) fence(name, first string) []string {
	o.t.Helper()
	for _, block := range fenced.FindAllString(o.read(name), -1) {
		if all := commands(block); all[0] == first {
			return all
		}
	}
	o.t.Fatalf("%s has no block that begins with %s", name, first)
	return nil
}

// only is the one command of a document that begins so.
func (o *operator) only(name, beginning string) string {
	o.t.Helper()
	all := slices.DeleteFunc(commands(o.read(name)), func(c string) bool { return !strings.HasPrefix(c, beginning) })
	if len(all) != 1 {
		o.t.Fatalf("%s has %d commands that begin with %s", name, len(all), beginning)
	}
	return all[0]
}

// download puts an example of the list that Defender for IoT offers into the clone.
func (o *operator) download(name string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.clone, name), []byte(o.read("examples/data/endpoint-details.csv")),
		0o600); err != nil {
		o.t.Fatal(err)
	}
}

// proxy is what the stack tells to type into the sensors.
func (o *operator) proxy() map[string]any {
	o.t.Helper()
	var proxy map[string]any
	out := o.meanwhile("pulumi stack output sensorProxy --show-secrets --json")
	if err := json.Unmarshal([]byte(out), &proxy); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	return proxy
}

// own are the stack's resources in Azure, of a type, or all of them.
func (o *operator) own(resourceType string) []arm.Resource {
	o.t.Helper()
	names := map[string]string{"dev": "lab", "prod": "plant-1", "plant-7": "plant-7"}
	return slices.DeleteFunc(o.azure.Azure.Resources(), func(r arm.Resource) bool {
		tags, _ := r.Body["tags"].(map[string]any)
		inGroup := strings.Contains(strings.ToLower(r.ID+"/"), "/resourcegroups/defender-iot-"+names[o.stack]+"/")
		return resourceType != "" && r.Type != resourceType || !inGroup && tags["site"] != names[o.stack]
	})
}
