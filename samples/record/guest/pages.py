"""Writes the static pages of the invented hospital's site: pages.py FOLDER"""
import os, sys

DEPARTMENTS = ["neike", "waike", "erke", "fuchan", "yanke", "kouqiang", "zhongyi", "guke"]
HEAD = '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{0}</title><link rel="stylesheet" href="/css/site.css"></head><body><h1>{0}</h1>'
FOOT = '<footer>示例县人民医院（虚构）</footer></body></html>\n'


def page(title, text):
    return HEAD.format(title) + "".join(f"<p>{line}</p>" for line in text) + FOOT


def pages():
    news = [f'<a href="/news/{n}.html">院内通知 {n}</a>' for n in range(1, 31)]
    yield "index.html", page("示例县人民医院", ["欢迎访问。", *news])
    yield "guide.html", page("就诊指南", ["请携带有效证件。"] * 12)
    yield "doctors.html", page("专家介绍", [f"第 {n} 诊室" for n in range(1, 60)])
    yield "report.html", page("报告查询", ["请输入证件号码和就诊卡号。"])
    for name in DEPARTMENTS:
        yield f"departments/{name}.html", page("科室介绍", [name] * 20)
    for n in range(1, 31):
        yield f"news/{n}.html", page(f"院内通知 {n}", ["通知正文。"] * (n + 4))
    yield "css/site.css", "body{font-family:sans-serif}\n" * 40
    yield "js/site.js", "// no code is needed\n" * 60
    yield "robots.txt", "User-agent: *\nDisallow: /admin/\n"
    for n in range(1, 7):
        yield f"img/b{n}.jpg", "inert bytes, not an image\n" * (300 + 97 * n)
    yield "favicon.ico", "inert"
    yield "uploads/banner_0901.jpg", "inert bytes, not an image\n" * 500


def main(folder):
    for name, text in pages():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
