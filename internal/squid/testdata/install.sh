#!/bin/sh
# Lays down the on-site proxy hall-3 on an Ubuntu or Debian host. Run it as root, as often as you like: what is
# as it should be stays as it is, and a change of the configuration alone cuts no sensor's tunnel.
#
# Exit 0: the proxy serves.
#      1: no root, no systemd, or a command failed.
#      2: Squid could not be installed.
#      3: Squid objects to the configuration; the one in place was left alone.
#      4: Squid was started and does not answer.
set -eu

port=3128
conf=/etc/squid/squid.conf
drop_in=/etc/systemd/system/squid.service.d/defender-iot-proxy.conf
unfinished=$conf.unfinished # is there while a change is in place that Squid does not run yet

configuration() {
  cat <<'END'
# Squid on site, hall-3: a tunnel on port 443 to Defender for IoT's hosts, for the
# sensors named here, and nothing else. The site's deployment makes this file and its
# install script writes it; the package's own is squid.conf.factory.

# Sensors come in here. Keep-alives find sensors that have vanished, and keep a quiet
# tunnel from being cut on its way.
http_port 3128 tcpkeepalive=60,30,3

# Who may use the proxy, by name.
acl sensor1 src 10.100.100.1
acl sensor2 src 10.100.100.2
acl sensors any-of sensor1
acl sensors any-of sensor2

# Where to. A leading dot is the domain and everything below it. -n: an address is
# never looked up backwards, since whoever owns it writes that name.
acl defender dstdomain -n .azure-devices.net
acl defender dstdomain -n .blob.core.windows.net
acl defender dstdomain -n .servicebus.windows.net
acl defender dstdomain -n download.microsoft.com

# How. Defender speaks TLS: a tunnel to 443 is all that a sensor ever asks for.
acl tunnel method CONNECT
acl https port 443

# A target given as an address: digits and dots, or IPv6 with its colons.
acl raw_address dstdom_regex -n ^[0-9.]+$ :

# A target that is no host name: another sign than letter, digit, hyphen and dot, or a
# label that DNS has not. To the list it may look like a name below a domain.
acl no_host_name dstdom_regex -n [^A-Za-z0-9.-]
acl no_host_name dstdom_regex -n (^|[.])- -([.]|$)
acl no_host_name dstdom_regex -n [^.]{64}

# The next proxy is the only way out. While it is down a sensor is refused (503), and
# nothing ever leaves the site beside it. Squid 5 takes its refusals for failures and
# after ten of them in a row would leave it aside, so one sensor with a wrong password
# would cut off all: hence the limit (https://github.com/squid-cache/squid/pull/1772).
# PASSTHRU: the sensor's own credentials go to the next proxy; none are kept here.
cache_peer 10.40.0.36 parent 3128 0 no-query no-digest default connect-fail-limit=1000000 login=PASSTHRU
never_direct allow all
nonhierarchical_direct off
peer_connect_timeout 15 seconds

# One word for each reason to refuse, for the access log and the reply.
acl why_source annotate_transaction refused=source
acl why_method annotate_transaction refused=method
acl why_port annotate_transaction refused=port
acl why_raw_address annotate_transaction refused=raw-address
acl why_no_host_name annotate_transaction refused=no-host-name
acl why_not_listed annotate_transaction refused=not-listed

# The first line that matches decides, so refusals stand before the one line that
# allows. A stranger learns only that he is one.
# No name is resolved here: the last proxy of the chain does that.
http_access deny !sensors why_source
http_access deny !tunnel why_method
http_access deny !https why_port
http_access deny raw_address why_raw_address
http_access deny no_host_name why_no_host_name
http_access allow defender
http_access deny all why_not_listed

# The technician at the sensor gets the reason too.
acl has_reason note refused
reply_header_add X-Refused "%{refused}note" has_reason

# What a sensor asks has some hundred bytes. More costs memory, as long as whoever sends
# it is remembered, and room in the log.
request_header_max_size 8 KB

# An address has an eighth of the descriptors: a sensor that is broken, or that somebody
# has taken over, leaves the others their tunnels.
client_ip_max_connections 8192

# A tunnel cannot be cached: no disk and no memory for it.
cache deny all
cache_mem 0 MB

# A tunnel takes two descriptors; the stock 1,024 are used up by 460 tunnels.
max_filedescriptors 65536

# Sensors hold tunnels for days and may be quiet for long, while a host that does not
# answer has to be given up before the sensor gives up on the proxy. Both are the same
# on a machine of any size.
request_timeout 30 seconds
connect_timeout 15 seconds
forward_timeout 60 seconds
read_timeout 30 minutes
client_lifetime 7 days
shutdown_lifetime 10 seconds

# One line of key=value for each request, without what the sensor presents to the proxy.
# Who connects and asks nothing, as a health probe does, leaves no line. logrotate does
# the rotation. A disk that is full costs lines and no tunnel: Squid writes them itself,
# since without its log daemon it would end.
acl has_request has request
logformat sensor time=%ts.%03tu client=%>a method=%rm target=%#ru status=%>Hs result=%Ss refused=%{refused}note server=%<a up=%>st down=%<st ms=%tr
access_log stdio:/var/log/squid/access.log logformat=sensor on-error=drop has_request
logfile_rotate 0

# Neither side learns the version, the machine's name or the sensor's address.
visible_hostname defender-iot-proxy
httpd_suppress_version_string on
email_err_data off
forwarded_for delete
request_header_access Via deny all
reply_header_access Via deny all
reply_header_access X-Cache deny all
reply_header_access X-Cache-Lookup deny all

# What is no proper HTTP is refused and not mended, CONNECT in small letters too.
relaxed_header_parser off

# No other doors: cache manager, cache siblings, SNMP, ping.
cachemgr_passwd disable all
icp_port 0
htcp_port 0
snmp_port 0
pinger_enable off
END
}

service_limits() {
  cat <<'END'
[Unit]
StartLimitIntervalSec=0

[Service]
LimitNOFILE=65536
OOMScoreAdjust=-900
OOMPolicy=continue
Restart=always
RestartSec=2s
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_DAC_OVERRIDE CAP_CHOWN CAP_KILL CAP_SYS_RESOURCE
ProtectSystem=full
ProtectProc=invisible
UMask=0027
ProtectKernelModules=yes
NoNewPrivileges=yes
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
END
}

say() { echo "hall-3: $*"; }

fail() {
  status=$1
  shift
  say "$*" >&2
  exit "$status"
}

# A package that was left by halves, by a full disk or by an update that asked about squid.conf, is taken to its end.
install_squid() {
  # shellcheck disable=SC2016 # dpkg-query's own variable
  case $(dpkg-query --show --showformat='${db:Status-Status}' squid 2>/dev/null) in
    half-* | unpacked) say "mending the package of Squid" ;;
    *)
      command -v squid >/dev/null && return
      say "installing Squid"
      ;;
  esac
  if ! apt-get update || ! DEBIAN_FRONTEND=noninteractive apt-get install -y \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold squid; then
    fail 2 "Squid could not be installed: mend what apt-get says above and run this again"
  fi
}

# Squid's objections to the file, without the lines that it merely repeats.
objections() {
  report=$(squid -k parse -f "$1" 2>&1) || echo "squid -k parse ends with status $?"
  printf '%s\n' "$report" | grep -v '| Processing: ' | grep -E 'WARNING|ERROR|FATAL' || true
}

# Some proxy answers on the port, if only to refuse us.
answers() {
  # shellcheck disable=SC2016 # bash, which can connect, expands it
  timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "CONNECT proxy.invalid:443 HTTP/1.1\r\n\r\n" >&3 &&
    read -r line <&3 && [ "${line#HTTP/}" != "$line" ]' "$port" 2>/dev/null
}

await_answer() {
  tries=0
  until answers; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail 4 "Squid does not answer on port $port: see journalctl -u squid"
    sleep 0.2
  done
}

place_configuration() {
  cmp -s "$new" "$conf" && return
  if [ -e "$conf" ] && [ ! -e "$conf.factory" ]; then
    ln "$conf" "$conf.factory" # at once and whole: the move takes the name away, not the file
    say "kept the former configuration as $conf.factory"
  fi
  : >"$unfinished"
  mv -f "$new" "$conf"
  say "wrote $conf"
  todo=${todo:-reload}
}

place_service_limits() {
  service_limits | cmp -s - "$drop_in" && return
  : >"$unfinished"
  mkdir -p "${drop_in%/*}"
  service_limits >"$drop_in"
  systemctl daemon-reload
  say "wrote $drop_in"
  todo=restart
}

# A reload keeps every tunnel; a restart, for what a reload does not change, ends them.
serve() {
  if ! systemctl is-enabled --quiet squid; then
    systemctl enable squid
    say "Squid starts at boot"
  fi
  systemctl is-active --quiet squid || todo=restart
  case $todo in
    reload) systemctl reload squid || systemctl restart squid ;;
    restart) systemctl restart squid ;;
  esac || fail 4 "Squid does not start: see journalctl -u squid"
  await_answer
  rm -f "$unfinished"
  case $todo in
    "") say "nothing to do; Squid serves on port $port" ;;
    *) say "${todo}ed; Squid serves on port $port" ;;
  esac
}

# Everything is inside functions that the last line calls: half a file does nothing.
main() {
  PATH=/usr/sbin:/usr/bin:/sbin:/bin
  umask 022
  [ "$(id -u)" -eq 0 ] || fail 1 "this needs root: run it with sudo"
  command -v systemctl >/dev/null || fail 1 "this needs systemd, which starts Squid at boot"
  install_squid

  new=$(mktemp "$conf.XXXXXX")
  trap 'rm -f "$new"' EXIT
  configuration >"$new"
  chmod 0644 "$new"
  found=$(objections "$new")
  if [ -n "$found" ]; then
    printf '%s\n' "$found" >&2
    fail 3 "Squid objects to the configuration, as above; $conf and whatever runs were left alone"
  fi

  todo=
  if [ -e "$unfinished" ]; then
    say "a former run was cut short"
    systemctl daemon-reload
    todo=restart
  fi
  place_configuration
  place_service_limits
  serve
}

main
