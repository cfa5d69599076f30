"""Computed scanners laid over a real access log: after how many of its own lines each is found.

Each kind asks for what its trade asks for, in the order and at the pace of its trade, from an address that the
log has not. The words are general knowledge of web servers and of no list. A seed decides all choices.
"""

import random
from datetime import datetime, timedelta

FOLDERS = ("admin", "backup", "old", "test", "dev", "api", "app", "cms", "db", "data", "private", "secret", "tmp", "logs",
           "config", "conf", "include", "inc", "lib", "src", "user", "users", "member", "login", "panel", "portal", "staff",
           "shop", "store", "cart", "blog", "wiki", "forum", "mail", "webmail", "files", "upload", "download", "images",
           "media", "static", "assets", "scripts", "cgi-bin", "bin", "install", "setup", "update", "status", "server")
ENDINGS = ("", "/", ".php", ".bak", ".zip", ".old", ".txt", ".sql", ".tar.gz", ".asp", ".jsp", ".inc")
PROBES = ("/.git/config", "/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.svn/entries", "/manager/html", "/.htpasswd",
          "/server-status", "/backup.sql", "/actuator/env", "/solr/admin/", "/cgi-bin/test.cgi", "/web.config", "/config.php.bak",
          "/phpinfo.php", "/wp-config.php.old", "/id_rsa", "/.aws/credentials", "/boaform/admin/formLogin", "/HNAP1/")
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
METHODS = ("OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND", "PATCH", "CONNECT", "DEBUG", "SEARCH", "TRACK")


def word_list(draw):
    """Names of folders and files that may be there; nearly none is."""
    words = [f"/{folder}{ending}" for folder in FOLDERS for ending in ENDINGS]
    draw.shuffle(words)
    return [("GET", word, 200 if draw.random() < 0.03 else 404, BROWSER) for word in words]


def probes(draw):
    """Files that give a site away, each under several folders."""
    paths = [f"{folder}{probe}" for folder in ("", "/blog", "/old", "/test", "/site", "/app") for probe in PROBES]
    draw.shuffle(paths)
    return [("GET", path, 404, BROWSER) for path in paths]


def named(draw):
    """A tool that says its name."""
    return [("GET", path, status, "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000001)") for _, path, status, _ in word_list(draw)]


def methods(draw):
    """Every method at every folder."""
    return [(method, f"/{folder}/", 405 if method != "OPTIONS" else 200, "curl/8.5.0") for folder in FOLDERS for method in METHODS]


def backups(draw):
    """Archives of the site under every likely name, far from hidden."""
    names = [f"/{name}{ending}" for name in FOLDERS for ending in (".zip", ".rar", ".7z", ".tar.gz", ".sql", ".bak")]
    draw.shuffle(names)
    return [("HEAD", name, 404, "python-requests/2.31.0") for name in names]


# Kind, what it asks for, seconds between two requests.
KINDS = (("word list", word_list, 0.2), ("word list, slow", word_list, 30), ("files that give away", probes, 1),
         ("files that give away, slow", probes, 60), ("named tool", named, 0.1), ("methods", methods, 0.5), ("archives", backups, 2))
EACH = 10


def lines(draw, begin, address, asks, pause):
    """A scanner's log lines with their times, in its order."""
    time = begin
    for method, path, status, agent in asks:
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000")
        yield time, f'{address} - - [{stamp}] "{method} {path} HTTP/1.1" {status} {draw.randrange(150, 600)} "-" "{agent}"'
        time += timedelta(seconds=pause * draw.uniform(0.5, 1.5))


def overlay(background, most, seed=1):
    """The log with the first `most` lines of every scanner in it, and the scanners by kind."""
    draw = random.Random(seed)
    moment = lambda line: datetime.strptime(line.split("[", 1)[1].split("]", 1)[0], "%d/%b/%Y:%H:%M:%S +0000")
    timed = [(moment(line), line) for line in background]
    first, last = timed[0][0], timed[-1][0] - timedelta(hours=4)
    scanners = {}
    for number, (kind, asks, pause) in enumerate(KINDS):
        for each in range(EACH):
            address = f"198.18.{number}.{each + 1}"
            begin = first + (last - first) * draw.random()
            timed += list(lines(draw, begin, address, asks(draw), pause))[:most]
            scanners.setdefault(kind, set()).add(address)
    timed.sort(key=lambda pair: pair[0])
    return [line for _, line in timed], scanners
