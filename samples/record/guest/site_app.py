"""The hospital's small application behind nginx: appointments, report queries, the admin page and its upload.

The upload keeps whatever file it is given: that is the weakness of the story. A file with the marker below that lies in
/uploads/ can be asked for a handful of fixed, harmless commands (COMMANDS); nothing else is ever run. It is a stand-in for
a web shell that makes real daemons write real logs, and no tool for anything.
"""
import http.server, os, re, subprocess, urllib.parse
import psycopg2

ROOT = "/var/www/hospital"
MARKER = b"SANCHA-INERT-TEST"
LINK = '<div style="display:none"><a href="http://bet.example.net/">INERT TEST LINK</a></div>'
COMMANDS = {
    "whoami": "whoami", "id": "id", "uname -a": "uname -a", "ls -la " + ROOT: "ls -la " + ROOT,
    "cat /etc/passwd": "cat /etc/passwd", "ps aux": "ps aux",
    "edit": f"sed -i 's#</body>#{LINK}</body>#' {ROOT}/index.html",
}
ACCOUNTS = {"admin": "inert-test-2026", "xuanchuan": "inert-test-news"}
sessions = {}


def database():
    return psycopg2.connect(host="localhost", dbname="his", user="his_web", password="inert-test-web")


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connection_to_database = database()

    def log_message(self, *_):
        pass

    def sql(self, text, *values):
        with self.connection_to_database as tx, tx.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def answer(self, status, body, headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def parse(self):
        url = urllib.parse.urlsplit(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.client = self.headers.get("X-Real-IP", "127.0.0.1")
        cookie = re.search(r"sid=(\w+)", self.headers.get("Cookie") or "")
        self.account = sessions.get(cookie.group(1)) if cookie else None
        return url.path

    def do_GET(self):
        path = self.parse()
        if path.startswith("/uploads/"):
            return self.uploaded(path)
        if path == "/admin/login":
            return self.answer(200, "<form method=post>" + " " * 1200)
        if path.startswith("/admin"):
            if not self.account:
                return self.answer(302, "", [("Location", "/admin/login")])
            return self.answer(200, "后台" + " " * 3000) if path in ("/admin/", "/admin/media", "/admin/news") else self.answer(404, "no")
        if path == "/search":
            return self.answer(200, "<p>检索结果</p>" * 40)
        if path == "/api/departments":
            rows = self.sql("SELECT dept, count(*) FROM appointment WHERE day >= current_date GROUP BY dept")
            return self.answer(200, str(rows))
        self.answer(404, "not found")

    def do_POST(self):
        path = self.parse()
        form = dict(urllib.parse.parse_qsl(self.body.decode("latin-1")))
        if path == "/admin/login":
            return self.login(form)
        if path == "/admin/upload":
            return self.upload()
        if path == "/api/report":
            rows = self.sql("SELECT name, dept, visited, diagnosis FROM patient WHERE id_card = %s", form.get("id_card", ""))
            return self.answer(200, str(rows) + " " * 400)
        if path == "/api/appointment":
            self.sql("INSERT INTO appointment (id_card, dept, day) VALUES (%s, %s, current_date + 1)", form.get("id_card", ""), form.get("dept", ""))
            return self.answer(200, "ok")
        if path.startswith("/uploads/"):
            return self.uploaded(path)
        self.answer(404, "not found")

    def login(self, form):
        name = form.get("account", "")
        good = ACCOUNTS.get(name) == form.get("password")
        self.sql("INSERT INTO admin_login_log (account, ip, ok) VALUES (%s, %s, %s)", name, self.client, good)
        if not good:
            return self.answer(401, "账号或密码错误" + " " * 600)
        sid = os.urandom(8).hex()
        sessions[sid] = name
        self.answer(302, "", [("Location", "/admin/"), ("Set-Cookie", f"sid={sid}; HttpOnly")])

    def upload(self):
        name = re.search(rb'filename="([\w.]+)"', self.body)
        if not self.account or not name:
            return self.answer(403, "no")
        content = self.body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        filename = name.group(1).decode()
        with open(os.path.join(ROOT, "uploads", filename), "wb") as file:
            file.write(content)
        self.sql("INSERT INTO media (filename, bytes, account, ip) VALUES (%s, %s, %s, %s)", filename, len(content), self.account, self.client)
        self.answer(200, f"/uploads/{filename}")

    def uploaded(self, path):
        file = os.path.join(ROOT, "uploads", os.path.basename(path))
        if not os.path.exists(file) or MARKER not in open(file, "rb").read():
            return self.answer(404, "not found")
        command = self.query.get("cmd", "")
        if command == "db":
            rows = self.sql("SELECT id, name, id_card, phone, dept, visited, diagnosis FROM patient ORDER BY id LIMIT 2000 OFFSET %s", int(self.query.get("o", "0")))
            return self.answer(200, "\n".join(map(str, rows)))
        if command == "tables":
            return self.answer(200, str(self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")))
        if command == "count":
            return self.answer(200, str(self.sql("SELECT count(*) FROM patient")))
        if command in COMMANDS:
            done = subprocess.run(["/bin/sh", "-c", COMMANDS[command]], capture_output=True, text=True)
            return self.answer(200, done.stdout + done.stderr)
        self.answer(200, "")


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Site).serve_forever()
