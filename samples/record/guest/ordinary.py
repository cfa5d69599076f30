"""The hospital's ordinary days: patients, a search engine, monitoring, staff, the maintainer, cron and log rotation.

Every function gives pairs (instant, action); the actions run in order of time.
"""
import random, time
import machine as m
import patients

DAYS = range(20, 31)
HOURS = [1, 1, 0, 0, 1, 2, 4, 9, 14, 13, 11, 8, 5, 7, 10, 9, 7, 5, 4, 5, 6, 5, 3, 2]
DEPARTMENTS = ["neike", "waike", "erke", "fuchan", "yanke", "kouqiang", "zhongyi", "guke"]
SITE = "http://www.county-hospital.example"


def moments(rng, count, end=m.at(30, "10:30")):
    """`count` instants of every day, by the hours at which people are awake."""
    for day in DAYS:
        for hour in sorted(rng.choices(range(24), HOURS, k=count)):
            instant = m.at(day, f"{hour}:{rng.randrange(60)}:{rng.randrange(60)}") + rng.random()
            if instant < end:
                yield instant


def patients_visit(rng):
    addresses = [f"198.18.{rng.randrange(4, 250)}.{rng.randrange(2, 250)}" for _ in range(420)]
    for instant in moments(rng, 62):
        yield instant, visit(rng.choice(addresses), rng.choice(m.BROWSERS), rng.randrange(1 << 30))


def visit(source, agent, seed):
    def action():
        rng, line = random.Random(seed), m.connect(source)
        for path in ["/"] + ["/css/site.css", "/js/site.js", "/img/b%d.jpg" % rng.randrange(1, 7)] * (rng.random() < 0.5):
            m.request(source, "GET", path, agent, referer=None if path == "/" else SITE + "/", keep=line)
        for path in rng.sample(follow_ups(rng), rng.randrange(1, 4)):
            m.request(source, "GET", path, agent, referer=SITE + "/", keep=line)
        form = f"id_card={patients.id_card(rng.randrange(1, patients.COUNT))}&dept={rng.choice(DEPARTMENTS)}"
        if rng.random() < 0.22:
            m.request(source, "POST", "/api/report", agent, form, SITE + "/report.html", keep=line)
        elif rng.random() < 0.2:
            m.request(source, "POST", "/api/appointment", agent, form, SITE + "/guide.html", keep=line)
        line.close()
    return action


def follow_ups(rng):
    return ["/guide.html", "/doctors.html", "/report.html", "/favicon.ico", f"/news/{rng.randrange(1, 31)}.html",
            f"/departments/{rng.choice(DEPARTMENTS)}.html", "/api/departments", f"/news/{rng.randrange(28, 34)}.html",
            "/search?q=" + rng.choice(["%E6%8C%82%E5%8F%B7", "select+doctor", "union+hospital", "%E7%96%AB%E8%8B%97", "1+or+2+children"])]


def spider(rng):
    agent = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
    for instant in moments(rng, 40):
        path = rng.choice(["/robots.txt", "/", *follow_ups(rng)])
        yield instant, lambda path=path: m.request("192.0.2.100", "GET", path, agent)


def monitoring(_):
    for day in DAYS:
        for slot in range(48 if day < 30 else 21):
            yield m.at(day, f"{slot // 2}:{slot % 2 * 30}:02"), lambda: m.request("10.20.5.9", "GET", "/", "uptime-check/1.4")


def editor(rng):
    """The publicity post logs in to the admin page each working morning, sometimes mistyping, and uploads a banner twice."""
    for day in DAYS:
        if day in (24, 25):
            continue
        start = m.at(day, f"8:{rng.randrange(25, 39)}:{rng.randrange(60)}")
        yield start, lambda day=day, slip=rng.randrange(3): edit_morning(day, slip)


def edit_morning(day, slips):
    source, agent = "10.20.5.31", m.BROWSERS[0]
    m.request(source, "GET", "/admin/login", agent)
    for _ in range(slips):
        m.log_in(source, "xuanchuan", "mistyped", agent)
    cookie = m.log_in(source, "xuanchuan", "inert-test-news", agent)
    m.request(source, "GET", "/admin/", agent, cookie=cookie)
    m.request(source, "GET", "/admin/news", agent, cookie=cookie)
    if day in (22, 26):
        body = m.multipart(f"banner_10{day}.jpg", b"inert bytes, not an image\n" * 400)
        m.request(source, "POST", "/admin/upload", agent, body, SITE + "/admin/media", cookie)
        m.request(source, "GET", f"/uploads/banner_10{day}.jpg", agent, referer=SITE + "/admin/media", cookie=cookie)


def operator(rng):
    """The operating post looks after the server by key, the maintainer's engineer by password with an odd slip."""
    chores = ["sudo systemctl --no-pager status nginx", "sudo tail -n 50 /var/log/nginx/error.log", "df -h", "sudo ls -l /var/backups/his",
              "sudo du -sh /var/lib/postgresql", "uptime", "sudo nginx -t"]
    for day in DAYS:
        for _ in range(2 if day not in (24, 25) else 1):
            instant = m.at(day, f"{rng.choice([9, 10, 14, 15, 16]) if day < 30 else 8}:{rng.randrange(2, 40)}:{rng.randrange(60)}")
            yield instant, lambda chore=rng.choice(chores): m.ssh_key("10.20.5.12", "ywgl", chore)
    for day in (20, 23, 27, 29):
        yield m.at(day, f"14:{rng.randrange(60)}:11"), lambda slip=day in (23, 29): maintainer(slip)
    yield m.at(22, "10:14:40"), publish_notice


def maintainer(slip):
    if slip:
        m.ssh_password("10.20.9.4", "sjkj", "mistyped")
    m.ssh_password("10.20.9.4", "sjkj", "inert-test-sjkj", "df -h; ps aux | head")


def publish_notice():
    """A proper change of the front page, by the operating post through sudo."""
    page = "/var/www/hospital/index.html"
    m.ssh_key("10.20.5.12", "ywgl", f"sed 's#欢迎访问。#欢迎访问。流感疫苗接种通知见院内通知 30。#' {page} >index.html && "
              f"sudo install -o www-data -g www-data -m 664 index.html {page} && sudo cp index.html /var/backups/his/index.html")


def clockwork(_):
    """Cron's hourly job and nightly backup; logrotate at midnight, as Debian's own timer would."""
    for day in DAYS:
        yield m.at(day, "00:00:07"), lambda: m.run(["logrotate", "/etc/logrotate.conf"])
        for hour in range(24 if day < 30 else 11):
            if hour < 10 or day < 30:
                yield m.at(day, f"{hour}:17:01"), m.wake_cron
        yield m.at(day, "02:30:01"), m.wake_cron


def recovery():
    """30 October: the unit has noticed; the operating post sets the file aside and puts the page back from the copy."""
    key = ("10.20.5.12", "ywgl")
    yield m.at(30, "09:05:20"), lambda: m.ssh_key(*key, "sudo ls -l /var/www/hospital/uploads; sudo tail -n 200 /var/log/nginx/access.log")
    yield m.at(30, "09:10:41"), lambda: m.ssh_key(*key, "sudo mv /var/www/hospital/uploads/banner_1027.jsp /var/quarantine/")
    yield m.at(30, "09:18:05"), lambda: m.ssh_key(
        *key, "sudo install -o www-data -g www-data -m 644 /var/backups/his/index.html /var/www/hospital/index.html")


def events():
    for number, part in enumerate((patients_visit, spider, monitoring, editor, operator, clockwork)):
        yield from part(random.Random(2026 + number))
    yield from recovery()
