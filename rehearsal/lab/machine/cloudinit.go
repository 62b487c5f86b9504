package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Where cloud-init looks, and what it leaves behind.
const (
	cloudCfg        = "/etc/cloud/cloud.cfg"
	cloudRehearsal  = "/etc/cloud/cloud.cfg.d/zz-rehearsal.cfg" // the last in the alphabet counts
	cloudSeed       = "/var/lib/cloud/seed/nocloud/"
	CloudInitLog    = "/var/log/cloud-init.log"
	cloudInitOutput = "/var/log/cloud-init-output.log"
)

// moduleLists are the keys of cloud.cfg that say which modules run in a stage, and in which order.
var moduleLists = []string{"cloud_init_modules", "cloud_config_modules", "cloud_final_modules"}

// rehearsed are the modules that act on custom data, each with the keys that it reads. The others set up the machine
// itself: its disks, its name, its SSH keys.
var rehearsed = map[string][]string{
	aptModule:                        {"apt"},
	"bootcmd":                        {"bootcmd"},
	"write-files":                    {"write_files"},
	"runcmd":                         {"runcmd"},
	"set-passwords":                  {"ssh_pwauth"},
	"package-update-upgrade-install": {"package_update", "package_upgrade", "packages"},
	"write-files-deferred":           {},
	"scripts-user":                   {},
	"power-state-change":             {"power_state"},
}

// aptModule leads apt to mirrors: where the custom data names none, to those of the distribution, which the lab has
// not.
const aptModule = "apt-configure"

// moduleName is a module's name as rehearsed has it: distributions write it with dashes or underscores.
func moduleName(name string) string { return strings.ReplaceAll(name, "_", "-") }

// checkKeys refuses custom data for a module that is not rehearsed.
func checkKeys(customData []byte) error {
	var document map[string]any
	if err := yaml.Unmarshal(customData, &document); err != nil {
		return fmt.Errorf("reading the custom data: %w", err)
	}
	var known []string
	for _, keys := range rehearsed {
		known = append(known, keys...)
	}
	slices.Sort(known)
	var errs []error
	for key := range document {
		if !slices.Contains(known, key) {
			errs = append(errs, fmt.Errorf("custom data: %s is not rehearsed: use %s", key, strings.Join(known, ", ")))
		}
	}
	return errors.Join(errs...)
}

// wants is what the custom data has installed, and from where; no APT: from where the image says.
type wants struct {
	APT      map[string]any `yaml:"apt"`
	Packages []string       `yaml:"packages"`
}

func wanted(customData []byte) (w wants, err error) {
	if err := yaml.Unmarshal(customData, &w); err != nil {
		return wants{}, fmt.Errorf("reading the custom data: %w", err)
	}
	return w, nil
}

// cloudInit boots this machine from custom data, by the image's own cloud-init. The machine has no mirror but one that
// the custom data names: what the image has is up to date, and there is nothing else.
func cloudInit(customData []byte) error {
	for _, path := range []string{"/var/lib/cloud", CloudInitLog, cloudInitOutput, "/var/lib/apt/lists",
		"/etc/apt/sources.list", "/etc/apt/sources.list.d"} {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	wants, err := wanted(customData)
	if err != nil {
		return err
	}
	settings, err := cloudSettings(wants.APT != nil)
	if err != nil {
		return err
	}
	for _, f := range []file{
		{Path: cloudRehearsal, Mode: defaultMode, Content: settings},
		{Path: cloudSeed + "meta-data", Mode: defaultMode, Content: []byte("instance-id: rehearsal\n")},
		{Path: cloudSeed + "user-data", Mode: 0o600, Content: customData},
	} {
		if err := f.write(); err != nil {
			return err
		}
	}
	cloud, err := loadCloudInit()
	if err != nil {
		return fmt.Errorf("loading cloud-init: %w", err)
	}
	// A stage that fails keeps the next one from nothing, as with cloud-init's units.
	var errs []error
	starts := packagesStage
	if len(wants.Packages) == 0 {
		starts = configStage
	}
	for _, stage := range stages {
		if slices.Contains(stage, starts) {
			// The package is in the image, and starts Squid as it does when it is installed; where nothing is to be
			// installed, as it does in every boot.
			if err := exec.Command("sh", "-c", "systemctl daemon-reload && systemctl start squid").Run(); err != nil {
				errs = append(errs, fmt.Errorf("starting Squid as its package does: %w", err))
			}
		}
		if err := cloud.run(stage); err != nil {
			errs = append(errs, fmt.Errorf("cloud-init %s: %w\n%s", strings.Join(stage, " "), err,
				bootReport(cloud.said.all())))
		}
	}
	return errors.Join(append(errs, cloud.end())...)
}

// cloudSettings make cloud-init take the custom data from a file, leave the network as it is and run the modules that
// are rehearsed, in the image's order.
func cloudSettings(withMirror bool) ([]byte, error) {
	text, err := os.ReadFile(cloudCfg)
	if err != nil {
		return nil, err
	}
	var image map[string]any
	if err := yaml.Unmarshal(text, &image); err != nil {
		return nil, fmt.Errorf("reading %s: %w", cloudCfg, err)
	}
	settings := map[string]any{
		"datasource_list": []string{"NoCloud", "None"},
		"datasource":      map[string]any{"NoCloud": map[string]any{"fs_label": nil}}, // no search on disks
		"network":         map[string]any{"config": "disabled"},
		"output":          map[string]any{"all": "| tee -a " + cloudInitOutput},
	}
	for _, list := range moduleLists {
		modules, _ := image[list].([]any)
		settings[list] = slices.DeleteFunc(modules, func(module any) bool {
			name, _ := module.(string)
			_, kept := rehearsed[moduleName(name)]
			return !kept || moduleName(name) == aptModule && !withMirror
		})
	}
	return yaml.Marshal(settings)
}

// bootReport is what cloud-init has to say about a boot that failed: its status, and what the commands of the custom
// data wrote.
func bootReport(stages string) string {
	status, _ := exec.Command("cloud-init", "status", "--long").CombinedOutput() // its exit is the boot's failure
	log, err := os.ReadFile(cloudInitOutput)
	if err != nil {
		log = []byte(stages)
	}
	var said output
	said.text.Write(log)
	return strings.TrimSpace(string(status)) + "\n" + said.said()
}
