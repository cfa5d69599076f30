"""Prints the invented patient table as CSV. No person exists: the area code is unassigned and every check digit is wrong."""
import csv, datetime, random, sys

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "甲乙丙丁戊己庚辛壬癸"
DEPTS = ["内科", "外科", "儿科", "妇产科", "眼科", "口腔科", "中医科", "骨科"]
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
COUNT = 17264


def check_digit(first17):
    """The check digit of GB 11643."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, WEIGHTS)) % 11]


def id_card(number):
    """Eighteen characters in the form of a personal number, with a check digit that is wrong on purpose."""
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=(number * 37) % 29000)
    first17 = f"990101{born:%Y%m%d}{number % 1000:03d}"
    right = check_digit(first17)
    return first17 + ("7" if right != "7" else "4")


def phone(number):
    """Eleven digits that begin with 100, which no mobile number does."""
    return f"100{number:08d}"


def main():
    rng = random.Random(20261020)
    out = csv.writer(sys.stdout)
    for number in range(1, COUNT + 1):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(1000))
        name = rng.choice(SURNAMES) + "某" + rng.choice(GIVEN)
        out.writerow([name, id_card(number), phone(number), rng.choice(DEPTS), day, f"测试病历{number:05d}"])


if __name__ == "__main__":
    main()
