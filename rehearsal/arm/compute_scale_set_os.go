package arm

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
)

// Limits of an instance's operating system.
const (
	// https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/create-or-update#virtualmachinescalesetosprofile
	longestCustomData         = 65535 // bytes, decoded; 87,380 characters of base64
	longestAdminName          = 64
	longestComputerNamePrefix = 58
	// https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys#supported-ssh-key-formats
	shortestRSA = 2048 // bits
)

// reservedAdminNames are refused for Linux.
// https://learn.microsoft.com/azure/virtual-machines/linux/faq#what-are-the-username-requirements-when-creating-a-vm-
var reservedAdminNames = strings.Fields(`
	1 123 a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner root server sql
	support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4 user5 video`)

const adminNameDoc = "https://learn.microsoft.com/azure/virtual-machines/linux/faq"

// image is a platform image without its version.
type image struct{ publisher, offer, sku string }

// autoUpgradeImages are the Linux images whose new versions automatic OS upgrade rolls out.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade#supported-os-images
var autoUpgradeImages = []image{
	{"canonical", "0001-com-ubuntu-server-focal", "20_04-lts"},
	{"canonical", "0001-com-ubuntu-server-focal", "20_04-lts-gen2"},
	{"canonical", "0001-com-ubuntu-server-focal", "20_04-lts-arm64"},
	{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts"},
	{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"},
	{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-arm64"},
	{"canonical", "0001-com-ubuntu-pro-microsoft", "pro-fips-20_04-gen2"},
	{"canonical", "ubuntu-24_04-lts", "server-arm64"},
	{"microsoftcblmariner", "cbl-mariner", "cbl-mariner-2"},
	{"microsoftcblmariner", "cbl-mariner", "cbl-mariner-2-gen2"},
	{"microsoftcblmariner", "cbl-mariner", "cbl-mariner-2-arm64"},
}

const autoUpgradeDoc = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade"

// scaleSetOSRules are about what runs on the instances and who may log in.
var scaleSetOSRules = []Rule{
	{
		Name: "an administrator's name is 1 to 64 characters and not reserved", Code: "InvalidParameter",
		Source: adminNameDoc,
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			name := val(os.AdminUsername)
			if len(name) <= longestAdminName && !slices.Contains(reservedAdminNames, strings.ToLower(name)) {
				return ""
			}
			return fmt.Sprintf("The Admin Username specified is not allowed: %s.", name)
		}),
	},
	{
		Name: "a computer name prefix has at most 58 characters", Code: "InvalidParameter", Source: resourceNaming,
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			if len(val(os.ComputerNamePrefix)) <= longestComputerNamePrefix {
				return ""
			}
			return fmt.Sprintf("The value '%s' of parameter computerNamePrefix is longer than %d characters.",
				val(os.ComputerNamePrefix), longestComputerNamePrefix)
		}),
	},
	{
		Name: "there is a password or an SSH key", Code: "InvalidParameter", Source: scaleSetReference,
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			linux := val(os.LinuxConfiguration)
			if len(sshKeys(os)) > 0 || val(os.AdminPassword) != "" && !val(linux.DisablePasswordAuthentication) {
				return ""
			}
			return "Authentication using either SSH or by user name and password must be enabled in Linux profile."
		}),
	},
	{
		Name: "an SSH key goes to the administrator's authorized_keys", Code: "InvalidParameter",
		Source: scaleSetReference,
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			path := fmt.Sprintf("/home/%s/.ssh/authorized_keys", val(os.AdminUsername))
			return first(sshKeys(os), func(k *armcompute.SSHPublicKey) string {
				if val(k.Path) == path {
					return ""
				}
				return fmt.Sprintf("Destination path for SSH public keys is currently limited to its default value "+
					"%s, and is '%s'.", path, val(k.Path))
			})
		}),
	},
	{
		Name: "an SSH key is RSA of at least 2048 bits or Ed25519", Code: "InvalidParameter",
		Source: "https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys#supported-ssh-key-formats",
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			return first(sshKeys(os), func(k *armcompute.SSHPublicKey) string {
				if wrong := badSSHKey(val(k.KeyData)); wrong != "" {
					return "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid: " + wrong + "."
				}
				return ""
			})
		}),
	},
	{
		Name: "custom data is base64 of at most 65535 bytes", Code: "InvalidParameter", Source: scaleSetReference,
		check: aboutOS(func(os *armcompute.VirtualMachineScaleSetOSProfile) string {
			data, err := base64.StdEncoding.DecodeString(val(os.CustomData))
			if err == nil && len(data) <= longestCustomData {
				return ""
			}
			return fmt.Sprintf("Custom data in OSProfile must be in Base64 encoding and with a maximum length of %d "+
				"characters.",
				base64.StdEncoding.EncodedLen(longestCustomData))
		}),
	},
	{
		Name: "automatic OS upgrade follows the latest version", Code: "BadRequest", Source: autoUpgradeDoc,
		check: withAutoUpgrade(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			ref := m.Properties.VirtualMachineProfile.StorageProfile.ImageReference
			switch {
			case val(ref.ID) != "" && !strings.Contains(key(*ref.ID), "/versions/"):
				return ""
			case val(ref.ID) == "" && strings.EqualFold(val(ref.Version), "latest"):
				return ""
			}
			return "Automatic OS Upgrade is not supported for this Virtual Machine Scale Set because the image " +
				"version is not 'latest'."
		}),
	},
	{
		Name: "automatic OS upgrade is for supported images", Code: "BadRequest", Source: autoUpgradeDoc,
		check: withAutoUpgrade(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			used := imageOf(m)
			fromGallery := val(m.Properties.VirtualMachineProfile.StorageProfile.ImageReference.ID) != ""
			if fromGallery || slices.Contains(autoUpgradeImages, used) {
				return ""
			}
			return fmt.Sprintf("Automatic OS Upgrade is not supported for this Virtual Machine Scale Set because the "+
				"image %v is not supported.", used)
		}),
	},
}

// imageOf is the platform image of the instances, in lower case.
func imageOf(m *armcompute.VirtualMachineScaleSet) image {
	ref := m.Properties.VirtualMachineProfile.StorageProfile.ImageReference
	return image{strings.ToLower(val(ref.Publisher)), strings.ToLower(val(ref.Offer)), strings.ToLower(val(ref.SKU))}
}

func aboutOS(check func(os *armcompute.VirtualMachineScaleSetOSProfile) string) func(*change) string {
	return about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
		return check(m.Properties.VirtualMachineProfile.OSProfile)
	})
}

func withAutoUpgrade(check func(c *change, m *armcompute.VirtualMachineScaleSet) string) func(*change) string {
	return about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
		if !val(val(m.Properties.UpgradePolicy.AutomaticOSUpgradePolicy).EnableAutomaticOSUpgrade) {
			return ""
		}
		return check(c, m)
	})
}

func sshKeys(os *armcompute.VirtualMachineScaleSetOSProfile) []*armcompute.SSHPublicKey {
	return val(val(os.LinuxConfiguration).SSH).PublicKeys
}

// sshKeyLine is a public key as OpenSSH writes it: algorithm, base64, perhaps a comment.
var sshKeyLine = regexp.MustCompile(`^(ssh-rsa|ssh-ed25519) ([A-Za-z0-9+/]+=*)( .*)?$`)

// badSSHKey says what is wrong with a public key.
func badSSHKey(line string) string {
	parts := sshKeyLine.FindStringSubmatch(strings.TrimSpace(line))
	if parts == nil {
		return "it is not an ssh-rsa or ssh-ed25519 key in OpenSSH format"
	}
	blob, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return "it is not base64"
	}
	algorithm, blob := sshField(blob)
	if string(algorithm) != parts[1] {
		return "its contents are not " + parts[1]
	}
	number, blob := sshField(blob)
	if parts[1] == "ssh-ed25519" {
		if len(number) != 32 {
			return "an Ed25519 key has 32 bytes"
		}
		return ""
	}
	modulus, _ := sshField(blob) // after the exponent
	if bits := 8 * len(strings.TrimLeft(string(modulus), "\x00")); bits < shortestRSA {
		return fmt.Sprintf("its %d bits are fewer than %d", bits, shortestRSA)
	}
	return ""
}

// sshField takes the next length-prefixed field off an SSH blob.
func sshField(blob []byte) (field, rest []byte) {
	if len(blob) < 4 {
		return nil, nil
	}
	length := binary.BigEndian.Uint32(blob)
	if uint64(length) > uint64(len(blob)-4) {
		return nil, nil
	}
	return blob[4 : 4+length], blob[4+length:]
}
