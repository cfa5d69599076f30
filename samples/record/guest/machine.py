"""What the story does to the machine: move its clock, send a request, open an SSH connection, run a command."""
import datetime, http.client, os, signal, socket, subprocess, time

SERVER = "10.20.1.10"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
BROWSERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Mobile) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
]


def at(day, clock):
    """The instant of `clock` (HH:MM or HH:MM:SS, Shanghai) on the given day of October 2026."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return datetime.datetime(2026, 10, day, *parts[:3], tzinfo=SHANGHAI).timestamp()


def move_clock(instant):
    """Forward only: what an action itself took stays in the clock."""
    if instant > time.time():
        time.clock_settime(time.CLOCK_REALTIME, instant)


def request(source, method, path, agent=BROWSERS[0], body=None, referer=None, cookie=None, keep=None):
    """One request over a connection of its own, or over `keep`; gives status, headers and length of the answer."""
    connection = keep or connect(source)
    headers = {"Host": "www.county-hospital.example"}
    for name, value in (("User-Agent", agent), ("Referer", referer), ("Cookie", cookie)):
        if value:
            headers[name] = value
    if isinstance(body, str):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif body:
        headers["Content-Type"] = "multipart/form-data; boundary=inert"
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), len(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, {}, 0
    finally:
        if not keep:
            connection.close()


def connect(source):
    return http.client.HTTPConnection(SERVER, 80, timeout=20, source_address=(source, 0))


def raw(source, port, data):
    """Sends bytes that are no good request, as much of the Internet does."""
    try:
        with socket.create_connection((SERVER, port), timeout=3, source_address=(source, 0)) as line:
            line.sendall(data)
            line.settimeout(0.3)
            line.recv(200)
    except OSError:
        pass


def multipart(filename, content):
    head = f'--inert\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head.encode() + content + b"\r\n--inert--\r\n"


def log_in(source, account, password, agent):
    """Gives the session cookie, or nothing when the site refuses."""
    body = f"account={account}&password={password}"
    _, headers, _ = request(source, "POST", "/admin/login", agent, body, "http://www.county-hospital.example/admin/login")
    return headers.get("Set-Cookie", "").split(";")[0]


SSH = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=QUIET",
       "-o", "KexAlgorithms=curve25519-sha256", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=20"]


def ssh_password(source, user, password, command="true"):
    run(["sshpass", "-p", password, "ssh", *SSH, "-o", "PubkeyAuthentication=no", "-b", source, f"{user}@{SERVER}", command])
    settle("/run/sshd.pid")


def ssh_key(source, user, command="true"):
    run(["ssh", "-tt", *SSH, "-i", f"/root/{user}_key", "-b", source, f"{user}@{SERVER}", command])
    settle("/run/sshd.pid")


def run(command):
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def settle(pidfile, first=0.0):
    """Waits until the daemon's children are done, so that their last lines carry the time of the event."""
    time.sleep(first)
    with open(pidfile) as file:
        pid = file.read().strip()
    for _ in range(100):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            if not file.read().strip():
                return
        time.sleep(0.05)


def wake_cron():
    """Cron sleeps to the next minute by the old clock; a signal makes it look at the new one."""
    with open("/run/crond.pid") as file:
        os.kill(int(file.read()), signal.SIGHUP)
    settle("/run/crond.pid", 0.3)
