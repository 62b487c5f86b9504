"""Runs in a virtual machine that has booted from the custom data: holds the instance to the kernel's own limits.

Sensors and an endpoint are in a network namespace of the machine. Each line of what it writes begins with "vm: ".
"""
import ctypes
import os
import resource
import select
import socket
import subprocess
import sys
import threading
import time

TUNNELS = 32000
MANY = 3000  # tunnels while the clock jumps and memory runs out
SOURCES = [f"10.20.0.{n}" for n in range(10, 30)]
ENDPOINT = "198.51.100.1"
HOST = "hub.azure-devices.net"
PROXY = ("10.40.0.37", 3128)
SITE, AZURE = "/run/netns/site", "/proc/1/ns/net"
NETWORK = f"""
ip netns add site
ip link add eth0 type veth peer name site0 netns site
ip address add {PROXY[0]}/32 dev eth0
ip link set eth0 up
ip -n site link set lo up
ip -n site link set site0 up
{chr(10).join(f"ip -n site address add {address}/32 dev site0" for address in [*SOURCES, ENDPOINT])}
ip -n site route add {PROXY[0]}/32 dev site0
ip route add default dev eth0
ip netns exec site sysctl -q net.core.somaxconn=4096
echo {ENDPOINT} {HOST} >>/etc/hosts
systemctl reload squid
"""
failed = False
libc = ctypes.CDLL(None, use_errno=True)


def say(what, figure, right=True):
    global failed
    failed = failed or not right
    print(f"vm: {'' if right else 'WRONG: '}{what}: {figure}", flush=True)


def shell(script):
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True).stdout.strip()


def enter(namespace):
    """Makes a network namespace that of this thread, and of the sockets that it makes from then on."""
    with open(namespace) as file:
        if libc.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def endpoint(ready):
    """Sends back what it gets."""
    enter(SITE)
    listener = socket.create_server((ENDPOINT, 443), backlog=4096)
    ready.set()
    poll, peers = select.epoll(), {}
    poll.register(listener, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                peer, _ = listener.accept()
                peers[peer.fileno()] = peer
                poll.register(peer, select.EPOLLIN)
                continue
            try:
                data = peers[descriptor].recv(100)
                peers[descriptor].sendall(data)
            except OSError:
                data = b""
            if not data:
                poll.unregister(descriptor)
                peers.pop(descriptor).close()


def tunnel(n):
    """Opens one, of one of the sensors."""
    enter(SITE)
    try:
        conn = socket.create_connection(PROXY, timeout=60, source_address=(SOURCES[n % len(SOURCES)], 0))
    finally:
        enter(AZURE)
    conn.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = conn.recv(1000)
        if not part:
            break
        answer += part
    if b" 200 " not in answer:
        conn.close()
        raise OSError(answer[:60])
    return conn


def alive(conn):
    try:
        conn.sendall(b"x")
        return conn.recv(1) == b"x"
    except OSError:
        return False


def hold(tunnels, many):
    """Opens tunnels until there are so many, or none opens any more."""
    begun = time.monotonic()
    for n in range(len(tunnels), many):
        try:
            tunnels.append(tunnel(n))
        except OSError as e:
            say("a tunnel that did not open, after " + str(len(tunnels)), e, False)
            return
        if len(tunnels) % 5000 == 0:
            print(f"    {len(tunnels)} tunnels after {time.monotonic() - begun:.0f} s", flush=True)


def reopens():
    """Seconds until a tunnel opens."""
    begun = time.monotonic()
    while time.monotonic() < begun + 120:
        try:
            tunnel(0).close()
            break
        except OSError as e:
            print("   ", e, flush=True)
            time.sleep(1)
    return round(time.monotonic() - begun)


def survive(score):
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(score))


def available():
    return int(shell("awk '/^MemAvailable/ { print $2 }' /proc/meminfo"))


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (200000, 200000))
    boot = shell("cloud-init status --long")
    say("cloud-init", boot.splitlines()[0], "status: done" in boot)
    say("kernel", os.uname().release)
    say("Squid", shell("squid -v | head -n 1"))
    for line in NETWORK.strip().splitlines():
        shell(line)
    ready = threading.Event()
    threading.Thread(target=endpoint, args=(ready,), daemon=True).start()
    ready.wait()
    worker = shell("pgrep -f '^.squid-1'")
    limit = shell(f"awk '/^Max open files/ {{ print $4 }}' /proc/{worker}/limits")
    say("descriptors that Squid may have", limit, limit == "65536")
    retries = shell("sysctl -n net.ipv4.tcp_retries2")
    say("net.ipv4.tcp_retries2", retries, retries == "8")

    tunnels = []
    hold(tunnels, MANY)
    few = available()
    hold(tunnels, TUNNELS)
    say("tunnels at once", len(tunnels), len(tunnels) == TUNNELS)
    say("descriptors that Squid has then", len(os.listdir(f"/proc/{worker}/fd")))
    more = max(len(tunnels) - MANY, 1)
    say("memory of the machine for 1,000 tunnels, both ends here too", f"{(few - available()) / more:.1f} MB")
    tracked = shell("cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo none")
    say("connections that the kernel tracks", tracked, tracked in ("none", "0"))
    sample = tunnels[:: max(len(tunnels) // 100, 1)]
    living = sum(map(alive, sample))
    say("tunnels alive of a sample", f"{living} of {len(sample)}", living == len(sample))
    while len(tunnels) > MANY:
        tunnels.pop().close()

    # Squid goes by the clock: half an hour forward, and no tunnel has had a word for longer than read_timeout.
    for change, fewest in (("+5 minutes", len(tunnels)), ("-10 minutes", len(tunnels)), ("+2 days", 0)):
        tunnels = [conn for conn in tunnels if alive(conn)]  # and each has had one just now
        hold(tunnels, MANY)
        shell(f"date -s '{change}'")
        time.sleep(10)
        living = sum(map(alive, tunnels))
        opened = reopens()
        guard = shell("systemctl is-active defender-iot-proxy-guard")
        say(f"the clock jumps by {change}", f"{living} of {len(tunnels)} tunnels alive, a new one opens after "
            f"{opened} s, the guard is {guard}", living >= fewest and opened < 60 and guard == "active")
    for conn in tunnels:
        conn.close()
    tunnels = []
    hold(tunnels, MANY)

    # The services have 300 MB left, and eaters among them, each smaller than Squid, want more.
    survive(-1000)  # of this process
    services = "/sys/fs/cgroup/system.slice/memory."
    shell(f"echo 1 >/proc/sys/vm/drop_caches; echo $(($(cat {services}current) + (300 << 20))) >{services}max")
    eat = "import time; x = bytearray(60 << 20); time.sleep(60)"
    eaters = [subprocess.Popen([sys.executable, "-c", eat], preexec_fn=lambda: survive(0)) for _ in range(12)]
    for eater in eaters:
        eater.wait()
    shell(f"echo max >{services}max")
    killed = shell("journalctl -k --no-pager --quiet --grep='ut of memory: Killed' --output=cat")
    names = sorted(set(line.split("(", 1)[-1].split(")")[0] for line in killed.splitlines()))
    same = shell("pgrep -f '^.squid-1'") == worker
    living = sum(map(alive, tunnels))
    say("memory runs out; the kernel ends", f"{', '.join(names) or 'nothing'}; Squid {'stays' if same else 'ends'}, "
        f"{living} of {len(tunnels)} tunnels alive", bool(names) and same and living == len(tunnels))
    say("done", "failed" if failed else "passed", not failed)


try:
    main()
except BaseException as e:
    say("done", f"failed: {e!r}", False)
