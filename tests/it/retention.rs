//! How long logs are kept, through the program: holds, waivers, policies, the job that deletes, the disk.

use std::{
    fmt::Write as _,
    fs,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{lake::Kept, program::program};

/// When the lines of these tests were taken in: long enough ago for every clock.
pub(crate) const THEN: &str = "2020-03-05T00:00:00Z";
/// The first day on which nothing asks for them.
const FREE: &str = "2020-09-06";

/// Access log lines of the second to the fourth of March 2020.
fn lines(count: usize, marker: &str) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let (day, minute, second) = (2 + number * 3 / count, number / 60 % 60, number % 60);
        writeln!(
            text,
            "203.0.113.{} - - [{day:02}/Mar/2020:10:{minute:02}:{second:02} +0000] \"GET /{marker}/{number} HTTP/1.1\" 200 {} \"-\" \"agent\"",
            number % 200,
            number * 31 % 5_000
        )
        .unwrap();
        text
    })
}

/// A lake with two sources, `web` and `db`, of 300 and 200 lines.
pub(crate) fn two_sources() -> Kept {
    let kept = Kept::new();
    for (source, count) in [("web", 300), ("db", 200)] {
        let path = kept.folder.path().join(format!("{source}.log"));
        fs::write(&path, lines(count, source)).unwrap();
        let path = path.to_str().unwrap();
        let output =
            kept.run(&["ingest", path, "--source", source, "--at", THEN, "--keep-free", "0"]);
        assert!(output.status.success(), "{}", told(&output).1);
    }
    kept
}

/// Exit code, and what was said on both ways.
fn told(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

pub(crate) fn retention(kept: &Kept, arguments: &[&str]) -> (i32, String) {
    told(&kept.run(&[&["retention"], arguments, &["--lang", "en"]].concat()))
}

fn done(kept: &Kept, arguments: &[&str]) -> String {
    let (code, text) = retention(kept, arguments);
    assert_eq!(code, 0, "{arguments:?}: {text}");
    text
}

fn count(kept: &Kept, query: &str) -> usize {
    String::from_utf8(kept.search(&[query, "--count"])).unwrap().trim().parse().unwrap()
}

fn is_unaltered(kept: &Kept) {
    let (code, text) = kept.verify();
    assert!(code == 0 && !text.contains("the log knows no such file"), "{text}");
}

fn proofs(kept: &Kept, at: &str) -> Vec<Value> {
    let output = kept.run(&["retention", "prove", "-f", "jsonl", "--at", at]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const HOLD: &[&str] =
    &["hold", "add", "--source", "db", "--by", "李某，法务", "--reason", "case 7", "--at", THEN];

#[test]
fn what_is_past_its_time_goes_and_what_is_on_hold_stays() {
    let kept = two_sources();
    assert!(done(&kept, HOLD).contains("hold-1"));
    let files = kept.files("").len();
    let dry = done(&kept, &["apply", "--dry-run", "--at", FREE]);
    assert!(dry.contains("web: 2020-03-02 to 2020-03-04, 3 parts, 300 lines"), "{dry}");
    assert!(dry.contains("on hold (hold-1)") && dry.contains("dry run"), "{dry}");
    assert!(done(&kept, &["apply", "--at", "2020-09-05"]).contains("0 parts deleted"));
    assert_eq!((kept.files("").len(), count(&kept, "")), (files, 500));

    let part =
        kept.files(".parquet").into_iter().find(|path| path.to_str().unwrap().contains("=web/"));
    let part = part.unwrap();
    let bytes = fs::read(&part).unwrap();
    let applied = done(&kept, &["apply", "--at", FREE]);
    assert!(applied.contains("3 parts deleted"), "{applied}");
    assert_eq!((count(&kept, ""), count(&kept, "source:web")), (200, 0));
    let sql = kept.run(&["sql", "SELECT count(*) AS n FROM logs", "-f", "csv"]);
    assert_eq!(String::from_utf8(sql.stdout).unwrap(), "n\r\n200\r\n");
    is_unaltered(&kept);
    let proofs = proofs(&kept, FREE);
    assert_eq!(proofs.len(), 2);
    assert_eq!((&proofs[0]["source"], &proofs[0]["holds"][0]), (&"db".into(), &"hold-1".into()));
    // A source of which nothing is kept owes an answer still.
    let (web, gone) = (&proofs[1], &proofs[1]["deleted"]);
    assert_eq!((&web["source"], &web["verdict"]), (&"web".into(), &"no_records".into()));
    assert_eq!((&gone["lines"], &gone["parts"]), (&300.into(), &3.into()));
    let shown = done(&kept, &["prove", "--source", "web", "--at", FREE]);
    assert!(
        shown.contains("no line is kept any more") && shown.contains("300 lines, 3 parts (2020")
    );
    let (code, text) = retention(&kept, &["silent", "--at", FREE]);
    assert!(code == 1 && text.contains("web: no new line since"), "{text}");
    // The same file does not bring deleted lines back, nor does one that stands there again.
    let web = kept.folder.path().join("web.log");
    let again = kept.ingest(&[&web], &["--source", "web", "--keep-free", "0"]);
    assert!(told(&again).1.contains(" 0 new lines"));
    fs::write(&part, bytes).unwrap();
    assert!(
        done(&kept, &["apply", "--at", FREE])
            .contains("1 more files are of parts that were deleted")
    );
    assert!(!part.exists());
    is_unaltered(&kept);
}

#[test]
fn a_hold_is_released_by_two_and_is_in_the_log_for_ever() {
    let kept = two_sources();
    let name = ["--name", "案件〔2020〕7号"];
    done(&kept, &[HOLD, &name].concat());
    let release = ["hold", "release", name[1], "--reason", "closed", "--at", FREE, "--by", "李某"];
    let (code, text) = retention(&kept, &release);
    assert!(code == 2 && text.contains("two people"), "{text}");
    let (code, text) = retention(&kept, &[&release[..], &["--by", " 李某 "]].concat());
    assert!(code == 2 && text.contains("two people"), "{text}");
    let listed = done(&kept, &["hold", "list"]);
    assert!(listed.contains("案件〔2020〕7号: db") && listed.contains("in force"), "{listed}");
    done(&kept, &[&release[..], &["--by", "张某"]].concat());
    let listed = done(&kept, &["hold", "list"]);
    assert!(listed.contains("released") && listed.contains("张某; 李某"), "{listed}");
    let (code, text) = retention(&kept, &[HOLD, &name].concat());
    assert!(code == 2 && text.contains("another --name"), "{text}");
    let typo = ["hold", "add", "--source", "bd", "--by", "李某", "--reason", "case 7"];
    let (code, text) = retention(&kept, &typo);
    assert!(code == 2 && text.contains("there are: db, web"), "{text}");
    // Without days and source all is held; an empty lake tells so.
    assert!(done(&kept, &["apply", "--at", FREE]).contains("6 parts deleted"));
    assert_eq!(count(&kept, ""), 0);
    is_unaltered(&kept);
    let lines = |proof: &Value| proof["lines"].as_u64();
    assert_eq!(proofs(&kept, FREE).iter().map(lines).collect::<Vec<_>>(), [Some(0), Some(0)]);
}

#[test]
fn a_hold_on_days_keeps_those_days() {
    let kept = two_sources();
    let days = ["--from", "2020-03-03", "--to", "2020-03-03", "--reason", "x", "--by", "y"];
    done(&kept, &[&["hold", "add", "--at", THEN], &days[..]].concat());
    let applied = done(&kept, &["apply", "--at", FREE, "--timezone", "UTC"]);
    assert!(applied.contains("4 parts deleted"), "{applied}");
    assert_eq!(count(&kept, ""), 100 + 67);
    let (code, text) = retention(
        &kept,
        &[
            "hold",
            "add",
            "--from",
            "2020-03-04",
            "--to",
            "2020-03-03",
            "--reason",
            "x",
            "--by",
            "y",
        ],
    );
    assert!(code == 2 && text.contains("swap them"), "{text}");
}

#[test]
fn less_than_six_months_needs_somebody_who_answers_for_it() {
    let kept = two_sources();
    let policy = kept.lake().join("retention.toml");
    fs::write(&policy, "# 策略\n[[source]]\nname = \"we*\"\ndays = 30\n").unwrap();
    let (code, text) = retention(&kept, &["apply", "--at", FREE]);
    let place = format!("{}:2: ", policy.display());
    assert!(code == 2 && text.contains(&place), "{text}");
    let way_out = "sancha retention waiver add --source 'web' --days 30";
    assert!(text.contains(way_out), "{text}");
    assert_eq!(count(&kept, ""), 500);

    let waiver = |days: &str, until: &str| {
        let given = ["waiver", "add", "--source", "web", "--days", days, "--until", until];
        retention(
            &kept,
            &[&given[..], &["--named-by", "王某，主任", "--reason", "trial", "--at", THEN]]
                .concat(),
        )
    };
    let (code, text) = waiver("184", "2020-12-31");
    assert!(code == 2 && text.contains("need no waiver"), "{text}");
    let (code, text) = waiver("30", "2020-03-04");
    assert!(code == 2 && text.contains("is over"), "{text}");
    assert_eq!(waiver("30", "2020-12-31").0, 0);
    let listed = done(&kept, &["waiver", "list", "--at", THEN]);
    assert!(listed.contains("王某，主任") && listed.contains("in force"), "{listed}");
    assert!(done(&kept, &["waiver", "list", "--at", "2021-01-01"]).contains("over"));
    let proofs = proofs(&kept, "2020-04-04");
    let web = proofs.iter().find(|proof| proof["source"] == "web").unwrap();
    assert_eq!(
        (&web["verdict"], &web["waiver"]["granted_by"]),
        (&"waived".into(), &"王某，主任".into())
    );
    let shown = done(&kept, &["prove", "--source", "web", "--at", "2020-04-04"]);
    assert!(shown.contains("the duty is not met") && shown.contains("王某"), "{shown}");
    assert!(done(&kept, &["apply", "--at", "2020-04-04"]).contains("0 parts deleted"));
    let applied = done(&kept, &["apply", "--at", "2020-04-05"]);
    assert!(applied.contains("3 parts deleted") && applied.contains("waiver of 王某"), "{applied}");
    assert_eq!((count(&kept, "source:web"), count(&kept, "source:db")), (0, 200));
    let shown = done(&kept, &["prove", "--source", "web", "--at", "2020-04-05"]);
    assert!(
        shown.contains("no line is kept any more") && shown.contains("duty is not met"),
        "{shown}"
    );
    is_unaltered(&kept);
}

#[test]
fn a_policy_file_with_a_fault_deletes_nothing() {
    let kept = two_sources();
    let policy = kept.folder.path().join("mine.toml");
    let path = policy.to_str().unwrap();
    fs::write(&policy, "[[source]]\nname = \"web\"\nmonth = 12\n").unwrap();
    let (code, text) = retention(&kept, &["apply", "--at", FREE, "--policy", path]);
    assert!(code == 2 && text.contains("mine.toml:3: `month`"), "{text}");
    fs::write(&policy, "[[source]]\nname = \"web\"\nmonths = 12\n\n[[kind]]\nformat = \"web/*\"\nmonths = 24\nbasis = \"行业规定\"\n").unwrap();
    let applied = done(&kept, &["apply", "--at", FREE, "--policy", path]);
    assert!(applied.contains("0 parts deleted"), "{applied}");
    let dry = done(&kept, &["apply", "--dry-run", "--at", "2022-03-06", "--policy", path]);
    assert!(dry.contains("24 calendar months (行业规定)"), "{dry}");
    // What is due in the future is not deleted now.
    let (code, text) = retention(&kept, &["apply", "--at", "2999-01-01"]);
    assert!(code == 2 && text.contains("--dry-run"), "{text}");
    assert_eq!(count(&kept, ""), 500);
}

#[test]
fn a_source_is_named_by_its_path_as_it_is_and_a_slip_is_told() {
    let kept = two_sources();
    let log = kept.folder.path().join("app.log");
    fs::write(&log, "2020-03-04T10:00:00Z a line\n").unwrap();
    let log = log.to_str().unwrap();
    assert!(kept.run(&["ingest", log, "--at", THEN]).status.success());
    let policy = kept.folder.path().join("mine.toml");
    let path = policy.to_str().unwrap();
    let text = format!(
        "[[source]]\nname = \"{log}\"\nmonths = 12\n\n[[source]]\nname = \"/var/lgo/*\"\nmonths = 12\n"
    );
    fs::write(&policy, text).unwrap();
    let given = ["forecast", "--at", THEN, "--policy", path];
    let told = done(&kept, &given);
    assert!(told.contains("app.log: about") && told.contains("kept 12 calendar months"), "{told}");
    let (_, text) = retention(&kept, &given);
    assert!(
        text.contains("mine.toml:5: no source fits") && !text.contains("mine.toml:1: "),
        "{text}"
    );
    assert_eq!(count(&kept, &format!("source:{log}")), 1);
    assert!(done(&kept, &["prove", "--source", log, "--at", THEN]).contains("1 lines"));
}

#[test]
fn the_disk_is_foretold_in_plain_words() {
    let kept = two_sources();
    let english = done(&kept, &["forecast", "--at", THEN]);
    for part in
        ["web: about ", "a day, kept 6 calendar months (the law's)", "all: about", "are free"]
    {
        assert!(english.contains(part), "{part}: {english}");
    }
    let output = kept.run(&["retention", "forecast", "--at", THEN, "--lang", "zh"]);
    let chinese = String::from_utf8(output.stdout).unwrap();
    assert!(chinese.contains("每天约") && chinese.contains("六个月约需"), "{chinese}");
    let first_day = done(&kept, &["forecast", "--at", "2020-03-02"]);
    assert!(first_day.contains("no whole day of logs"), "{first_day}");
    let full = done(&kept, &["forecast", "--at", THEN, "--keep-free", "9000000T"]);
    assert!(full.contains("full in 0 days (2020-03-05)"), "{full}");
}

#[test]
fn a_silent_source_is_named() {
    let kept = two_sources();
    assert_eq!(retention(&kept, &["silent", "--at", "2020-03-07"]), (0, String::new()));
    let (code, text) = retention(&kept, &["silent", "--at", "2020-03-09"]);
    assert!(code == 1 && text.contains("db: no new line since 2020-03-05"), "{text}");
    assert!(text.contains("known for less than seven days"), "{text}");
    fs::write(kept.lake().join("retention.toml"), "[[source]]\nname = \"web\"\nquiet_hours = 2\n")
        .unwrap();
    let (code, text) = retention(&kept, &["silent", "--at", "2020-03-05T10:01:00+08:00"]);
    assert!(
        code == 1 && text.starts_with("web: ") && text.contains("the policy allows 2 hours"),
        "{text}"
    );
    assert!(!text.contains("db: "), "{text}");
    let shown = done(&kept, &["prove", "--source", "web", "--at", "2020-03-05T10:01:00+08:00"]);
    assert!(shown.contains("silent: "), "{shown}");
}

#[test]
fn a_lake_stops_with_an_alarm_before_the_disk_is_full() {
    let kept = two_sources();
    let path = kept.folder.path().join("more.log");
    fs::write(&path, lines(50, "more")).unwrap();
    let left = kept.lake().join("data/half.parquet.tmp");
    fs::write(&left, "what a crash left").unwrap();
    let path = path.to_str().unwrap();
    let ingest = |keep: &str| {
        let given = ["ingest", path, "--source", "web", "--at", THEN, "--lang", "en"];
        told(&kept.run(&[&given[..], &["--keep-free", keep]].concat()))
    };
    let (code, text) = ingest("9000000T");
    assert!(code == 5 && text.contains("ALARM"), "{text}");
    assert!(text.contains("retention apply") && text.contains("are needed to go on"), "{text}");
    assert_eq!(count(&kept, ""), 500);
    assert!(!left.exists(), "what nobody needs is given up first");
    is_unaltered(&kept);
    assert_eq!(ingest("0").0, 0);
    assert_eq!(count(&kept, ""), 550);
    let (code, text) = ingest("much");
    assert!(code == 2 && text.contains("--keep-free") | text.contains("64M"), "{text}");
}

/// Lines that hardly compress.
fn noise(count: u64) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count).fold(String::new(), |mut text, number| {
        write!(text, "{number} ").unwrap();
        for _ in 0..12 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            write!(text, "{state:016x}").unwrap();
        }
        text.push('\n');
        text
    })
}

/// On a disk of its own, which takes a system that lets a test mount one.
#[test]
fn nothing_that_was_acknowledged_is_lost_on_a_small_disk() {
    let kept = Kept::new();
    let mounts = Command::new("unshare").args(["-rm", "true"]).output();
    if !mounts.is_ok_and(|output| output.status.success()) {
        return a_lake_stops_with_an_alarm_before_the_disk_is_full();
    }
    let count = 100_000;
    let path = kept.folder.path().join("noise.log");
    fs::write(&path, noise(count)).unwrap();
    let script = "set -u
        mkdir -p $DIR/lake; mount -t tmpfs -o size=18m none $DIR/lake || exit 9
        $SANCHA ingest $DIR/noise.log --source n --keep-free 1M --lang en; echo code $?
        $SANCHA verify --lang en; echo code $?
        $SANCHA search '' --count -q; echo code $?
        ls $DIR/lake/wal | wc -l
        mount -o remount,size=200m $DIR/lake
        $SANCHA ingest $DIR/noise.log --source n --keep-free 1M --lang en; echo code $?
        $SANCHA verify --lang en; echo code $?
        $SANCHA search '' -f raw -q | cmp - $DIR/noise.log; echo code $?";
    let folder = kept.folder.path();
    let output = Command::new("unshare")
        .args(["-rm", "bash", "-c", script])
        .env("DIR", folder)
        .env("SANCHA", program())
        .env("SANCHA_LAKE", kept.lake())
        .env("SANCHA_KEYS", folder.join("keys"))
        .output()
        .unwrap();
    let (_, text) = told(&output);
    let said = String::from_utf8_lossy(&output.stdout);
    let codes: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("code ")).collect();
    assert_eq!(codes, ["5", "0", "0", "0", "0", "0"], "{text}");
    let kept: u64 = said.lines().find_map(|line| line.parse().ok()).unwrap();
    assert!(text.contains("ALARM") && 0 < kept && kept < count, "{text}");
}

/// A clock that is set by hand is for trying things, and deletes nothing before its time.
#[test]
fn nothing_goes_before_its_day_whatever_clock_is_set() {
    let kept = Kept::new();
    let path = kept.folder.path().join("web.log");
    fs::write(&path, lines(30, "web")).unwrap();
    let ingest = kept.run(&["ingest", path.to_str().unwrap(), "--source", "web", "-q"]);
    assert!(ingest.status.success(), "{}", told(&ingest).1);
    let later = "2126-03-05T00:00:00Z";
    let by_clock = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).args(["--lang", "en", "--lake"]).arg(kept.lake());
        command.env("SANCHA_KEYS", kept.folder.path().join("keys")).env("SANCHA_CLOCK", later);
        told(&command.output().unwrap())
    };
    for command in [&["retention", "apply"][..], &["compact"]] {
        let by_option = kept.run(&[command, &["--at", later, "--lang", "en"]].concat());
        for (code, text) in [told(&by_option), by_clock(command)] {
            assert!(code == 2 && text.contains("later than the system clock"), "{text}");
        }
        let (code, text) = by_clock(&[command, &["--dry-run"]].concat());
        assert!(code == 0 && text.contains("SANCHA_CLOCK, not the system clock"), "{text}");
    }
    assert_eq!(count(&kept, ""), 30);

    // What proves something says by which clock it was made.
    let prove = ["retention", "prove", "-f", "jsonl"];
    let by_hand = |text: &str| text.contains("\"clock_by_hand\":true");
    assert!(!by_hand(&done(&kept, &prove[1..])));
    assert!(by_hand(&done(&kept, &[&prove[1..], &["--at", "2026-10-01"]].concat())));
    let (code, text) = by_clock(&prove);
    assert!(code == 0 && by_hand(&text), "{text}");
    let text = done(&kept, &["prove", "--at", "2026-10-01"]);
    assert!(text.contains("set by hand (--at or SANCHA_CLOCK)"), "{text}");
    let report = kept.folder.path().join("report");
    let (code, text) = by_clock(&["investigate", "-o", report.to_str().unwrap()]);
    let report: Value =
        serde_json::from_slice(&fs::read(report.join("report.json")).unwrap()).unwrap();
    assert!(code == 0 && report["inputs"]["at_from_clock"] == false, "{text}");
}
